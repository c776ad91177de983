import type { FactSchema, SchemaSlot } from "../facts/schema.ts";
import type { QuantisedModel } from "./network.ts";
import { accumulateFrom, accumulators } from "./reference.ts";

/** Why a payment scored as it did: one fact that raised the score. */
export interface Reason {
  /** Stable code: the fact's name and where it lies, HIGH, LOW or NONE, such as PAYEE_NEW_PAYERS_7D_HIGH. */
  readonly code: string;
  readonly fact: string;
  /** Index in the schema. */
  readonly index: number;
  readonly value: number;
  /** The same fact's median over honest payments. */
  readonly usual: number;
  /** By how much the accumulator falls when the fact takes its usual value. */
  readonly weight: number;
  readonly sentence: string;
}

/** What each fact is called in a sentence. */
const SUBJECTS: Readonly<Record<string, string>> = {
  amountBucket: "The amount",
  tokenClass: "The class of the token",
  nativeFlag: "Payment in the native coin",
  amountDigits: "The number of significant digits of the amount",
  payeeRecentCount: "The number of payments the payee received before",
  payeeFirstLevel: "The first payment the payee ever received",
  payeeMeanLevel: "The average of the payee's recent payments",
  payeeMedianLevel: "The median of the payee's recent payments",
  payeeLowestLevel: "The smallest of the payee's recent payments",
  payeeHighestLevel: "The largest of the payee's recent payments",
  payeeLevelRange: "The distance between the payee's smallest and largest recent payment",
  payeeLevelSpread: "The spread of the payee's recent amounts",
  amountOverPayeeMedian: "The amount, measured by the payee's median,",
  amountOverPayeeHighest: "The amount, measured by the payee's largest recent payment,",
  payeeLargestPayment: "The share of one large payment in what the payee received recently",
  payeeDistinctAmounts: "The variety of exact amounts the payee received",
  payeeSameAmount: "The number of recent payments of exactly this amount",
  payeeRoundAmounts: "The share of round amounts the payee received",
  payeeDistinctPayers: "The share of different payers among the payee's recent payments",
  payeeOneTimePayers: "The share of payers who paid the payee only once",
  payeeTopPayerCount: "The share of the most frequent payer in the payee's payments",
  payeeTopPayerValue: "The share of the largest payer in the payee's receipts",
  payeeThisPayerCount: "The share of this payer in the payee's payments",
  payeeNewPayers7d: "The number of first-time payers of the payee within seven days",
  payeeSinceLast: "The time since the payee was last paid",
  payeeMedianGap: "The median time between the payee's payments",
  payeeMeanGap: "The average time between the payee's payments",
  payeeLongestGap: "The longest pause between the payee's payments",
  payeeGapSpread: "The irregularity of the payee's payments in time",
  payeeOldestGap: "The pause after the oldest of the payee's recent payments",
  payeeBursts: "The share of the payee's payments that follow within minutes",
  payeePace: "The time per payment at the payee",
  payeeCount1d: "The number of payments to the payee within a day",
  payeeAge: "The time since the payee was first paid",
  pairCount: "The number of earlier payments of this payer to this payee",
  pairAge: "The time since this payer first paid this payee",
  pairSinceLast: "The time since this payer last paid this payee",
  amountOverPairHighest: "The amount, measured by what this payer paid this payee before,",
  payerCount1d: "The number of payments by the payer within a day",
  payerNewPayees7d: "The number of payees new to the payer within seven days",
  payerAge: "The time since the payer's first payment",
  amountOverPayerMedian: "The amount, measured by the payer's median,",
};

/** UPPER_SNAKE of a camelCase name, digits kept with the letters that follow. */
function snake(name: string): string {
  return name.replace(/([a-z])([A-Z0-9])/g, "$1_$2").toUpperCase();
}

/** What a reason about the fact is called in a sentence; throws for a fact without a phrase. */
export function subjectOf(fact: string): string {
  const subject = SUBJECTS[fact];
  if (subject === undefined) throw new RangeError(`no phrase for fact ${fact}`);
  return subject;
}

type Side = "HIGH" | "LOW" | "NONE";

const SIDE_WORDS: Readonly<Record<Side, string>> = {
  HIGH: "is higher than in an ordinary payment.",
  LOW: "is lower than in an ordinary payment.",
  NONE: "is unknown: there is no earlier payment.",
};

function sideOf(slot: SchemaSlot, value: number, usual: number): Side {
  if (value > usual) return "HIGH";
  const knowsNone = slot.none === -128;
  return knowsNone && value === slot.none ? "NONE" : "LOW";
}

/**
 * The facts that raised the score most: each fact in turn takes its usual value, and the fall of the network's accumulator
 * is its weight. Ties go to the lower index.
 *
 * @param facts 32 completed facts.
 * @returns At most `most` reasons, the weightiest first; none for a payment whose every fact is usual.
 */
export function reasons(model: QuantisedModel, schema: FactSchema, facts: ArrayLike<number>, most = 3): Reason[] {
  const [layer] = model.layers;
  if (layer === undefined) throw new RangeError("the model has no layers");
  const sums = accumulators(layer, facts);
  const whole = accumulateFrom(model, sums);
  const found: Reason[] = [];
  schema.slots.forEach((slot, index) => {
    const value = facts[index] ?? 0;
    const usual = model.referenceRow[index] ?? 0;
    if (value === usual) return;
    const occluded = sums.map((sum, neuron) => sum + (layer.weights[neuron]?.[index] ?? 0) * (usual - value));
    const weight = whole - accumulateFrom(model, occluded);
    if (weight <= 0) return;
    const side = sideOf(slot, value, usual);
    const code = `${snake(slot.fact)}_${side}`;
    found.push({
      code,
      fact: slot.fact,
      index,
      value,
      usual,
      weight,
      sentence: `${subjectOf(slot.fact)} ${SIDE_WORDS[side]}`,
    });
  });
  return found.sort((a, b) => b.weight - a.weight || a.index - b.index).slice(0, most);
}
