import type { FactContext } from "./context.ts";
import { DAY, lgSeconds, secondsSince } from "./context.ts";
import { fact, NONE, recentFact } from "./definition.ts";
import { countWhere, lowerMedian, share128 } from "./integers.ts";
import { lg8 } from "./units.ts";
import type { Entry } from "./views.ts";

const LG_SECONDS = "lg8 of seconds + 1";

/** Gaps of a lower level are shorter than 575 seconds, exactly: 576 begins a level. */
const QUICK = lgSeconds(575);

/** Added to a time before its level is taken: a delay of a day then moves it by five levels at most. */
const SLACK = 2 * DAY;

/** Levels of the gaps between the recent payments, the one to now left out. */
function pastGaps(context: FactContext): readonly number[] {
  return context.gaps.slice(0, -1);
}

/** How many payments of equal size have the same sum and the same sum of squares, in eighths: large ones count, small ones hardly. */
function effectiveCount8(amounts: readonly number[]): number {
  let [sum, squares] = [0n, 0n];
  for (const amount of amounts) {
    sum += BigInt(amount);
    squares += BigInt(amount) * BigInt(amount);
  }
  return squares === 0n ? 0 : Number((8n * sum * sum) / squares);
}

/** Most entries whose times lie within less than `span` seconds of each other; times never fall. */
function busiest(entries: readonly Entry[], span: number): number {
  let from = 0;
  let most = 0;
  entries.forEach((entry, index) => {
    while ((entries[from]?.time ?? entry.time) <= entry.time - span) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

/** The first of the recent payments of each payer. */
function firstOfEachPayer(context: FactContext): Entry[] {
  const seen = new Set<number>();
  return context.recent.filter(({ counterparty }) => {
    const first = !seen.has(counterparty);
    seen.add(counterparty);
    return first;
  });
}

function newestTime(context: FactContext): number {
  return context.recent.at(-1)?.time ?? context.now;
}

/**
 * Facts that whoever sends the judged payment can hardly move: they look at payments that lie there already, or so that a delay
 * of a day changes little. `listedParties` is the one fact that no money moves.
 */
export const ROBUST_FACTS = [
  fact(
    {
      name: "listedParties",
      source: "pair",
      window: "all history",
      unit: "parties",
      description: "How many of payer and payee stand on a list of sanctioned or reported accounts.",
      phrase: "The number of parties on a list of sanctioned or reported accounts",
      worse: "high",
      fromLabels: true,
    },
    (c) => (c.views.payeeLists === 0 ? 0 : 1) + (c.views.payerLists === 0 ? 0 : 1),
  ),
  recentFact(
    {
      name: "payeeBusiestDay",
      unit: "payments",
      description: "Most of the recent payments within any 24 hours.",
      phrase: "The number of payments on the payee's busiest day",
      worse: "high",
    },
    (c) => busiest(c.recent, DAY),
  ),
  recentFact(
    {
      name: "payeeBusiestWeekPayers",
      unit: "payers",
      description: "Most payers whose first recent payment lies within the same seven days.",
      phrase: "The number of different payers in the payee's busiest week",
      worse: "high",
    },
    (c) => busiest(firstOfEachPayer(c), 7 * DAY),
  ),
  recentFact(
    {
      name: "payeePastPace",
      unit: "lg8",
      description: "Level of the seconds from the first to the last recent payment less the level of their count.",
      phrase: "The time per payment at the payee until its last one",
      worse: "low",
    },
    (c) => lgSeconds(secondsSince(c.recent[0]?.time ?? c.now, newestTime(c))) - lg8(c.recent.length),
  ),
  recentFact(
    {
      name: "payeeSinceLastSlow",
      unit: "lg8 of seconds",
      description: "Level of the time since the payee's last payment plus two days.",
      phrase: "The number of days since the payee was last paid",
      worse: "low",
    },
    (c) => lg8(secondsSince(newestTime(c), c.now) + SLACK),
  ),
  fact(
    {
      name: "payeeAgeSlow",
      source: "payee",
      window: "all history",
      unit: "lg8 of seconds",
      description: "Level of the time since the payee's first payment plus one day.",
      phrase: "The number of days since the payee was first paid",
      worse: "low",
    },
    (c) => {
      const first = c.views.payee.first();
      return first === undefined ? NONE : lg8(secondsSince(first.time, c.now) + DAY);
    },
  ),
  recentFact(
    {
      name: "payeePastMedianGap",
      unit: LG_SECONDS,
      description: "Lower median of the gaps between the recent payments.",
      phrase: "The median time between the payee's payments until its last one",
      worse: "low",
    },
    (c) => {
      const gaps = pastGaps(c);
      return gaps.length === 0 ? NONE : lowerMedian([...gaps].sort((a, b) => a - b));
    },
  ),
  recentFact(
    {
      name: "payeePastBursts",
      unit: "1/128",
      description: "Share of the gaps between the recent payments that are below 575 seconds.",
      phrase: "The share of the payee's earlier payments that follow within minutes",
      worse: "high",
    },
    (c) => {
      const gaps = pastGaps(c);
      if (gaps.length === 0) return NONE;
      return share128(
        countWhere(gaps, (gap) => gap < QUICK),
        gaps.length,
      );
    },
  ),
  recentFact(
    {
      name: "payeeEffectivePayments",
      unit: "payments / 8",
      description:
        "Squared sum of the recent amounts over the sum of their squares: how many of equal size they are worth.",
      phrase: "The number of recent payments to the payee, weighted by value,",
      worse: "high",
    },
    (c) => effectiveCount8(c.recent.map((entry) => entry.micro)),
  ),
] as const;
