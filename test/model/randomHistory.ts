import type { AsOf, FactPayment } from "../../oracle/src/facts/context.ts";
import type { EventPlace, HistoryEvent } from "../../oracle/src/facts/history.ts";
import { History } from "../../oracle/src/facts/history.ts";
import type { Random } from "../../oracle/src/train/random.ts";

const AMOUNTS = [0, 1, 999, 1_000, 1_001, 96_000, 500_000, 950_001, 1_000_000, 1_230_000, 7_654_321];
const LARGE = [2 ** 40, 2 ** 48 - 1];
const GAPS = [1, 12, 574, 575, 576, 3_600, 86_399, 86_400, 86_401, 172_800, 604_799, 604_800, 2_592_000, 7_776_000];
const PAYERS = ["alice", "bob", "carol", "dave"];
const PAYEES = ["shop", "mill", "alice"];

export function pick<T>(random: Random, list: readonly T[]): T {
  const value = list[Math.floor(random() * list.length)];
  if (value === undefined) throw new Error("picked from an empty list");
  return value;
}

/** Where a random history begins, and the number of its first payment. */
export interface Start {
  readonly block: number;
  readonly time: number;
  readonly id: number;
}

/** What happens next: a payment, or something about an earlier one or an account. */
function eventAt(random: Random, place: EventPlace, id: string, ids: readonly string[]): HistoryEvent {
  const share = random();
  const amounts = random() < 0.05 ? LARGE : AMOUNTS;
  if (share < 0.5 || ids.length === 0) {
    const parties = { payer: pick(random, PAYERS), payee: pick(random, PAYEES) };
    return { kind: "authorized", id, ...parties, token: "t", micro: pick(random, amounts), ...place };
  }
  const old = { id: pick(random, ids), ...place };
  const micro = pick(random, amounts);
  if (share < 0.65) return { kind: "captured", ...old, micro };
  if (share < 0.72) return { kind: "refunded", ...old, micro, reasonCode: pick(random, [0, 1, 2]) };
  if (share < 0.78) return { kind: "ruled", ...old, toPayee: pick(random, amounts), toPayer: micro };
  if (share < 0.84) return { kind: "labelled", ...old };
  const kind = random() < 0.6 ? "listed" : "unlisted";
  if (share < 0.9) {
    const entries = [old.id, pick(random, ids), "p9999"];
    return { kind, list: "fraud", entries, ...place };
  }
  const entries = [pick(random, PAYERS), pick(random, [...PAYERS, ...PAYEES, "nobody"])];
  return { kind, list: pick(random, ["sanctioned", "reported"] as const), entries, ...place };
}

/** Events among few accounts, several in some blocks, with amounts and gaps around every edge. */
export function randomEvents(
  random: Random,
  count: number,
  from: Start = { block: 10, time: 1_700_000_000, id: 0 },
  known: readonly string[] = [],
): HistoryEvent[] {
  let { block, time } = from;
  let logIndex = -1;
  // Half of the histories are so dense that windows hold many payments.
  const gaps = random() < 0.5 ? GAPS : GAPS.slice(0, -6);
  const ids = [...known];
  return Array.from({ length: count }, (_, index) => {
    if (index === 0 || random() < 0.6) {
      block += 1 + Math.floor(random() * 3);
      time += pick(random, gaps);
      logIndex = -1;
    }
    logIndex += 1 + Math.floor(random() * 2);
    const event = eventAt(random, { block, logIndex, time }, `p${from.id + index}`, ids);
    if (event.kind === "authorized") ids.push(event.id);
    return event;
  });
}

/** An amount near what is usual, or that exactly, or some times it, or seldom a very large one. */
function habitual(random: Random, usual: number): number {
  const share = random();
  if (share < 0.004) return pick(random, LARGE);
  if (share < 0.15) return Math.floor(usual * (2 + 4 * random()));
  return share < 0.3 ? usual : Math.floor(usual * (0.5 + random()));
}

/**
 * Two payers with a habit each and two payees that are now good for a while, now taken over for a while: long enough for more
 * payments than any fact's window holds, and for runs of known frauds. A label comes right after its payment.
 */
export function habitEvents(random: Random, count: number): HistoryEvent[] {
  const fewFrauds = random() < 0.5;
  let [block, time, fraudulent] = [10, 1_700_000_000, false];
  const events: HistoryEvent[] = [];
  while (events.length < count) {
    block += 1;
    time += Math.floor(random() * (random() < 0.02 ? 300_000 : 14_400));
    if (random() < (fraudulent === fewFrauds ? 0.1 : 0.006)) fraudulent = !fraudulent;
    const id = `h${events.length}`;
    const [payer, usual] = pick(random, [["ann", 5_000_000] as const, ["ben", 40_000_001] as const]);
    const paid = { payer, payee: pick(random, ["inn", "bar"]), token: "t", micro: habitual(random, usual) };
    events.push({ kind: "authorized", id, ...paid, block, logIndex: 0, time });
    if (fraudulent && paid.payee === "inn") events.push({ kind: "labelled", id, block, logIndex: 1, time });
  }
  return events;
}

export function historyOf(events: readonly HistoryEvent[]): History {
  const history = new History();
  for (const event of events) history.append(event);
  return history;
}

/** Any block of the list as asOf, with a timestamp at or a little after that block's. */
export function randomAsOf(random: Random, events: readonly HistoryEvent[]): AsOf {
  const event = pick(random, events);
  const next = events.find((other) => other.block > event.block);
  const block = next === undefined ? event.block + 5 : event.block + Math.floor(random() * (next.block - event.block));
  const late = next === undefined && random() < 0.3 ? pick(random, GAPS) : 1;
  return { block, timestamp: event.time + (block > event.block ? late : 0) };
}

/** A payment of the list, or one nobody has made yet. */
export function randomPayment(random: Random, events: readonly HistoryEvent[]): FactPayment {
  const payments = events.filter((event) => event.kind === "authorized");
  if (payments.length > 0 && random() < 0.8) return pick(random, payments);
  const [payer, payee] = [pick(random, ["bob", "alice", "nobody"]), pick(random, ["shop", "alice", "nowhere"])];
  return { id: "new", payer, payee, micro: pick(random, AMOUNTS) };
}
