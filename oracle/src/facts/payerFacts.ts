import { amountLevel, lgSeconds, RECENT, secondsSince } from "./context.ts";
import { fact, NONE } from "./definition.ts";
import { lowerMedian } from "./integers.ts";
import type { TileView } from "./views.ts";

const LG_SECONDS = "lg8 of seconds + 1";

function age(view: TileView, now: number): number | typeof NONE {
  const first = view.first();
  return first === undefined ? NONE : lgSeconds(secondsSince(first.time, now));
}

function sinceLast(view: TileView, now: number): number | typeof NONE {
  const last = view.last();
  return last === undefined ? NONE : lgSeconds(secondsSince(last.time, now));
}

/** What this payer paid this payee before. */
export const PAIR_FACTS = [
  fact(
    {
      name: "pairCount",
      source: "pair",
      window: "all history",
      unit: "payments",
      description: "Payments of this payer to this payee.",
      phrase: "The number of earlier payments of this payer to this payee",
      worse: "low",
    },
    (c) => c.views.pair.count,
  ),
  fact(
    {
      name: "pairAge",
      source: "pair",
      window: "all history",
      unit: LG_SECONDS,
      description: "Time since the first of them.",
      phrase: "The time since this payer first paid this payee",
      worse: "low",
    },
    (c) => age(c.views.pair, c.now),
  ),
  fact(
    {
      name: "pairSinceLast",
      source: "pair",
      window: "all history",
      unit: LG_SECONDS,
      description: "Time since the last of them.",
      phrase: "The time since this payer last paid this payee",
      worse: "low",
    },
    (c) => sinceLast(c.views.pair, c.now),
  ),
  fact(
    {
      name: "amountOverPairHighest",
      source: "pair",
      window: "last 20 payments",
      unit: "lg8",
      description: "Level of this amount less the highest of theirs.",
      phrase: "The amount, measured by what this payer paid this payee before,",
      worse: "high",
    },
    (c) => {
      const highest = c.views.pair.recentLevels(RECENT).at(-1);
      return highest === undefined ? NONE : amountLevel(c) - highest;
    },
  ),
] as const;

/** What this payer paid to anybody before. */
export const PAYER_FACTS = [
  fact(
    {
      name: "payerCount1d",
      source: "payer",
      window: "1 day",
      unit: "payments",
      description: "Payments of this payer.",
      phrase: "The number of payments by the payer within a day",
      worse: "high",
    },
    (c) => c.views.payer.countIn(c.start(1), c.end),
  ),
  fact(
    {
      name: "payerNewPayees7d",
      source: "payer",
      window: "7 days",
      unit: "payees",
      description: "Payees whom this payer paid for the first time.",
      phrase: "The number of payees new to the payer within seven days",
      worse: "high",
    },
    (c) => c.views.payer.newCounterparties(c.start(7), c.end),
  ),
  fact(
    {
      name: "payerAge",
      source: "payer",
      window: "all history",
      unit: LG_SECONDS,
      description: "Time since the payer's first payment.",
      phrase: "The time since the payer's first payment",
      worse: "low",
    },
    (c) => age(c.views.payer, c.now),
  ),
  fact(
    {
      name: "amountOverPayerMedian",
      source: "payer",
      window: "last 20 payments",
      unit: "lg8",
      description: "Level of this amount less the payer's median level.",
      phrase: "The amount, measured by the payer's median,",
      worse: "high",
    },
    (c) => {
      const levels = c.views.payer.recentLevels(RECENT);
      return levels.length === 0 ? NONE : amountLevel(c) - lowerMedian(levels);
    },
  ),
] as const;
