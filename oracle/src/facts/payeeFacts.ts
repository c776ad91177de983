import { amountLevel } from "./context.ts";
import { fact, NONE, recentFact } from "./definition.ts";
import { countWhere, lowerMedian, mean, share128, spread2 } from "./integers.ts";
import { significantDigits } from "./units.ts";

const LG = "lg8 of micro-units";
const SHARE = "1/128";

function lowest(levels: readonly number[]): number {
  return levels[0] ?? 0;
}

function highest(levels: readonly number[]): number {
  return levels.at(-1) ?? 0;
}

/** What the payee was paid before: levels of amount. */
export const AMOUNT_FACTS = [
  recentFact(
    {
      name: "payeeMeanLevel",
      unit: LG,
      description: "Mean level of the payee's recent payments.",
      phrase: "The average of the payee's recent payments",
      worse: "high",
    },
    (c) => mean(c.levels),
  ),
  recentFact(
    {
      name: "payeeMedianLevel",
      unit: LG,
      description: "Lower median of their levels.",
      phrase: "The median of the payee's recent payments",
      worse: "high",
    },
    (c) => lowerMedian(c.levels),
  ),
  recentFact(
    {
      name: "payeeLowestLevel",
      unit: LG,
      description: "Lowest of their levels.",
      phrase: "The smallest of the payee's recent payments",
      worse: "high",
    },
    (c) => lowest(c.levels),
  ),
  recentFact(
    {
      name: "payeeHighestLevel",
      unit: LG,
      description: "Highest of their levels.",
      phrase: "The largest of the payee's recent payments",
      worse: "high",
    },
    (c) => highest(c.levels),
  ),
  recentFact(
    {
      name: "payeeLevelRange",
      unit: "lg8",
      description: "Highest less lowest level.",
      phrase: "The distance between the payee's smallest and largest recent payment",
      worse: "high",
    },
    (c) => highest(c.levels) - lowest(c.levels),
  ),
  recentFact(
    {
      name: "payeeLevelSpread",
      unit: "lg8 / 2",
      description: "Twice the mean absolute deviation of the levels.",
      phrase: "The spread of the payee's recent amounts",
      worse: "high",
    },
    (c) => spread2(c.levels),
  ),
  recentFact(
    {
      name: "amountOverPayeeMedian",
      unit: "lg8",
      description: "Level of this amount less the payee's median level.",
      phrase: "The amount, measured by the payee's median,",
      worse: "high",
    },
    (c) => amountLevel(c) - lowerMedian(c.levels),
  ),
  recentFact(
    {
      name: "amountOverPayeeHighest",
      unit: "lg8",
      description: "Level of this amount less the payee's highest level.",
      phrase: "The amount, measured by the payee's largest recent payment,",
      worse: "high",
    },
    (c) => amountLevel(c) - highest(c.levels),
  ),
  recentFact(
    {
      name: "payeeLargestPayment",
      unit: SHARE,
      description: "Share of the largest recent payment in their sum.",
      phrase: "The share of one large payment in what the payee received recently",
      worse: "high",
    },
    (c) => share128(Math.max(...c.recent.map((entry) => entry.micro)), c.sum),
  ),
  recentFact(
    {
      name: "payeeDistinctAmounts",
      unit: SHARE,
      description: "Distinct exact amounts per recent payment.",
      phrase: "The variety of exact amounts the payee received",
      worse: "high",
    },
    (c) => share128(new Set(c.recent.map((entry) => entry.micro)).size, c.recent.length),
  ),
  recentFact(
    {
      name: "payeeSameAmount",
      unit: "payments",
      description: "Recent payments of exactly this amount.",
      phrase: "The number of recent payments of exactly this amount",
      worse: "high",
    },
    (c) => countWhere(c.recent, (entry) => entry.micro === c.payment.micro),
  ),
  recentFact(
    {
      name: "payeeRoundAmounts",
      unit: SHARE,
      description: "Share of recent amounts with at most two significant digits.",
      phrase: "The share of round amounts the payee received",
      worse: "high",
    },
    (c) =>
      share128(
        countWhere(c.recent, (entry) => significantDigits(entry.micro) <= 2),
        c.recent.length,
      ),
  ),
  fact(
    {
      name: "payeeFirstLevel",
      source: "payee",
      window: "all history",
      unit: LG,
      description: "Level of the first payment the payee received.",
      phrase: "The first payment the payee ever received",
      worse: "high",
    },
    (c) => c.views.payee.first()?.level ?? NONE,
  ),
] as const;

/** Who paid the payee before. */
export const PAYER_MIX_FACTS = [
  fact(
    {
      name: "payeeRecentCount",
      source: "payee",
      window: "last 20 payments",
      unit: "payments",
      description: "Recent payments, at most 20.",
      phrase: "The number of payments the payee received before",
      worse: "low",
    },
    (c) => c.recent.length,
  ),
  recentFact(
    {
      name: "payeeDistinctPayers",
      unit: SHARE,
      description: "Distinct payers per recent payment.",
      phrase: "The share of different payers among the payee's recent payments",
      worse: "high",
    },
    (c) => share128(c.payerMix.payers, c.recent.length),
  ),
  recentFact(
    {
      name: "payeeOneTimePayers",
      unit: SHARE,
      description: "Recent payments whose payer paid once among them, as a share.",
      phrase: "The share of payers who paid the payee only once",
      worse: "high",
    },
    (c) => share128(c.payerMix.oneTime, c.recent.length),
  ),
  recentFact(
    {
      name: "payeeTopPayerCount",
      unit: SHARE,
      description: "Share of the most frequent payer in the recent payments.",
      phrase: "The share of the most frequent payer in the payee's payments",
      worse: "high",
    },
    (c) => share128(c.payerMix.topCount, c.recent.length),
  ),
  recentFact(
    {
      name: "payeeTopPayerValue",
      unit: SHARE,
      description: "Share of the payer with the largest sum in the recent sum.",
      phrase: "The share of the largest payer in the payee's receipts",
      worse: "high",
    },
    (c) => share128(c.payerMix.topSum, c.sum),
  ),
  recentFact(
    {
      name: "payeeThisPayerCount",
      unit: SHARE,
      description: "Share of this payer in the payee's recent payments.",
      phrase: "The share of this payer in the payee's payments",
      worse: "low",
    },
    (c) =>
      share128(
        countWhere(c.recent, (entry) => entry.counterparty === c.payerAccount),
        c.recent.length,
      ),
  ),
  fact(
    {
      name: "payeeNewPayers7d",
      source: "payee",
      window: "7 days",
      unit: "payers",
      description: "Payers who paid this payee for the first time.",
      phrase: "The number of first-time payers of the payee within seven days",
      worse: "high",
    },
    (c) => c.views.payee.newCounterparties(c.start(7), c.end),
  ),
] as const;
