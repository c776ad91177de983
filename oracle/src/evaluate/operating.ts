import { MAX_SCORE } from "../model/network.ts";
import type { JudgedRow } from "./scoring.ts";

/** Thresholds of a policy. */
export interface Thresholds {
  readonly holdAt: number;
  readonly blockAt: number;
}

/** The contracts' defaults: 3 % and 0.5 % of honest reference payments. */
export const DEFAULT_THRESHOLDS: Thresholds = { holdAt: 9_700, blockAt: 9_950 };

/** How much honest money a policy may delay, and how much of it may be blocked, as shares. */
export interface Budgets {
  readonly hold: number;
  readonly block: number;
}

export const DEFAULT_BUDGETS: Budgets = { hold: 0.03, block: 0.005 };

/** What happens to money and payments if everything from a score on is stopped. */
export interface CostPoint {
  readonly holdAt: number;
  readonly moneyStopped: number;
  readonly honestMoneyDelayed: number;
  readonly paymentsStopped: number;
  readonly honestPaymentsDelayed: number;
}

/** Sums of rows at each score, so that any threshold is a suffix sum. */
class Totals {
  readonly honest = new Float64Array(MAX_SCORE + 2);
  readonly illicit = new Float64Array(MAX_SCORE + 2);

  constructor(rows: readonly JudgedRow[], weight: (row: JudgedRow) => number) {
    for (const row of rows) {
      const sums = row.row.illicit ? this.illicit : this.honest;
      sums[row.score] = (sums[row.score] ?? 0) + weight(row);
    }
    for (const sums of [this.honest, this.illicit]) {
      for (let score = MAX_SCORE; score >= 0; score--) sums[score] = (sums[score] ?? 0) + (sums[score + 1] ?? 0);
    }
  }

  shareFrom(kind: "honest" | "illicit", score: number): number {
    return (this[kind][score] ?? 0) / (this[kind][0] ?? 0);
  }
}

/** Sums of money; where no row carries an amount, as with accounts, each row counts the same. */
function moneyOf(rows: readonly JudgedRow[]): Totals {
  const some = rows.some(({ row }) => row.micro > 0);
  return new Totals(rows, ({ row }) => (some ? row.micro : 1));
}

/** One point for each threshold at which something changes, from nothing stopped to everything stopped. */
export function costCurve(rows: readonly JudgedRow[]): CostPoint[] {
  const money = moneyOf(rows);
  const payments = new Totals(rows, () => 1);
  const scores = [...new Set(rows.map((row) => row.score))].sort((a, b) => b - a);
  return [MAX_SCORE + 1, ...scores].map((holdAt) => ({
    holdAt,
    moneyStopped: money.shareFrom("illicit", holdAt),
    honestMoneyDelayed: money.shareFrom("honest", holdAt),
    paymentsStopped: payments.shareFrom("illicit", holdAt),
    honestPaymentsDelayed: payments.shareFrom("honest", holdAt),
  }));
}

/** The lowest score from which on at most the given share of honest money lies; 10,000 where even that holds more. */
function lowestWithin(money: Totals, share: number): number {
  let score = MAX_SCORE;
  while (score > 0 && money.shareFrom("honest", score - 1) <= share) score -= 1;
  return score;
}

/**
 * Proposes thresholds from validation rows: as low as the budgets of honest money allow.
 *
 * @param rows Validation rows; proposing from test rows would flatter the model.
 */
export function proposeThresholds(rows: readonly JudgedRow[], budgets: Budgets): Thresholds {
  const money = moneyOf(rows);
  const holdAt = lowestWithin(money, budgets.hold);
  return { holdAt, blockAt: Math.max(holdAt, lowestWithin(money, budgets.block)) };
}

/** Shares of rows and money that a policy stops. */
export interface Operation extends Thresholds {
  readonly name: string;
  readonly illicitStopped: number;
  readonly illicitBlocked: number;
  readonly honestAllowed: number;
  readonly moneyStopped: number;
  readonly honestMoneyDelayed: number;
}

/** What thresholds do to rows. */
export function operate(name: string, rows: readonly JudgedRow[], { holdAt, blockAt }: Thresholds): Operation {
  const money = moneyOf(rows);
  const payments = new Totals(rows, () => 1);
  return {
    name,
    holdAt,
    blockAt,
    illicitStopped: payments.shareFrom("illicit", holdAt),
    illicitBlocked: payments.shareFrom("illicit", blockAt),
    honestAllowed: 1 - payments.shareFrom("honest", holdAt),
    moneyStopped: money.shareFrom("illicit", holdAt),
    honestMoneyDelayed: money.shareFrom("honest", holdAt),
  };
}

/** The lowest score at which at least the given share of the honest rows themselves is allowed. */
export function thresholdAllowing(rows: readonly JudgedRow[], share: number): number {
  return lowestWithin(new Totals(rows, () => 1), 1 - share);
}

/** Stopped and allowed among the rows of one kind. */
export interface GroupOutcome {
  readonly group: string;
  readonly honest: number;
  readonly illicit: number;
  /** Share of the group's illicit rows at or above holdAt; NaN without any. */
  readonly illicitStopped: number;
  readonly honestAllowed: number;
}

/** Outcomes by a property of the rows, in the order of the groups' names as given. */
export function outcomesBy(
  rows: readonly JudgedRow[],
  holdAt: number,
  groups: readonly { readonly name: string; readonly has: (row: JudgedRow) => boolean }[],
): GroupOutcome[] {
  return groups.map(({ name, has }) => {
    const own = rows.filter(has);
    const illicit = own.filter(({ row }) => row.illicit);
    const honest = own.filter(({ row }) => !row.illicit);
    return {
      group: name,
      honest: honest.length,
      illicit: illicit.length,
      illicitStopped: illicit.filter(({ score }) => score >= holdAt).length / illicit.length,
      honestAllowed: honest.filter(({ score }) => score < holdAt).length / honest.length,
    };
  });
}
