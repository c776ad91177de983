import type { FactContext } from "./context.ts";
import { amountLevel, DAY, lgSeconds, secondsSince } from "./context.ts";
import { fact, NONE, recentFact } from "./definition.ts";
import { lowerMedian, mean, share128, spread2 } from "./integers.ts";
import { lg8, significantDigits } from "./units.ts";

const LG = "lg8 of micro-units";
const LG_SECONDS = "lg8 of seconds + 1";
const SHARE = "1/128";

/** Gaps of a lower level are shorter than 575 seconds, exactly: 576 begins a level. */
const QUICK = lgSeconds(575);

function lowest(ascending: readonly number[]): number {
  return ascending[0] ?? 0;
}

function highest(ascending: readonly number[]): number {
  return ascending.at(-1) ?? 0;
}

function ascendingGaps(context: FactContext): number[] {
  return [...context.gaps].sort((a, b) => a - b);
}

function countWhere<T>(values: Iterable<T>, holds: (value: T) => boolean): number {
  let count = 0;
  for (const value of values) if (holds(value)) count += 1;
  return count;
}

/** What the payee was paid before: levels of amount. */
export const AMOUNT_FACTS = [
  recentFact("payeeMeanLevel", LG, "Mean level of the payee's recent payments.", (c) => mean(c.levels)),
  recentFact("payeeMedianLevel", LG, "Lower median of their levels.", (c) => lowerMedian(c.levels)),
  recentFact("payeeLowestLevel", LG, "Lowest of their levels.", (c) => lowest(c.levels)),
  recentFact("payeeHighestLevel", LG, "Highest of their levels.", (c) => highest(c.levels)),
  recentFact("payeeLevelRange", "lg8", "Highest less lowest level.", (c) => highest(c.levels) - lowest(c.levels)),
  recentFact("payeeLevelSpread", "lg8 / 2", "Twice the mean absolute deviation of the levels.", (c) =>
    spread2(c.levels),
  ),
  recentFact(
    "amountOverPayeeMedian",
    "lg8",
    "Level of this amount less the payee's median level.",
    (c) => amountLevel(c) - lowerMedian(c.levels),
  ),
  recentFact(
    "amountOverPayeeHighest",
    "lg8",
    "Level of this amount less the payee's highest level.",
    (c) => amountLevel(c) - highest(c.levels),
  ),
  recentFact("payeeLargestPayment", SHARE, "Share of the largest recent payment in their sum.", (c) =>
    share128(Math.max(...c.recent.map((entry) => entry.micro)), c.sum),
  ),
  recentFact("payeeDistinctAmounts", SHARE, "Distinct exact amounts per recent payment.", (c) =>
    share128(new Set(c.recent.map((entry) => entry.micro)).size, c.recent.length),
  ),
  recentFact("payeeSameAmount", "payments", "Recent payments of exactly this amount.", (c) =>
    countWhere(c.recent, (entry) => entry.micro === c.payment.micro),
  ),
  recentFact("payeeRoundAmounts", SHARE, "Share of recent amounts with at most two significant digits.", (c) =>
    share128(
      countWhere(c.recent, (entry) => significantDigits(entry.micro) <= 2),
      c.recent.length,
    ),
  ),
  fact("payee", "all history", "payeeFirstLevel", LG, "Level of the first payment the payee received.", (c) => {
    const first = c.views.payee.first();
    return first === undefined ? NONE : first.level;
  }),
] as const;

/** Who paid the payee before. */
export const PAYER_MIX_FACTS = [
  fact(
    "payee",
    "last 20 payments",
    "payeeRecentCount",
    "payments",
    "Recent payments, at most 20.",
    (c) => c.recent.length,
  ),
  recentFact("payeeDistinctPayers", SHARE, "Distinct payers per recent payment.", (c) =>
    share128(c.byPayer.size, c.recent.length),
  ),
  recentFact("payeeOneTimePayers", SHARE, "Recent payments whose payer paid once among them, as a share.", (c) =>
    share128(
      countWhere(c.byPayer.values(), (payer) => payer.count === 1),
      c.recent.length,
    ),
  ),
  recentFact("payeeTopPayerCount", SHARE, "Share of the most frequent payer in the recent payments.", (c) =>
    share128(Math.max(...[...c.byPayer.values()].map((payer) => payer.count)), c.recent.length),
  ),
  recentFact("payeeTopPayerValue", SHARE, "Share of the payer with the largest sum in the recent sum.", (c) =>
    share128(Math.max(...[...c.byPayer.values()].map((payer) => payer.sum)), c.sum),
  ),
  recentFact("payeeThisPayerCount", SHARE, "Share of this payer in the payee's recent payments.", (c) =>
    share128(c.byPayer.get(c.payment.payer)?.count ?? 0, c.recent.length),
  ),
  fact("payee", "7 days", "payeeNewPayers7d", "payers", "Payers who paid this payee for the first time.", (c) =>
    c.views.payee.newCounterpartiesSince(c.now - 7 * DAY, c.views.pair),
  ),
] as const;

/** When the payee was paid before. */
export const RHYTHM_FACTS = [
  recentFact("payeeSinceLast", LG_SECONDS, "Time since the payee's last payment.", (c) => c.gaps.at(-1) ?? 0),
  recentFact("payeeMedianGap", LG_SECONDS, "Lower median of the recent gaps, the one to now included.", (c) =>
    lowerMedian(ascendingGaps(c)),
  ),
  recentFact("payeeMeanGap", LG_SECONDS, "Mean level of the recent gaps.", (c) => mean(c.gaps)),
  recentFact("payeeLongestGap", LG_SECONDS, "Longest recent gap.", (c) => highest(ascendingGaps(c))),
  recentFact("payeeGapSpread", "lg8 / 2", "Twice the mean absolute deviation of the gaps' levels.", (c) =>
    spread2(c.gaps),
  ),
  recentFact("payeeOldestGap", LG_SECONDS, "Gap after the oldest of the recent payments.", (c) => c.gaps[0] ?? 0),
  recentFact("payeeBursts", SHARE, "Share of recent gaps below 575 seconds.", (c) =>
    share128(
      countWhere(c.gaps, (gap) => gap < QUICK),
      c.gaps.length,
    ),
  ),
  recentFact(
    "payeePace",
    "lg8",
    "Level of the recent span in seconds less the level of the recent count.",
    (c) => lgSeconds(secondsSince(c.recent[0]?.time ?? c.now, c.now)) - lg8(c.recent.length),
  ),
  fact("payee", "1 day", "payeeCount1d", "payments", "Payments to the payee.", (c) =>
    c.views.payee.countSince(c.now - DAY),
  ),
  fact("payee", "all history", "payeeAge", LG_SECONDS, "Time since the payee's first payment.", (c) => {
    const first = c.views.payee.first();
    return first === undefined ? NONE : lgSeconds(secondsSince(first.time, c.now));
  }),
] as const;
