import type { FactSchema, SchemaSlot } from "../schema.ts";
import { createSchema } from "../schema.ts";

/** The byte of a fact that does not exist yet; what exists begins a little above it. */
const NONE_BYTE = -128;
const LOWEST_BYTE = -104;

function slot(fact: string, num: number, den: number, offset = LOWEST_BYTE): SchemaSlot {
  return { fact, num, den, offset, none: NONE_BYTE };
}

function filledIn(fact: string): SchemaSlot {
  return { fact, num: 1, den: 1, offset: 0, none: 0 };
}

const share = (fact: string): SchemaSlot => slot(fact, 1, 1);
const time = (fact: string): SchemaSlot => slot(fact, 1, 1);
const count = (fact: string, num: number): SchemaSlot => slot(fact, num, 1);

/**
 * What is read of an account, whatever it is about to do: nothing is judged but the account, so the amount the contract fills
 * in is that of no payment.
 */
export const ACCOUNT_SCHEMA: FactSchema = createSchema([
  filledIn("amountBucket"),
  filledIn("tokenClass"),
  filledIn("nativeFlag"),
  slot("accountUpperReceipt", 1, 1, -200),
  slot("accountSmallestReceipt", 1, 1, -184),
  share("accountLargestReceiptShare"),
  slot("accountMiddlingReceipts", 2, 3),
  slot("accountReceiptDigits", 16, 1),
  slot("accountMostReceiptDigits", 24, 1, -128),
  slot("accountSentDigits", 3, 2, -124),
  slot("accountLastSent", 1, 1, -176),
  share("accountMeanDrain"),
  count("accountSenders", 6),
  share("accountSenderShare"),
  slot("accountOneTimeSenders", 2, 3),
  share("accountTopSender"),
  count("accountFirstWeekSenders", 8),
  share("accountRecipientShare"),
  share("accountTopRecipient"),
  time("accountFirstPause"),
  time("accountUpperPause"),
  share("accountDailyPauses"),
  slot("accountReceiptRhythm", 3, 2),
  time("accountHoldingMedian"),
  time("accountHoldingMean"),
  count("accountFullestDay", 8),
  count("accountActiveDays", 3),
  share("accountTurns"),
  count("accountCalls", 4),
  slot("accountOutgoingCalls", 2, 3),
  count("accountPaidCalls", 6),
  count("accountEmptyOutgoing", 6),
]);
