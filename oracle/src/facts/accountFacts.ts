import {
  activity,
  beginning,
  countsByCounterparty,
  drains,
  receivedLevels,
  recipientsOf,
  sendersOf,
} from "./accountActivity.ts";
import { accountFact, countLevel, some } from "./accountFact.ts";
import { ACCOUNT_RHYTHM } from "./accountRhythm.ts";
import { DAY, type FactContext } from "./context.ts";
import { fact, type FactDefinition } from "./definition.ts";
import { countWhere, floorDiv, lowerMedian, mean, share128, total } from "./integers.ts";
import { significantDigits } from "./units.ts";

const LG = "lg8 of micro-units";
const LG_COUNT = "lg8 of count + 1";
const SHARE = "1/128";

const received = (context: FactContext): readonly unknown[] => activity(context).received;
const sent = (context: FactContext): readonly unknown[] => activity(context).sent;
const outgoing = (context: FactContext): readonly unknown[] => activity(context).outgoing;

/** The value that three quarters of an ascending, non-empty list lie at or below. */
function upperQuartile(ascending: readonly number[]): number {
  return ascending[Math.floor((3 * ascending.length) / 4)] ?? 0;
}

function digitsOf(entries: readonly { readonly micro: number }[]): number[] {
  return entries.map((entry) => significantDigits(entry.micro)).sort((a, b) => a - b);
}

/** How much came in and went out at a time. */
const AMOUNTS = [
  accountFact(
    {
      name: "accountUpperReceipt",
      unit: LG,
      description: "Upper quartile of the levels of the amounts the account received.",
      phrase: "The upper quarter of the amounts the account received",
      worse: "low",
    },
    some(received, (c) => upperQuartile(receivedLevels(c))),
  ),
  accountFact(
    {
      name: "accountSmallestReceipt",
      unit: LG,
      description: "Level of the smallest amount the account received.",
      phrase: "The smallest amount the account received",
      worse: "low",
    },
    some(received, (c) => receivedLevels(c)[0] ?? 0),
  ),
  accountFact(
    {
      name: "accountLargestReceiptShare",
      unit: SHARE,
      description: "Share of the largest amount received in all that the account received.",
      phrase: "The share of one large receipt in what the account received",
      worse: "low",
    },
    some(received, (c) => {
      const amounts = activity(c).received.map((entry) => entry.micro);
      return share128(Math.max(...amounts), Math.min(Number.MAX_SAFE_INTEGER, total(amounts)));
    }),
  ),
  accountFact(
    {
      name: "accountMiddlingReceipts",
      unit: SHARE,
      description: "Share of receipts between a tenth of a unit and two units (100,000 to 2,000,000 micro-units).",
      phrase: "The share of middling amounts in what the account received",
      worse: "high",
    },
    some(received, (c) => {
      const receipts = activity(c).received;
      return share128(
        countWhere(receipts, ({ micro }) => micro >= 100_000 && micro <= 2_000_000),
        receipts.length,
      );
    }),
  ),
  accountFact(
    {
      name: "accountReceiptDigits",
      unit: "digits",
      description: "Lower median of the significant decimal digits of the amounts received.",
      phrase: "The number of significant digits of the amounts the account received",
      worse: "low",
    },
    some(received, (c) => lowerMedian(digitsOf(activity(c).received))),
  ),
  accountFact(
    {
      name: "accountMostReceiptDigits",
      unit: "digits",
      description: "Most significant decimal digits of any amount received.",
      phrase: "The most significant digits of any amount the account received",
      worse: "low",
    },
    some(received, (c) => digitsOf(activity(c).received).at(-1) ?? 0),
  ),
  accountFact(
    {
      name: "accountSentDigits",
      unit: "1/16 digit",
      description: "Mean of the significant decimal digits of the amounts sent, in 16ths, rounded down.",
      phrase: "The number of significant digits of the amounts the account sent",
      worse: "low",
    },
    some(sent, (c) => floorDiv(16 * total(digitsOf(activity(c).sent)), activity(c).sent.length)),
  ),
  accountFact(
    {
      name: "accountLastSent",
      unit: LG,
      description: "Level of the last amount the account sent.",
      phrase: "The last amount the account sent",
      worse: "low",
    },
    some(sent, (c) => activity(c).sent.at(-1)?.level ?? 0),
  ),
  accountFact(
    {
      name: "accountLargestDrain",
      unit: SHARE,
      description: "Largest share of what it held that the account sent at once; held is received less sent.",
      phrase: "The largest share of its money the account sent on at once",
      worse: "high",
    },
    some(sent, (c) => Math.max(...drains(c))),
  ),
  accountFact(
    {
      name: "accountMeanDrain",
      unit: SHARE,
      description: "Mean share of what it held that the account sent at once.",
      phrase: "The average share of its money the account sends on at once",
      worse: "high",
    },
    some(sent, (c) => mean(drains(c))),
  ),
] as const;

