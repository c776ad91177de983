import { type FactContext, lgSeconds, secondsSince } from "./context.ts";
import { fact, NONE, recentFact } from "./definition.ts";
import { countWhere, lowerMedian, mean, share128, sortAscending, spread2 } from "./integers.ts";
import { lg8 } from "./units.ts";

const LG_SECONDS = "lg8 of seconds + 1";

/** Gaps of a lower level are shorter than 575 seconds, exactly: 576 begins a level. */
const QUICK = lgSeconds(575);

function ascendingGaps(context: FactContext): number[] {
  return sortAscending([...context.gaps]);
}

/** When the payee was paid before. */
export const RHYTHM_FACTS = [
  recentFact(
    {
      name: "payeeSinceLast",
      unit: LG_SECONDS,
      description: "Time since the payee's last payment.",
      phrase: "The time since the payee was last paid",
      worse: "low",
    },
    (c) => c.gaps.at(-1) ?? 0,
  ),
  recentFact(
    {
      name: "payeeMedianGap",
      unit: LG_SECONDS,
      description: "Lower median of the recent gaps, the one to now included.",
      phrase: "The median time between the payee's payments",
      worse: "low",
    },
    (c) => lowerMedian(ascendingGaps(c)),
  ),
  recentFact(
    {
      name: "payeeMeanGap",
      unit: LG_SECONDS,
      description: "Mean level of the recent gaps.",
      phrase: "The average time between the payee's payments",
      worse: "low",
    },
    (c) => mean(c.gaps),
  ),
  recentFact(
    {
      name: "payeeLongestGap",
      unit: LG_SECONDS,
      description: "Longest recent gap.",
      phrase: "The longest pause between the payee's payments",
      worse: "low",
    },
    (c) => Math.max(...c.gaps),
  ),
  recentFact(
    {
      name: "payeeGapSpread",
      unit: "lg8 / 2",
      description: "Twice the mean absolute deviation of the gaps' levels.",
      phrase: "The irregularity of the payee's payments in time",
      worse: "high",
    },
    (c) => spread2(c.gaps),
  ),
  recentFact(
    {
      name: "payeeOldestGap",
      unit: LG_SECONDS,
      description: "Gap after the oldest of the recent payments.",
      phrase: "The pause after the oldest of the payee's recent payments",
      worse: "low",
    },
    (c) => c.gaps[0] ?? 0,
  ),
  recentFact(
    {
      name: "payeeBursts",
      unit: "1/128",
      description: "Share of recent gaps below 575 seconds.",
      phrase: "The share of the payee's payments that follow within minutes",
      worse: "high",
    },
    (c) =>
      share128(
        countWhere(c.gaps, (gap) => gap < QUICK),
        c.gaps.length,
      ),
  ),
  recentFact(
    {
      name: "payeePace",
      unit: "lg8",
      description: "Level of the recent span in seconds less the level of the recent count.",
      phrase: "The time per payment at the payee",
      worse: "low",
    },
    (c) => lgSeconds(secondsSince(c.recent[0]?.time ?? c.now, c.now)) - lg8(c.recent.length),
  ),
  fact(
    {
      name: "payeeCount1d",
      source: "payee",
      window: "1 day",
      unit: "payments",
      description: "Payments to the payee.",
      phrase: "The number of payments to the payee within a day",
      worse: "high",
    },
    (c) => c.views.payee.countIn(c.start(1), c.end),
  ),
  fact(
    {
      name: "payeeAge",
      source: "payee",
      window: "all history",
      unit: LG_SECONDS,
      description: "Time since the payee's first payment.",
      phrase: "The time since the payee was first paid",
      worse: "low",
    },
    (c) => {
      const first = c.views.payee.first();
      return first === undefined ? NONE : lgSeconds(secondsSince(first.time, c.now));
    },
  ),
] as const;
