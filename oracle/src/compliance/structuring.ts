import type { Entry } from "../facts/views.ts";
import {
  MOST_NAMED,
  nearTo,
  unitsText,
  type RuleInput,
  type RuleReason,
  type RuleSettings,
  type RuleSide,
} from "./ruleTypes.ts";

/** Payments must lie within so many seconds, and be so many. */
const WINDOW_SECONDS = 86_400;
const LEAST = 3;

/** Most payments of an account that are read around the payment, the newest. */
const MOST_READ = 10_000;

/** The payments just below the threshold by or to the account, less than a day before or after the payment, in order. */
function near({ history, payment, asOf }: RuleInput, side: RuleSide, threshold: number): Entry[] {
  const view = history.accountView(payment[side], asOf.block);
  const tile = side === "payer" ? view.out : view.in;
  const end = Math.min(payment.time + WINDOW_SECONDS, asOf.timestamp + 1);
  const entries = tile.recentIn(payment.time - WINDOW_SECONDS + 1, end, MOST_READ);
  return entries.filter(({ micro }) => micro >= nearTo(threshold) && micro < threshold);
}

/** The longest run through the entry at `own` that is shorter than the window; of several the oldest. */
function longestRun(entries: readonly Entry[], own: number): readonly Entry[] {
  let [first, last, end] = [own, own, 0];
  for (let start = 0; start <= own; start++) {
    const limit = (entries[start]?.time ?? 0) + WINDOW_SECONDS;
    while (end < entries.length && (entries[end]?.time ?? limit) < limit) end++;
    if (end > own && end - 1 - start > last - first) [first, last] = [start, end - 1];
  }
  return entries.slice(first, last + 1);
}

/**
 * Several payments of one payer, or to one payee, each just below the threshold, within a day: as if an amount that somebody looks
 * at had been cut up. The payment itself must be one of them.
 */
export function structuring(input: RuleInput, side: RuleSide, settings: RuleSettings): RuleReason | undefined {
  const { structuringThreshold: threshold } = settings;
  if (threshold === 0) return undefined;
  const { history, payment } = input;
  const entries = near(input, side, threshold);
  const own = entries.findIndex((entry) => entry.time === payment.time && history.idOf(entry) === payment.id);
  if (own < 0) return undefined;
  const run = longestRun(entries, own);
  if (run.length < LEAST) return undefined;
  const sum = run.reduce((total, { micro }) => total + micro, 0);
  const who = side === "payer" ? "The payer made" : "The payee was sent";
  return {
    code: "STRUCTURING",
    side,
    account: payment[side],
    payments: run.slice(-MOST_NAMED).map((entry) => history.idOf(entry)),
    sentence:
      `${who} ${run.length} payments within 24 hours, each from ${unitsText(nearTo(threshold))} to just below ` +
      `${unitsText(threshold)} units, together ${unitsText(sum)}.`,
  };
}
