import { expect } from "chai";

import { CATALOGUE } from "../../oracle/src/facts/catalogue.ts";
import type { AsOf, FactPayment } from "../../oracle/src/facts/context.ts";
import { factContext } from "../../oracle/src/facts/context.ts";
import { computeFacts } from "../../oracle/src/facts/facts.ts";
import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { History, HistoryError } from "../../oracle/src/facts/history.ts";
import { PAYMENT_SCHEMA, quantise } from "../../oracle/src/facts/schema.ts";
import type { Random } from "../../oracle/src/train/random.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { slowFacts } from "./slowFacts.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 20_171);
const ROUNDS = Number(process.env.SLUICE_FUZZ_ROUNDS ?? 40);

const AMOUNTS = [0, 1, 999, 1_000, 1_001, 500_000, 1_000_000, 1_230_000, 7_654_321, 2 ** 40, 2 ** 48 - 1];
const GAPS = [1, 12, 574, 575, 576, 3_600, 86_399, 86_400, 86_401, 604_800, 31_536_000];

function pick<T>(random: Random, list: readonly T[]): T {
  const value = list[Math.floor(random() * list.length)];
  if (value === undefined) throw new Error("picked from an empty list");
  return value;
}

/** Payments among few accounts, several in some blocks, with amounts and gaps around every edge. */
function randomEvents(
  random: Random,
  count: number,
  from = { block: 10, time: 1_700_000_000, id: 0 },
): AuthorizedEvent[] {
  let { block, time } = from;
  let logIndex = -1;
  return Array.from({ length: count }, (_, index) => {
    if (index === 0 || random() < 0.6) {
      block += 1 + Math.floor(random() * 3);
      time += pick(random, GAPS);
      logIndex = -1;
    }
    logIndex += 1 + Math.floor(random() * 2);
    const payer = pick(random, ["alice", "bob", "carol", "dave"]);
    const payee = pick(random, ["shop", "mill", "alice"]);
    const micro = pick(random, AMOUNTS);
    return { kind: "authorized", id: `p${from.id + index}`, payer, payee, token: "t", micro, block, logIndex, time };
  });
}

function historyOf(events: readonly AuthorizedEvent[]): History {
  const history = new History();
  for (const event of events) history.append(event);
  return history;
}

/** Any block of the list as asOf, with a timestamp at or a little after that block's. */
function randomAsOf(random: Random, events: readonly AuthorizedEvent[]): AsOf {
  const event = pick(random, events);
  const next = events.find((other) => other.block > event.block);
  const block = next === undefined ? event.block + 5 : event.block + Math.floor(random() * (next.block - event.block));
  return { block, timestamp: event.time + (block > event.block ? 1 : 0) };
}

function expectSame(history: History, events: AuthorizedEvent[], payment: FactPayment, asOf: AsOf, note: string): void {
  const slow = slowFacts(payment, events, asOf);
  const context = factContext(payment, history.viewOf(payment, asOf.block), asOf.timestamp);
  for (const definition of CATALOGUE) {
    expect(definition.compute(context), `${definition.name}, ${note}`).to.equal(slow[definition.name]);
  }
  const bytes = PAYMENT_SCHEMA.slots.map((slot, index) => (index < 3 ? 0 : quantise(slot, slow[slot.fact] ?? "none")));
  expect(Array.from(computeFacts(PAYMENT_SCHEMA, payment, history, asOf)), note).to.deep.equal(bytes);
}

function event(changes: Partial<AuthorizedEvent> = {}): AuthorizedEvent {
  const parties = { payer: "alice", payee: "shop", token: "t", micro: 1_000_000 };
  return { kind: "authorized", id: "p1", ...parties, block: 5, logIndex: 2, time: 100, ...changes };
}

