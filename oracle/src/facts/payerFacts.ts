import { amountLevel, DAY, lgSeconds, RECENT, secondsSince } from "./context.ts";
import { fact, NONE } from "./definition.ts";
import type { TileView } from "./tile.ts";
import { lowerMedian } from "./integers.ts";

function ascendingLevels(view: TileView): number[] {
  return view
    .recent(RECENT)
    .map((entry) => entry.level)
    .sort((a, b) => a - b);
}

function age(view: TileView, now: number): number | typeof NONE {
  const first = view.first();
  return first === undefined ? NONE : lgSeconds(secondsSince(first.time, now));
}

function sinceLast(view: TileView, now: number): number | typeof NONE {
  const last = view.recent(1)[0];
  return last === undefined ? NONE : lgSeconds(secondsSince(last.time, now));
}

/** What this payer paid this payee before. */
export const PAIR_FACTS = [
  fact(
    "pair",
    "all history",
    "pairCount",
    "payments",
    "Payments of this payer to this payee.",
    (c) => c.views.pair.count,
  ),
  fact("pair", "all history", "pairAge", "lg8 of seconds + 1", "Time since the first of them.", (c) =>
    age(c.views.pair, c.now),
  ),
  fact("pair", "all history", "pairSinceLast", "lg8 of seconds + 1", "Time since the last of them.", (c) =>
    sinceLast(c.views.pair, c.now),
  ),
  fact(
    "pair",
    "last 20 payments",
    "amountOverPairHighest",
    "lg8",
    "Level of this amount less the highest of theirs.",
    (c) => {
      const highest = ascendingLevels(c.views.pair).at(-1);
      return highest === undefined ? NONE : amountLevel(c) - highest;
    },
  ),
] as const;

/** What this payer paid to anybody before. */
export const PAYER_FACTS = [
  fact("payer", "1 day", "payerCount1d", "payments", "Payments of this payer.", (c) =>
    c.views.payer.countSince(c.now - DAY),
  ),
  fact("payer", "7 days", "payerNewPayees7d", "payees", "Payees whom this payer paid for the first time.", (c) =>
    c.views.payer.newCounterpartiesSince(c.now - 7 * DAY, c.views.pair),
  ),
  fact("payer", "all history", "payerAge", "lg8 of seconds + 1", "Time since the payer's first payment.", (c) =>
    age(c.views.payer, c.now),
  ),
  fact(
    "payer",
    "last 20 payments",
    "amountOverPayerMedian",
    "lg8",
    "Level of this amount less the payer's median level.",
    (c) => {
      const levels = ascendingLevels(c.views.payer);
      return levels.length === 0 ? NONE : amountLevel(c) - lowerMedian(levels);
    },
  ),
] as const;
