import { DAY, type FactContext, LABEL_DELAY, secondsSince } from "./context.ts";
import { fact, type FactDefinition, type FactText, NONE } from "./definition.ts";
import { countWhere, floorDiv, share128 } from "./integers.ts";
import { fineLevel, usualAmount } from "./usualAmount.ts";
import type { Entry, FraudRun } from "./views.ts";

/** How long a payee that was taken over is expected to stay so, in calendar days of UTC. */
const SPELL_DAYS = 28;

/** Newest frauds of a run or window whose amounts are looked at. */
const MOST_OF_RUN = 64;

/** Evidence of two frauds of ordinary size: more does not count. */
const FULL_EVIDENCE = 64;

/** Whole, for a share that is to fit a signed byte. */
const WHOLE = 127;

function settledBefore(context: FactContext): number {
  return context.now - LABEL_DELAY + 1;
}

function runOf(context: FactContext): FraudRun {
  return context.once("payee/run", () => context.views.payee.fraudRun(settledBefore(context)));
}

/**
 * What one known fraud says against its payee: 48 if its amount was well below the usual one of its payer, 40 if it was just that,
 * nothing from 2.4 times of it on. A high amount points to its payer, an ordinary one to where it was paid.
 */
function evidenceOf(context: FactContext, fraud: Entry): number {
  return context.once(`payee/evidence/${fraud.row}`, () => {
    const usual = usualAmount(context.views.payerTileBefore(fraud));
    const over = usual === 0 ? 0 : fineLevel(fraud.micro) - fineLevel(usual);
    return Math.max(0, Math.min(48, 40 - 2 * over));
  });
}

/** Calendar days of UTC between two moments. */
function calendarDays(from: number, to: number): number {
  return floorDiv(to, DAY) - floorDiv(from, DAY);
}

/** Sum over the run, newest first, as far as it matters. */
function evidence(context: FactContext, run: readonly Entry[]): number {
  let sum = 0;
  for (let index = run.length - 1; index >= 0 && sum < FULL_EVIDENCE; index--) {
    const entry = run[index];
    if (entry !== undefined) sum += evidenceOf(context, entry);
  }
  return Math.min(FULL_EVIDENCE, sum);
}

/**
 * How likely the newest run of known frauds at the payee goes on: its evidence, times the share of those days on which it may have
 * begun that are less than 28 days ago. It began after the last good payment, and not after its first fraud of ordinary size.
 */
function runEvidence(context: FactContext): number {
  const run = runOf(context);
  const frauds = context.views.payee.recentBefore(settledBefore(context), Math.min(run.count, MOST_OF_RUN));
  const first = frauds.find((entry) => evidenceOf(context, entry) > 0);
  if (first === undefined) return 0;
  const latest = calendarDays(first.time, context.now);
  if (latest >= SPELL_DAYS) return 0;
  const sinceGood = run.lastGood === undefined ? 9_999 : calendarDays(run.lastGood.time, context.now);
  const earliest = Math.max(latest, sinceGood - 1);
  const open = Math.min(earliest, SPELL_DAYS - 1) - latest + 1;
  const share = floorDiv(WHOLE * open, earliest - latest + 1);
  return floorDiv(share * evidence(context, frauds), FULL_EVIDENCE);
}

/** Days of payments that are old enough to have a label, in which known frauds count. */
const SETTLED_DAYS = 28;

/** Known frauds among the payments of the last settled days, as a share of them; `none` without a payment. */
function settledShare(context: FactContext, days: number): number | typeof NONE {
  const before = settledBefore(context);
  const count = context.views.payee.countIn(before - days * DAY, before);
  return count === 0 ? NONE : share128(context.views.payee.knownFrauds(before - days * DAY, before), count);
}

/** The newest 64 known frauds of the last 28 settled days, oldest first. */
function settledFrauds(context: FactContext): readonly Entry[] {
  return context.once("payee/settledFrauds", () => {
    const before = settledBefore(context);
    const count = context.views.payee.knownFrauds(before - SETTLED_DAYS * DAY, before);
    return context.views.payee.newestKnownFrauds(before, Math.min(count, MOST_OF_RUN));
  });
}

function partDays(entry: Entry | undefined, parts: number, now: number): number | typeof NONE {
  return entry === undefined ? NONE : floorDiv(parts * secondsSince(entry.time, now), DAY);
}

const SETTLED = "payments at least 7 days old";
const SETTLED_WEEKS = "28 days of payments at least 7 days old";

function payeeFact(
  text: Pick<FactText, "name" | "window" | "unit" | "description" | "phrase">,
  compute: FactDefinition["compute"],
): FactDefinition {
  return fact({ ...text, source: "payee", worse: "high", fromLabels: true }, compute);
}

function shareFact(days: number): FactDefinition {
  return payeeFact(
    {
      name: `payeeFraudCountShare${days}d`,
      window: `${days === 1 ? "1 day" : `${days} days`} of ${SETTLED}`,
      unit: "1/128",
      description: "Known frauds as a share of the number of payments to the payee.",
      phrase: `The share of known frauds among ${days === 1 ? "one day" : `${days} days`} of payments to the payee`,
    },
    (c) => settledShare(c, days),
  );
}

/** What known frauds say about a payee: whether a run of them goes on. */
export const LABEL_FACTS: readonly FactDefinition[] = [
  payeeFact(
    {
      name: "payeeFraudEvidence",
      window: SETTLED,
      unit: "1/127",
      description:
        "Evidence of the newest run of known frauds (its newest 64), those of ordinary size for their payers, times the share of its possible first days that lie less than 28 days back.",
      phrase: "What recent known frauds say against the payee",
    },
    runEvidence,
  ),
  payeeFact(
    {
      name: "payeeDaysSinceGood",
      window: SETTLED,
      unit: "days / 2",
      description: "Time since the newest payment to the payee that is known to be good.",
      phrase: "The time since the payee's last payment known to be good",
    },
    (c) => partDays(runOf(c).lastGood, 2, c.now),
  ),
  payeeFact(
    {
      name: "payeeRunDays",
      window: SETTLED,
      unit: "days / 4",
      description: "Time since the first payment of the newest run of known frauds.",
      phrase: "The time since known frauds in a row began at the payee",
    },
    (c) => partDays(runOf(c).began, 4, c.now),
  ),
  payeeFact(
    {
      name: "payeeDaysSinceFirstFraud",
      window: SETTLED_WEEKS,
      unit: "days / 2",
      description: "Time since the oldest known fraud in the window.",
      phrase: "The time since the first known fraud at the payee",
    },
    (c) => {
      const before = settledBefore(c);
      return partDays(c.views.payee.oldestKnownFraud(before - SETTLED_DAYS * DAY, before), 2, c.now);
    },
  ),
  payeeFact(
    {
      name: "payeeDaysSinceLastFraud",
      window: SETTLED_WEEKS,
      unit: "days / 2",
      description: "Time since the newest known fraud in the window.",
      phrase: "The time since the last known fraud at the payee",
    },
    (c) => partDays(settledFrauds(c).at(-1), 2, c.now),
  ),
  payeeFact(
    {
      name: "payeeOrdinaryFrauds28d",
      window: SETTLED_WEEKS,
      unit: "payments",
      description: "Known frauds of an amount below 2.4 times what their payers usually pay, among the newest 64.",
      phrase: "The number of known frauds of ordinary size at the payee",
    },
    (c) => countWhere(settledFrauds(c), (entry) => evidenceOf(c, entry) > 0),
  ),
  shareFact(1),
  shareFact(28),
  shareFact(30),
];
