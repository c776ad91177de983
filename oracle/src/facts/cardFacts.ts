import { DAY, type FactContext, secondsSince, USUAL } from "./context.ts";
import { fact, type FactDefinition, type FactText, NONE } from "./definition.ts";
import { floorDiv, share128 } from "./integers.ts";
import { ascendingAmounts, fineLevel, HIGH_HALVES, medianOf, payersUsual, standardScore16 } from "./usualAmount.ts";
import type { Entry } from "./views.ts";

const LG16 = "lg16";

/** Days in which earlier high amounts count. */
const SPELL = 14;

function newest(context: FactContext): Float64Array {
  return context.once("payer/newest60", () => ascendingAmounts(context.views.payer, USUAL));
}

/** The payer's payments of the last two weeks, oldest first. */
function spell(context: FactContext): readonly Entry[] {
  return context.once("payer/spell", () => {
    const { payer } = context.views;
    const [from, to] = [context.start(SPELL), context.end];
    return payer.recentIn(from, to, payer.countIn(from, to));
  });
}

/** Those of them above two and a half times what the payer usually pays. */
function highPayments(context: FactContext): readonly Entry[] {
  return context.once("payer/high", () => {
    const usual = payersUsual(context);
    return spell(context).filter((entry) => 2 * entry.micro > HIGH_HALVES * usual);
  });
}

function eighthDays(entry: Entry | undefined, now: number): number | typeof NONE {
  return entry === undefined ? NONE : floorDiv(8 * secondsSince(entry.time, now), DAY);
}

/** Level of the mean amount of the last days less that of the payer's median; `none` without a payment in them. */
function meanOverMedian(context: FactContext, days: number): number | typeof NONE {
  const { payer } = context.views;
  const count = payer.countIn(context.start(days), context.end);
  if (count === 0) return NONE;
  const sum = payer.sumIn(context.start(days), context.end);
  return fineLevel(floorDiv(sum, count)) - fineLevel(medianOf(newest(context)));
}

type PayerText = Omit<FactText, "source" | "worse">;

/** A fact about the payer, worse when high, `none` as long as he has not paid before. */
function payerFact(text: PayerText, compute: FactDefinition["compute"]): FactDefinition {
  return fact({ ...text, source: "payer", worse: "high" }, (c) => (c.views.payer.count === 0 ? NONE : compute(c)));
}

const LATEST = "last 60 payments";
const HABITUAL = "last 250 payments";
const FORTNIGHT = "14 days";

const AGAINST_HABIT: readonly FactDefinition[] = [
  fact(
    {
      name: "amountMicro",
      source: "terms",
      window: "this payment",
      unit: "micro-units",
      description: "The amount itself; a schema's quantiser centres it on a limit.",
      phrase: "The amount, measured by the limit,",
      worse: "high",
    },
    (c) => c.payment.micro,
  ),
  payerFact(
    {
      name: "amountOverPayerMedian60",
      window: LATEST,
      unit: LG16,
      description: "Fine level of this amount less that of the lower median of the payer's amounts.",
      phrase: "The amount, measured by the payer's median,",
    },
    (c) => fineLevel(c.payment.micro) - fineLevel(medianOf(newest(c))),
  ),
  payerFact(
    {
      name: "amountOverPayerUpper60",
      window: LATEST,
      unit: LG16,
      description: "Fine level of this amount less that of the amount at nine tenths of the payer's ascending amounts.",
      phrase: "The amount, measured by the larger payments of the payer,",
    },
    (c) => {
      const amounts = newest(c);
      const upper = amounts[Math.min(amounts.length - 1, floorDiv(9 * amounts.length, 10))] ?? 0;
      return fineLevel(c.payment.micro) - fineLevel(upper);
    },
  ),
  payerFact(
    {
      name: "amountStandardScore60",
      window: LATEST,
      unit: "1/16 of the standard deviation",
      description:
        "How far this amount lies above the mean of the payer's amounts, in their standard deviations, rounded towards zero; 127 or -128 where they are all the same.",
      phrase: "The distance of the amount from the payer's average",
    },
    (c) => standardScore16(c.payment.micro, newest(c)),
  ),
  payerFact(
    {
      name: "payerMedianFine",
      window: LATEST,
      unit: "lg16 of micro-units",
      description: "Fine level of the lower median of the payer's amounts.",
      phrase: "The median of the payer's payments",
    },
    (c) => fineLevel(medianOf(newest(c))),
  ),
  payerFact(
    {
      name: "amountTimesUsual",
      window: HABITUAL,
      unit: "1/32",
      description: "This amount as a multiple of what the payer usually pays: the mean of amounts up to 2.5 medians.",
      phrase: "The amount, as a multiple of what the payer usually pays,",
    },
    (c) => {
      const usual = payersUsual(c);
      return usual === 0 ? NONE : share128(c.payment.micro, 4 * usual);
    },
  ),
  payerFact(
    {
      name: "amountOverUsual",
      window: HABITUAL,
      unit: LG16,
      description: "Fine level of this amount less that of what the payer usually pays.",
      phrase: "The amount, measured by what the payer usually pays,",
    },
    (c) => fineLevel(c.payment.micro) - fineLevel(payersUsual(c)),
  ),
];

