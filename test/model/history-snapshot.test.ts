import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { Column } from "../../oracle/src/facts/column.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import { History, HistoryError, type HistoryEvent } from "../../oracle/src/facts/history.ts";
import type { Port } from "../../oracle/src/facts/port.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { CapturePort, FilePort } from "../../oracle/src/store/snapshotPorts.ts";
import { mulberry32, type Random } from "../../oracle/src/train/random.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { captured } from "../oracle/support/snapshots.ts";
import { pick, randomEvents } from "./randomHistory.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 4_411);
const HISTORIES = Number(process.env.SLUICE_FUZZ ?? 0) || 4;
/** Long enough for trees over a tile, and for columns that are held rather than copied. */
const EVENTS = 4_000;

const scratch = new Scratch();
const PAYERS = ["alice", "bob", "carol", "dave"];

interface Persistent {
  persist(port: Port): void;
}

/** What the bytes say, in something empty. */
function restored<T extends Persistent>(bytes: Uint8Array, empty: T): T {
  const path = join(scratch.dir(), "state");
  writeFileSync(path, bytes);
  const descriptor = openSync(path, "r");
  const port = new FilePort(descriptor, 0, bytes.length);
  try {
    empty.persist(port);
    expect(port.left).to.equal(0);
  } finally {
    closeSync(descriptor);
  }
  return empty;
}

function folded(events: readonly HistoryEvent[], history = new History()): History {
  for (const event of events) history.append(event);
  return history;
}

/** Facts of some payments, known and not, as of some blocks. */
function factsOf(random: Random, events: readonly HistoryEvent[]): (history: History) => string {
  const asked = Array.from({ length: 40 }, () => {
    const { block, time: timestamp } = pick(random, events);
    const parties = { payer: pick(random, PAYERS), payee: pick(random, ["shop", "mill", "alice"]), micro: 5_000 };
    return { payment: { id: `p${Math.floor(random() * EVENTS)}`, ...parties }, asOf: { block, timestamp } };
  });
  return (history) =>
    asked.map(({ payment, asOf }) => computeFacts(PAYMENT_SCHEMA, payment, history, asOf).join()).join("\n");
}

describe("model: a history that is written and read back", () => {
  after(() => scratch.clean());

  it(`goes on as if nothing had happened, forward and back (seeds ${SEED} to ${SEED + HISTORIES - 1})`, () => {
    for (let number = 0; number < HISTORIES; number++) {
      const note = `seed ${SEED + number}`;
      const random = mulberry32(SEED + number);
      const events = randomEvents(random, EVENTS);
      const cut = Math.floor(EVENTS * (0.3 + 0.6 * random()));
      const kept = folded(events.slice(0, cut));
      const again = restored(captured(kept), new History());
      expect(captured(again).equals(captured(kept)), note).to.equal(true);
      const facts = factsOf(random, events);
      expect(facts(again), note).to.equal(facts(kept));

      // Forward, back to below what was written, and forward on another fork.
      const below = pick(random, events.slice(0, cut)).block;
      const fork = events.filter((event, index) => event.block > below && (event.kind !== "authorized" || index % 2));
      const known = new Set(events.filter(({ block }) => block <= below).flatMap((e) => ("id" in e ? [e.id] : [])));
      for (const history of [kept, again]) {
        folded(events.slice(cut), history);
        history.rollbackTo(below);
      }
      const other: HistoryEvent[] = [];
      for (const event of fork) {
        if (event.kind === "authorized") known.add(event.id);
        else if ("id" in event && !known.has(event.id)) continue;
        other.push(event);
      }
      for (const history of [kept, again]) folded(other, history);
      const fresh = folded([...events.filter(({ block }) => block <= below), ...other]);
      expect(again.size, note).to.equal(fresh.size).and.to.be.greaterThan(100);
      expect(facts(again), note).to.equal(facts(fresh));
      expect(captured(again).equals(captured(kept)), note).to.equal(true);
    }
  });

  it(`is written as it was when that began, whatever happens until it is on the disk (seed ${SEED})`, () => {
    for (let number = 0; number < HISTORIES; number++) {
      const random = mulberry32(SEED + number);
      const events = randomEvents(random, EVENTS);
      const cut = Math.floor(EVENTS * 0.6);
      const history = folded(events.slice(0, cut));
      const before = captured(history);
      const hold = { active: true };
      const port = new CapturePort(hold);
      history.persist(port);
      port.end();
      folded(events.slice(cut), history);
      expect(Buffer.concat(port.parts).equals(before), `seed ${SEED + number}, grown`).to.equal(true);
      history.rollbackTo(pick(random, events.slice(0, cut)).block);
      expect(Buffer.concat(port.parts).equals(before), `seed ${SEED + number}, rolled back`).to.equal(true);
      hold.active = false;
    }
  });

  it("holds a column's chunks only while it is written, and copies each at most once", () => {
    const column = new Column("u32");
    for (let value = 0; value < 100_000; value++) column.push(value);
    const hold = { active: true };
    const port = new CapturePort(hold);
    column.persist(port);
    port.end();
    const bytes = Buffer.concat(port.parts);
    for (const change of [
      () => column.set(70_000, 1),
      () => column.move(0, 1_000, 80_000),
      () => column.sort(65_536, 90_000),
      () => column.truncate(66_000),
      () => column.set(5, 6),
    ]) {
      change();
      expect(Buffer.concat(port.parts).equals(bytes)).to.equal(true);
    }
    expect([column.length, column.get(5)]).to.deep.equal([66_000, 6]);
    hold.active = false;
    const later = restored(bytes, new Column("u32"));
    expect([later.length, later.get(5), later.get(70_000), later.get(99_999)]).to.deep.equal([
      100_000, 5, 70_000, 99_999,
    ]);
    later.push(7);
    expect(later.get(100_000)).to.equal(7);
  });

  it("is refused by a history that leaves out other amounts", () => {
    const bytes = captured(new History());
    expect(() => restored(bytes, new History({ floorMicro: 7 }))).to.throw(HistoryError);
  });

  it("is refused where it ends too early", () => {
    const bytes = captured(folded(randomEvents(mulberry32(SEED), 500)));
    for (const length of [0, 4, 100, bytes.length - 1]) {
      expect(() => restored(bytes.subarray(0, length), new History())).to.throw(RangeError);
    }
  });
});
