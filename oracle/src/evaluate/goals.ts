import type { Measures } from "./metrics.ts";
import type { Result } from "./result.ts";

/** Shares of illicit payments stopped and of honest ones allowed that a policy is to reach together. */
export interface OperationGoal {
  readonly illicitStopped: number;
  readonly honestAllowed: number;
}

/** What the integer model is to reach, mean over folds and at least three seeds. */
export interface Goals {
  readonly usual?: Partial<Measures>;
  readonly firstDay?: Partial<Measures>;
  /** By name of a part of the test, other than the first one. */
  readonly views?: Readonly<Record<string, Partial<Measures>>>;
  /** Key of a baseline whose every figure, with labels, is to be passed. */
  readonly above?: string;
  /** For policies whose thresholds were not taken from the test rows; first seed. */
  readonly operation?: OperationGoal;
  /** By range of payment numbers, where those lines are drawn; first seed. */
  readonly numbers?: Readonly<Record<string, OperationGoal>>;
}

/** By protocol, or by protocol and recipe where a recipe has goals of its own. */
const GOALS: Readonly<Record<string, Goals>> = {
  "handbook-development": { usual: { auc: 0.89, ap: 0.76, cp100: 0.3 }, firstDay: { auc: 0.66, ap: 0.3 } },
  "handbook-prequential": { usual: { auc: 0.885, ap: 0.75, cp100: 0.311 } },
  "handbook-label-free": { usual: { auc: 0.875, ap: 0.47, cp100: 0.27 }, above: "sumOfSquares" },
  "ethereum-payments": {
    operation: { illicitStopped: 0.65, honestAllowed: 0.95 },
    numbers: { "payments from 6": { illicitStopped: 0.8, honestAllowed: 0.95 } },
  },
  "ethereum-accounts": { usual: { auc: 0.91, ap: 0.56 }, views: { "all transactions": { auc: 0.94, ap: 0.67 } } },
  "ethereum-accounts accounts-large": {
    usual: { auc: 0.925, ap: 0.61 },
    views: { "all transactions": { auc: 0.953, ap: 0.74 } },
  },
};

/** The goals of a run. */
export function goalsOf({ protocol, recipe }: Pick<Result, "protocol" | "recipe">): Goals | undefined {
  return GOALS[`${protocol} ${recipe}`] ?? GOALS[protocol];
}

/** A figure as it is printed, so that what is printed and what is judged never disagree. */
const thousandths = (value: number | undefined): number => Math.round(1_000 * (value ?? NaN));

const KEYS = ["auc", "ap", "cp100"] as const;

/** Whether every figure that has a goal reaches it. */
export function reaches(goal: Partial<Measures>, figures: Measures): boolean {
  return KEYS.every((key) => goal[key] === undefined || thousandths(figures[key]) >= thousandths(goal[key]));
}

/** The figures that do not lie above those of a baseline. */
export function notAbove(baseline: Measures, figures: Measures): (keyof Measures)[] {
  return KEYS.filter((key) => baseline[key] !== undefined && !(thousandths(figures[key]) > thousandths(baseline[key])));
}

/** Whether both shares reach the goal. */
export function operates(goal: OperationGoal, outcome: OperationGoal): boolean {
  return (["illicitStopped", "honestAllowed"] as const).every(
    (key) => thousandths(outcome[key]) >= thousandths(goal[key]),
  );
}