describe("history", () => {
  it("gives the facts that a recomputation from the bare list gives, for any payment as of any block", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + round);
      const events = randomEvents(random, 60);
      const history = historyOf(events);
      for (let question = 0; question < 15; question++) {
        const stranger = {
          id: "new",
          payer: pick(random, ["bob", "nobody"]),
          payee: pick(random, ["shop", "nowhere"]),
          micro: 1,
        };
        const payment = random() < 0.8 ? pick(random, events) : stranger;
        expectSame(history, events, payment, randomAsOf(random, events), `seed ${SEED + round}, question ${question}`);
      }
    }
  });

  it("is after a rollback what it would be had the dropped blocks never been", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const random = mulberry32(SEED + 1_000 + round);
      const events = randomEvents(random, 50);
      const history = historyOf(events);
      const fork = pick(random, events);
      history.rollbackTo(fork.block);
      const kept = events.filter((one) => one.block <= fork.block);
      const branch = randomEvents(random, 20, { block: fork.block, time: fork.time, id: 1_000 });
      for (const one of branch) history.append(one);
      const all = [...kept, ...branch];
      expect(history.size).to.equal(all.length);
      for (let question = 0; question < 10; question++) {
        expectSame(
          history,
          all,
          pick(random, [...all, ...events]),
          randomAsOf(random, all),
          `seed ${SEED + 1_000 + round}`,
        );
      }
    }
  });

  it("leaves the payment itself out, so that its facts are the same before and after its authorization", () => {
    const random = mulberry32(SEED);
    const events = randomEvents(random, 40);
    const history = historyOf(events);
    const last = events.at(-1);
    if (last === undefined) throw new Error("no events");
    const own = { ...last, id: "own", micro: 5_000_000, logIndex: last.logIndex + 1 };
    const asOf = { block: last.block, timestamp: last.time };
    const before = computeFacts(PAYMENT_SCHEMA, own, history, asOf);
    history.append(own);
    expect(computeFacts(PAYMENT_SCHEMA, own, history, asOf)).to.deep.equal(before);
  });

  it("counts other authorizations of the asOf block, also those with a later log index", () => {
    const own = event({ id: "own", logIndex: 0 });
    const history = historyOf([own, event({ id: "later", logIndex: 1, payer: "bob" })]);
    const context = factContext(own, history.viewOf(own, own.block), own.time);
    expect(context.recent.map((entry) => entry.id)).to.deep.equal(["later"]);
  });

  it("knows an account without payments as a valid, empty history", () => {
    const facts = computeFacts(PAYMENT_SCHEMA, event(), new History(), { block: 0, timestamp: 0 });
    expect(facts).to.have.length(32);
    expect(facts[PAYMENT_SCHEMA.slots.findIndex((slot) => slot.fact === "payeeAge")]).to.equal(-128);
    expect(facts[PAYMENT_SCHEMA.slots.findIndex((slot) => slot.fact === "payeeRecentCount")]).to.equal(0);
  });

  it("takes no trace of dust: a thousand payments below the floor change no fact", () => {
    const payment = event({ id: "judged", block: 2_000, time: 5_000 });
    const asOf = { block: 2_000, timestamp: 5_000 };
    const clean = computeFacts(PAYMENT_SCHEMA, payment, historyOf([event()]), asOf);
    const dust = Array.from({ length: 1_000 }, (_, index) =>
      event({ id: `d${index}`, payer: `tainted${index}`, micro: 999, block: 10 + index, time: 200 + index }),
    );
    expect(computeFacts(PAYMENT_SCHEMA, payment, historyOf([event(), ...dust]), asOf)).to.deep.equal(clean);
  });

  it("refuses events out of order, repeated, or with a time that contradicts the block", () => {
    const history = historyOf([event()]);
    expect(() => history.append(event({ id: "p2" }))).to.throw(HistoryError, "event at (5, 2) follows one at (5, 2)");
    expect(() => history.append(event({ id: "p2", block: 4, logIndex: 9 }))).to.throw(HistoryError, "(4, 9) follows");
    expect(() => history.append(event({ block: 6 }))).to.throw(HistoryError, "p1 was authorized before");
    expect(() => history.append(event({ id: "p2", logIndex: 3, time: 101 }))).to.throw(HistoryError, "contradicts");
    expect(() => history.append(event({ id: "p2", block: 6, time: 99 }))).to.throw(HistoryError, "contradicts");
    expect(() => history.append(event({ id: "p2", block: 6, micro: 2 ** 48 }))).to.throw(HistoryError, "outside");
    expect(history.size).to.equal(1);
  });

  it("takes a payment again after the block that held it was rolled back", () => {
    const history = historyOf([event()]);
    history.rollbackTo(4);
    expect(history.size).to.equal(0);
    history.append(event({ block: 6, time: 120 }));
    expect(history.size).to.equal(1);
  });
});
