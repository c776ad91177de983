import { expect } from "chai";

import { type AuthorizedEvent, History, type HistoryEvent } from "../../oracle/src/facts/history.ts";
import type { Entry, TileView } from "../../oracle/src/facts/views.ts";
import { mulberry32, type Random } from "../../oracle/src/train/random.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 77);
const QUESTIONS = 10 * Number(process.env.SLUICE_FUZZ_ROUNDS ?? 40);
const PAYMENTS = 2_500;

/** One payee with thousands of payments: trees of many levels, labels put and lifted, some of them late. */
function longHistory(random: Random): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  let time = 1_000;
  const whole = (below: number): number => Math.floor(random() * below);
  for (let block = 1; events.length < PAYMENTS; block++) {
    const place = { block, logIndex: 0, time };
    const micro = random() < 0.02 ? 2 ** 48 - 1 : 1_000 + whole(5_000_000);
    // Payers come in phases, so that windows hold few or many of them.
    const payer = `payer${random() < 0.7 ? Math.floor(block / 100) : whole(300)}`;
    events.push({ kind: "authorized", id: `p${block}`, payer, payee: "shop", token: "t", micro, ...place });
    const old = `p${1 + whole(block)}`;
    const label = { block, logIndex: 1, time };
    if (random() < 0.25) events.push({ kind: "listed", list: "fraud", entries: [old], ...label });
    else if (random() < 0.1) events.push({ kind: "unlisted", list: "fraud", entries: [old], ...label });
    else if (random() < 0.3) events.push({ kind: "captured", id: old, micro, ...label });
    time += whole(200);
  }
  return events;
}

/** The same questions, answered by filters. */
class SlowView {
  readonly payments: readonly AuthorizedEvent[];
  readonly frauds = new Set<string>();
  readonly captured: readonly { readonly time: number; readonly micro: number }[];

  constructor(events: readonly HistoryEvent[], block: number, judged: string) {
    const known = events.filter((event) => event.block <= block);
    this.payments = known.filter((event) => event.kind === "authorized").filter(({ id }) => id !== judged);
    for (const event of known) {
      if (event.kind === "listed") this.frauds.add(event.entries[0] ?? "");
      if (event.kind === "unlisted") this.frauds.delete(event.entries[0] ?? "");
    }
    this.captured = known.filter((event) => event.kind === "captured").filter(({ id }) => id !== judged);
  }

  within(from: number, to: number): readonly AuthorizedEvent[] {
    return this.payments.filter(({ time }) => time >= from && time < to);
  }

  fraudsIn(from: number, to: number): readonly AuthorizedEvent[] {
    return this.within(from, to).filter(({ id }) => this.frauds.has(id));
  }
}

function saturated(list: readonly { readonly micro: number }[]): number {
  const sum = list.reduce((total, { micro }) => total + BigInt(micro), 0n);
  return Number(sum > 2n ** 53n - 1n ? 2n ** 53n - 1n : sum);
}

function payers(list: readonly AuthorizedEvent[]): Set<string> {
  return new Set(list.map(({ payer }) => payer));
}