/** With whom. */
const COUNTERPARTIES = [
  accountFact(
    {
      name: "accountSenders",
      unit: LG_COUNT,
      description: "Distinct accounts its incoming transactions came from.",
      phrase: "The number of accounts that dealt with the account",
      worse: "high",
    },
    (c) => countLevel(countsByCounterparty(activity(c).incoming).length),
  ),
  accountFact(
    {
      name: "accountSenderShare",
      unit: SHARE,
      description: "Distinct senders per receipt.",
      phrase: "The share of different senders among the account's receipts",
      worse: "high",
    },
    some(received, (c) => share128(sendersOf(c).length, activity(c).received.length)),
  ),
  accountFact(
    {
      name: "accountOneTimeSenders",
      unit: SHARE,
      description: "Receipts whose sender sent only once, as a share.",
      phrase: "The share of senders who paid the account only once",
      worse: "high",
    },
    some(received, (c) =>
      share128(
        countWhere(sendersOf(c), (count) => count === 1),
        activity(c).received.length,
      ),
    ),
  ),
  accountFact(
    {
      name: "accountTopSender",
      unit: SHARE,
      description: "Share of the most frequent sender in the receipts.",
      phrase: "The share of the most frequent sender in the account's receipts",
      worse: "low",
    },
    some(received, (c) => share128(Math.max(...sendersOf(c)), activity(c).received.length)),
  ),
  fact(
    {
      name: "accountFirstWeekSenders",
      source: "account",
      window: "first 7 days of the account",
      unit: LG_COUNT,
      description: "Distinct accounts with a transaction to this one within seven days of its first transaction.",
      phrase: "The number of accounts that paid the account in its first week",
      worse: "high",
    },
    (c) => {
      const first = beginning(c);
      const senders = first === undefined ? 0 : c.views.payee.distinctCounterparties(first, first + 7 * DAY + 1);
      return countLevel(senders);
    },
  ),
  accountFact(
    {
      name: "accountRecipients",
      unit: LG_COUNT,
      description: "Distinct accounts its outgoing transactions went to.",
      phrase: "The number of accounts the account turned to",
      worse: "low",
    },
    (c) => countLevel(recipientsOf(c).length),
  ),
  accountFact(
    {
      name: "accountRecipientShare",
      unit: SHARE,
      description: "Distinct recipients per outgoing transaction.",
      phrase: "The share of different recipients among the account's outgoing transactions",
      worse: "high",
    },
    some(outgoing, (c) => share128(recipientsOf(c).length, activity(c).outgoing.length)),
  ),
  accountFact(
    {
      name: "accountTopRecipient",
      unit: SHARE,
      description: "Share of the most frequent recipient in the outgoing transactions.",
      phrase: "The share of the most frequent recipient in the account's outgoing transactions",
      worse: "low",
    },
    some(outgoing, (c) => share128(Math.max(...recipientsOf(c)), activity(c).outgoing.length)),
  ),
] as const;

/** What an account does with money, seen from the account: both of its sides together. */
export const ACCOUNT_FACTS: readonly FactDefinition[] = [...AMOUNTS, ...COUNTERPARTIES, ...ACCOUNT_RHYTHM];
