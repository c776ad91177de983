import type { Random } from "../train/random.ts";
import type { Deed, Query } from "./stream.ts";

/** What an evader may do, and to how many payments. */
export interface EvasionLimits {
  /** How many of the account's newest payments are his: 1 is the judged payment alone. */
  readonly own: number;
  /** Lowest amount he settles for, in per cent of the amount he wanted. */
  readonly leastPercent: number;
  readonly delaySeconds: number;
  readonly freshPayers: number;
  readonly queries: number;
}

/** Up to 20 % less, up to a day later, three fresh payers, 1,000 queries. */
export const EVASION: EvasionLimits = {
  own: 1,
  leastPercent: 80,
  delaySeconds: 86_400,
  freshPayers: 3,
  queries: 1_000,
};

/** A change of one payment: its amount, how much later it comes, and who pays: 0 the old payer, else a fresh one. */
interface Change {
  readonly micro: number;
  readonly delay: number;
  readonly payer: number;
}

/** How many queries the first Allow took; undefined where none was found. */
export type FlippedAt = number | undefined;

function unchanged(deed: Deed): Change {
  return { micro: deed.micro, delay: 0, payer: 0 };
}

function apply(deed: Deed, change: Change): Deed {
  const payer = change.payer === 0 ? deed.payer : `fresh ${change.payer}`;
  return { payer, micro: change.micro, time: deed.time + change.delay };
}

function between(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** Cuts digits off the end of an amount, as far as the limit allows. */
function rounded(micro: number, least: number, random: Random): number {
  const unit = 10 ** between(random, 0, String(micro).length - 1);
  const cut = Math.floor(micro / unit) * unit;
  return cut >= least ? cut : micro;
}

function draw(deed: Deed, limits: EvasionLimits, random: Random): Change {
  const least = Math.ceil((deed.micro * limits.leastPercent) / 100);
  const micro = rounded(between(random, least, deed.micro), least, random);
  const delay = random() < 0.3 ? limits.delaySeconds : between(random, 0, limits.delaySeconds);
  return { micro, delay, payer: between(random, 0, limits.freshPayers) };
}

function near(deed: Deed, change: Change, limits: EvasionLimits, random: Random): Change {
  const other = draw(deed, limits, random);
  const which = random();
  if (which < 0.3) return { ...change, micro: other.micro };
  if (which < 0.5) return { ...change, payer: other.payer };
  if (which < 0.7) return { ...change, delay: other.delay };
  const delay = change.delay + Math.floor((random() - 0.5) * 0.2 * limits.delaySeconds);
  return { ...change, delay: Math.min(limits.delaySeconds, Math.max(0, delay)) };
}

/** The stream after one random change of its newest `own` payments, the judged one apart. */
export function randomEvasion(
  stream: readonly Deed[],
  index: number,
  limits: EvasionLimits,
  random: Random,
): { others: Deed[]; judged: Deed } {
  const from = Math.max(0, index - limits.own + 1);
  const deeds = stream.slice(from, index + 1).map((deed) => apply(deed, draw(deed, limits, random)));
  const judged = deeds.pop();
  if (judged === undefined) throw new RangeError(`the stream has no payment ${index}`);
  return { others: [...stream.slice(0, from), ...deeds, ...stream.slice(index + 1)], judged };
}

/**
 * Searches changes that bring a stopped payment below the line. The evader owns the newest `own` payments of the stream up to and
 * including the judged one; payments of others stay where they are, and those that come in while he waits count. A quarter of
 * the queries goes to changes at random, the rest to steps from the best so far.
 *
 * @param index The judged payment.
 * @param line Accumulators below it are allowed.
 */
export function evade(
  stream: readonly Deed[],
  index: number,
  line: number,
  query: Query,
  limits: EvasionLimits,
  random: Random,
): FlippedAt {
  const from = Math.max(0, index - limits.own + 1);
  const own = stream.slice(from, index + 1);
  const others = [...stream.slice(0, from), ...stream.slice(index + 1)];
  let best = own.map(unchanged);
  let lowest = Infinity;
  for (let spent = 1; spent <= limits.queries; spent++) {
    const wide = spent <= limits.queries / 4;
    const changes = own.map((deed, at) => {
      if (wide) return draw(deed, limits, random);
      const change = best[at] ?? unchanged(deed);
      return random() < 1 / own.length ? near(deed, change, limits, random) : change;
    });
    const deeds = own.map((deed, at) => apply(deed, changes[at] ?? unchanged(deed)));
    const judged = deeds.pop();
    if (judged === undefined) throw new RangeError(`the stream has no payment ${index}`);
    const value = query(deeds.length === 0 ? others : [...others, ...deeds], judged);
    if (value < line) return spent;
    if (value <= lowest) [best, lowest] = [changes, value];
  }
  return undefined;
}