function compare(history: History, view: TileView, slow: SlowView, from: number, to: number): void {
  const ids = (entries: readonly (Entry | undefined)[]): (string | undefined)[] =>
    entries.map((entry) => entry && history.idOf(entry));
  const slowIds = (list: readonly (AuthorizedEvent | undefined)[]): (string | undefined)[] =>
    list.map((event) => event?.id);
  const window = slow.within(from, to);
  const before = slow.within(0, from);
  expect(view.count).to.equal(slow.payments.length);
  expect(view.countIn(from, to)).to.equal(window.length);
  expect(view.countSince(from)).to.equal(slow.within(from + 1, Infinity).length);
  expect(view.sumIn(from, to)).to.equal(saturated(window));
  expect(view.distinctCounterparties(from, to)).to.equal(payers(window).size);
  expect(view.newCounterparties(from, to)).to.equal(
    [...payers(window)].filter((payer) => !payers(before).has(payer)).length,
  );
  expect(ids([view.first(), view.last()])).to.deep.equal(slowIds([slow.payments[0], slow.payments.at(-1)]));
  expect(ids([view.firstIn(from, to), view.lastIn(from, to)])).to.deep.equal(slowIds([window[0], window.at(-1)]));
  expect(ids(view.recent(7))).to.deep.equal(slowIds(slow.payments.slice(-7)));
  expect(ids(view.oldest(7))).to.deep.equal(slowIds(slow.payments.slice(0, 7)));
  expect(ids(view.recentBefore(to, 7))).to.deep.equal(slowIds(slow.within(0, to).slice(-7)));
  expect(ids(view.recentIn(from, to, 7))).to.deep.equal(slowIds(window.slice(-7)));
  expect(view.recent(60).map((entry) => view.isKnownFraud(entry))).to.deep.equal(
    slow.payments.slice(-60).map(({ id }) => slow.frauds.has(id)),
  );
  expect(view.knownFrauds(from, to)).to.equal(slow.fraudsIn(from, to).length);
  expect(ids(view.newestKnownFrauds(to, 9))).to.deep.equal(slowIds(slow.fraudsIn(0, to).slice(-9)));
  expect(ids([view.oldestKnownFraud(from, to)])).to.deep.equal(slowIds([slow.fraudsIn(from, to)[0]]));
  const settled = slow.within(0, to);
  const good = settled.findLastIndex(({ id }) => !slow.frauds.has(id));
  const run = view.fraudRun(to);
  expect([run.count, ...ids([run.began, run.lastGood])]).to.deep.equal([
    settled.length - 1 - good,
    ...slowIds([settled[good + 1], settled[good]]),
  ]);
  const captured = slow.captured.filter(({ time }) => time >= from && time < to);
  expect([view.countOf("captured", from, to), view.sumOf("captured", from, to)]).to.deep.equal([
    captured.length,
    saturated(captured),
  ]);
  expect(view.lastTimeOf("captured")).to.equal(slow.captured.at(-1)?.time);
}

describe("the view of a payee with thousands of payments", () => {
  const random = mulberry32(SEED);
  const events = longHistory(random);
  const pick = (): HistoryEvent => events[Math.floor(random() * events.length)] ?? expect.fail("no events");

  /** Compares for random judged payments, blocks and windows. */
  function ask(history: History, known: readonly HistoryEvent[]): void {
    for (let question = 0; question < QUESTIONS; question++) {
      const block = pick().block;
      const judged = `p${Math.max(1, block - Math.floor(random() ** 4 * 900))}`;
      const parties = known.find((event) => event.kind === "authorized" && event.id === judged);
      const payer = parties?.kind === "authorized" ? parties.payer : "payer1";
      const [from = 0, to = 0] = [pick().time, pick().time].sort((a, b) => a - b);
      const view = history.viewOf({ id: judged, payer, payee: "shop" }, block).payee;
      try {
        compare(history, view, new SlowView(known, block, judged), from, to);
      } catch (error) {
        throw new Error(`seed ${SEED}, question ${question}, ${judged} as of ${block}, [${from}, ${to})`, {
          cause: error,
        });
      }
    }
  }

  it("answers every question as filters over the bare list do", () => {
    const history = new History();
    for (const event of events) history.append(event);
    ask(history, events);
  });

  it("answers so after rollbacks, one by one and of many blocks", () => {
    const history = new History();
    for (const event of events) history.append(event);
    const blocks = [...new Set(events.map(({ block }) => block))];
    for (const depth of [1, 1, 63, 64, 65, 700, 1]) {
      history.rollbackTo(blocks[blocks.length - 1 - depth] ?? 0);
      for (const event of events.filter(({ block }) => block > (blocks[blocks.length - 1 - depth] ?? 0))) {
        history.append(event);
      }
    }
    const fork = blocks[900] ?? 0;
    history.rollbackTo(fork);
    ask(
      history,
      events.filter(({ block }) => block <= fork),
    );
  });
});