const OF_LATE: readonly FactDefinition[] = [
  payerFact(
    {
      name: "payerHighestOverMedian14d",
      window: FORTNIGHT,
      unit: LG16,
      description: "Fine level of the payer's highest amount less that of his median of 60.",
      phrase: "The payer's highest amount of late, measured by his median,",
    },
    (c) => {
      if (spell(c).length === 0) return NONE;
      return fineLevel(Math.max(...spell(c).map((entry) => entry.micro))) - fineLevel(medianOf(newest(c)));
    },
  ),
  payerFact(
    {
      name: "payerHighestOverUsual14d",
      window: FORTNIGHT,
      unit: LG16,
      description: "Fine level of the payer's highest amount less that of what he usually pays.",
      phrase: "The payer's highest amount of late, measured by what he usually pays,",
    },
    (c) => {
      if (spell(c).length === 0) return NONE;
      return fineLevel(Math.max(...spell(c).map((entry) => entry.micro))) - fineLevel(payersUsual(c));
    },
  ),
  ...[1, 7, 30].map((days) =>
    payerFact(
      {
        name: `payerMeanOverMedian${days}d`,
        window: days === 1 ? "1 day" : `${days} days`,
        unit: LG16,
        description: "Fine level of the payer's mean amount less that of his median of 60.",
        phrase: `The payer's average amount of ${days === 1 ? "one day" : `${days} days`}, measured by his median,`,
      },
      (c) => meanOverMedian(c, days),
    ),
  ),
  payerFact(
    {
      name: "payerHighAmounts14d",
      window: FORTNIGHT,
      unit: "payments",
      description: "The payer's payments above 2.5 times what he usually pays.",
      phrase: "The number of unusually high payments by the payer within two weeks",
    },
    (c) => highPayments(c).length,
  ),
  payerFact(
    {
      name: "payerHighShare14d",
      window: FORTNIGHT,
      unit: "1/128",
      description: "The same as a share of the payer's payments.",
      phrase: "The share of unusually high payments by the payer within two weeks",
    },
    (c) => (spell(c).length === 0 ? NONE : share128(highPayments(c).length, spell(c).length)),
  ),
  payerFact(
    {
      name: "payerSinceFirstHigh14d",
      window: FORTNIGHT,
      unit: "days / 8",
      description: "Time since the first of them.",
      phrase: "The time since the payer's payments became unusually high",
    },
    (c) => eighthDays(highPayments(c)[0], c.now),
  ),
  payerFact(
    {
      name: "payerSinceLastHigh14d",
      window: FORTNIGHT,
      unit: "days / 8",
      description: "Time since the last of them.",
      phrase: "The time since the payer's last unusually high payment",
    },
    (c) => eighthDays(highPayments(c).at(-1), c.now),
  ),
  payerFact(
    {
      name: "payerPaymentsSinceHigh14d",
      window: FORTNIGHT,
      unit: "payments",
      description: "The payer's payments from the first of them on, 0 if there is none.",
      phrase: "The number of the payer's payments since they became unusually high",
    },
    (c) => {
      const first = highPayments(c)[0];
      return first === undefined ? 0 : spell(c).filter((entry) => entry.row >= first.row).length;
    },
  ),
  payerFact(
    {
      name: "payerRaisedAmounts14d",
      window: FORTNIGHT,
      unit: "payments",
      description: "The payer's payments above twice what he usually pays.",
      phrase: "The number of raised payments by the payer within two weeks",
    },
    (c) => spell(c).filter((entry) => entry.micro > 2 * payersUsual(c)).length,
  ),
  payerFact(
    {
      name: "payerSinceLastFine",
      window: "all history",
      unit: "lg16 of seconds + 1",
      description: "Time since the payer's last payment.",
      phrase: "The time since the payer last paid",
    },
    (c) => fineLevel(1 + secondsSince(c.views.payer.last()?.time ?? c.now, c.now)),
  ),
];

/** How an amount stands against what its payer usually pays, and how he has paid of late. */
export const CARD_FACTS: readonly FactDefinition[] = [...AGAINST_HABIT, ...OF_LATE];
