import type { Budgets } from "./operating.ts";
import { DEFAULT_THRESHOLDS, operate, outcomesBy, proposeThresholds, thresholdAllowing } from "./operating.ts";
import type { Policy } from "./result.ts";
import type { Judged, JudgedRow } from "./scoring.ts";

/** Ranges of payment numbers that get a line; the last one sums up. */
const PAYMENT_NUMBERS = [
  [1, 1],
  [2, 2],
  [3, 5],
  [6, 10],
  [11, 20],
  [21, Infinity],
  [6, Infinity],
] as const;

/** The policy whose threshold is taken from the test rows themselves: a description, not a result. */
export const TEST_THRESHOLD = "95 % of these honest rows allowed";

interface Group {
  readonly name: string;
  readonly has: (row: JudgedRow) => boolean;
}

function rangeName(from: number, to: number): string {
  if (from === to) return `payment ${from}`;
  return to === Infinity ? `payments from ${from}` : `payments ${from} to ${to}`;
}

function numberGroups(rows: readonly JudgedRow[]): Group[] {
  return PAYMENT_NUMBERS.map(([from, to]) => ({
    name: rangeName(from, to),
    has: ({ row }: JudgedRow) => (row.paymentNumber ?? 0) >= from && (row.paymentNumber ?? 0) <= to,
  })).filter(({ has }) => rows.some(has));
}

/** One group a scenario; honest rows belong to none, so they count in each. */
function scenarioGroups(rows: readonly JudgedRow[]): Group[] {
  const names = new Set(rows.flatMap(({ row }) => (row.scenario === undefined ? [] : [row.scenario])));
  return [...names].sort().map((name) => ({
    name,
    has: ({ row }) => !row.illicit || row.scenario === name,
  }));
}

/**
 * What policies do to the test rows of all folds.
 *
 * @param holdAt Where the lines by scenario and payment number are drawn; the proposed threshold if absent.
 */
export function policyOf(judged: readonly Judged[], budgets: Budgets, holdAt?: number): Policy {
  const test = judged.flatMap((fold) => fold.test);
  const validation = judged.flatMap((fold) => fold.validation);
  const proposed = validation.length === 0 ? DEFAULT_THRESHOLDS : proposeThresholds(validation, budgets);
  const own95 = thresholdAllowing(test, 0.95);
  const { blockAt } = DEFAULT_THRESHOLDS;
  const groupsHoldAt = holdAt ?? proposed.holdAt;
  return {
    budgets,
    proposed,
    groupsHoldAt,
    operations: [
      operate("default policy", test, DEFAULT_THRESHOLDS),
      operate("proposed from validation", test, proposed),
      operate("5 % of honest validation rows held", test, { holdAt: 9_500, blockAt }),
      operate(TEST_THRESHOLD, test, { holdAt: own95, blockAt: Math.max(own95, blockAt) }),
    ],
    byScenario: outcomesBy(test, groupsHoldAt, scenarioGroups(test)),
    byPaymentNumber: outcomesBy(test, groupsHoldAt, numberGroups(test)),
  };
}
