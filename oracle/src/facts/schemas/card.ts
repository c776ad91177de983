import type { FactSchema, SchemaSlot } from "../schema.ts";
import { createSchema } from "../schema.ts";

function slot(fact: string, num: number, den: number, offset: number, none = -128): SchemaSlot {
  return { fact, num, den, offset, none };
}

const ratio = (fact: string): SchemaSlot => slot(fact, 1, 1, 0);

/**
 * Card payments: how an amount stands against the payer's habit, how he paid of late, and what known frauds say about the payee.
 * Slot 3 is centred on 220 units, in steps of 8 cents. Where no label is known, the facts from labels say what they say in an
 * ordinary payment, so that one model serves from the first day on.
 */
export const CARD_SCHEMA: FactSchema = createSchema([
  slot("amountBucket", 1, 1, 0, 0),
  slot("tokenClass", 1, 1, 0, 0),
  slot("nativeFlag", 1, 1, 0, 0),
  slot("amountMicro", 1, 80_000, -2_750),
  ratio("amountOverPayerMedian60"),
  ratio("amountOverPayerUpper60"),
  ratio("amountStandardScore60"),
  ratio("payerHighestOverMedian14d"),
  ratio("payerMeanOverMedian1d"),
  ratio("payerMeanOverMedian7d"),
  ratio("payerMeanOverMedian30d"),
  slot("payerSinceLastFine", 1, 2, -64),
  slot("amountTimesUsual", 1, 1, -128),
  ratio("amountOverUsual"),
  slot("payerHighAmounts14d", 12, 1, 0, 0),
  ratio("payerSinceFirstHigh14d"),
  ratio("payerSinceLastHigh14d"),
  ratio("payerHighestOverUsual14d"),
  slot("payerHighShare14d", 1, 1, 0),
  slot("payeeFraudEvidence", 1, 1, 0, 0),
  slot("payeeFraudRun", 12, 1, 0, 0),
  slot("payeeRunDays", 1, 1, -64),
  slot("payeeFraudCountShare1d", 1, 1, 0, 0),
  slot("payeeFraudCountShare28d", 1, 1, 0, 0),
  slot("payeeFraudCountShare30d", 1, 1, 0, 0),
  ratio("payeeDaysSinceFirstFraud"),
  ratio("payeeDaysSinceLastFraud"),
  slot("payeeOrdinaryFrauds28d", 16, 1, 0, 0),
  slot("payeeDaysSinceGood", 1, 1, -64, -48),
  slot("payeeFraudRefundShare", 1, 1, 0, 0),
  slot("payeeListed", 32, 1, 0, 0),
  slot("payerListed", 32, 1, 0, 0),
]);
