import { activity, allPauses, fullestDay, holdingLevels, pauses } from "./accountActivity.ts";
import { accountFact, countLevel, some } from "./accountFact.ts";
import { DAY, type FactContext, lgSeconds } from "./context.ts";
import type { FactDefinition } from "./definition.ts";
import { countWhere, lowerMedian, mean, share128, spread2 } from "./integers.ts";
import { lg8 } from "./units.ts";

const LG_SECONDS = "lg8 of seconds + 1";
const LG_COUNT = "lg8 of count + 1";
const SHARE = "1/128";

/** Levels of the pauses between receipts, in order of time. */
function receiptPauses(context: FactContext): readonly number[] {
  return context.once("account/receiptPauses", () => pauses(activity(context).received).map(lgSeconds));
}

function ascending(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** When, and in what order. */
const WHEN = [
  accountFact(
    {
      name: "accountFirstPause",
      unit: LG_SECONDS,
      description: "Time from the first transaction to the second, in either direction.",
      phrase: "The time between the account's first two transactions",
      worse: "high",
    },
    some(allPauses, (c) => lgSeconds(allPauses(c)[0] ?? 0)),
  ),
  accountFact(
    {
      name: "accountUpperPause",
      unit: LG_SECONDS,
      description: "Upper quartile of the time between transactions.",
      phrase: "The longer pauses between the account's transactions",
      worse: "low",
    },
    some(allPauses, (c) => {
      const levels = ascending(allPauses(c).map(lgSeconds));
      return levels[Math.floor((3 * levels.length) / 4)] ?? 0;
    }),
  ),
  accountFact(
    {
      name: "accountDailyPauses",
      unit: SHARE,
      description: "Share of the pauses between transactions that are shorter than a day.",
      phrase: "The share of the account's transactions that follow within a day",
      worse: "high",
    },
    some(allPauses, (c) =>
      share128(
        countWhere(allPauses(c), (seconds) => seconds < DAY),
        allPauses(c).length,
      ),
    ),
  ),
  accountFact(
    {
      name: "accountReceiptRhythm",
      unit: "lg8 / 2",
      description: "Twice the mean absolute deviation of the levels of the pauses between receipts.",
      phrase: "The irregularity of the account's receipts in time",
      worse: "high",
    },
    some(receiptPauses, (c) => spread2(receiptPauses(c))),
  ),
  accountFact(
    {
      name: "accountHoldingMedian",
      unit: LG_SECONDS,
      description: "Lower median of the time from a receipt to the next amount sent.",
      phrase: "The time the account keeps money before it sends some on",
      worse: "high",
    },
    some(holdingLevels, (c) => lowerMedian(ascending(holdingLevels(c)))),
  ),
  accountFact(
    {
      name: "accountHoldingMean",
      unit: LG_SECONDS,
      description: "Mean level of the time from a receipt to the next amount sent.",
      phrase: "The average time the account keeps money before it sends some on",
      worse: "high",
    },
    some(holdingLevels, (c) => mean(holdingLevels(c))),
  ),
  accountFact(
    {
      name: "accountFullestDay",
      unit: LG_COUNT,
      description: "Most receipts within any 24 hours.",
      phrase: "The number of receipts on the account's busiest day",
      worse: "high",
    },
    (c) => countLevel(fullestDay(activity(c).received)),
  ),
  accountFact(
    {
      name: "accountActiveDays",
      unit: "lg8 of count",
      description: "Days with a transaction, a day being 24 hours counted from the first one.",
      phrase: "The number of days on which the account was active",
      worse: "low",
    },
    some(
      (c) => activity(c).all,
      (c) => {
        const { all } = activity(c);
        const first = all[0]?.entry.time ?? 0;
        return lg8(new Set(all.map(({ entry }) => (entry.time - first - ((entry.time - first) % DAY)) / DAY)).size);
      },
    ),
  ),
] as const;

/** What kind of transactions. */
const KINDS = [
  accountFact(
    {
      name: "accountTurns",
      unit: SHARE,
      description: "Changes between incoming and outgoing per transaction.",
      phrase: "How often the account changes between receiving and sending",
      worse: "low",
    },
    some(
      (c) => activity(c).all,
      (c) => {
        const { all } = activity(c);
        const turns = countWhere(all.keys(), (index) => index > 0 && all[index]?.inward !== all[index - 1]?.inward);
        return share128(turns, all.length);
      },
    ),
  ),
  accountFact(
    {
      name: "accountCalls",
      unit: LG_COUNT,
      description: "Contract calls, in either direction.",
      phrase: "The number of contract calls of the account",
      worse: "low",
    },
    (c) => countLevel(countWhere(activity(c).all, ({ entry }) => entry.call)),
  ),
  accountFact(
    {
      name: "accountOutgoingCalls",
      unit: SHARE,
      description: "Share of outgoing transactions that are contract calls.",
      phrase: "The share of contract calls in the account's outgoing transactions",
      worse: "low",
    },
    some(
      (c) => activity(c).outgoing,
      (c) =>
        share128(
          countWhere(activity(c).outgoing, (entry) => entry.call),
          activity(c).outgoing.length,
        ),
    ),
  ),
  accountFact(
    {
      name: "accountPaidCalls",
      unit: LG_COUNT,
      description: "Outgoing contract calls that sent money.",
      phrase: "The number of contract calls with which the account sent money",
      worse: "low",
    },
    (c) => countLevel(countWhere(activity(c).sent, (entry) => entry.call)),
  ),
  accountFact(
    {
      name: "accountEmptyOutgoing",
      unit: LG_COUNT,
      description: "Outgoing transactions without an amount.",
      phrase: "The number of the account's outgoing transactions without money",
      worse: "high",
    },
    (c) => countLevel(countWhere(activity(c).outgoing, (entry) => entry.micro === 0)),
  ),
] as const;

/** The rhythm of an account, and what kinds of transactions it makes. */
export const ACCOUNT_RHYTHM: readonly FactDefinition[] = [...WHEN, ...KINDS];
