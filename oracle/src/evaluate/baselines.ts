import { DEFAULT_FOREST, isolationForest } from "./isolationForest.ts";
import { logisticScorer, matrixOf, standardOf } from "./logistic.ts";
import type { Example } from "./types.ts";

type Facts = ArrayLike<number>;

/** A simple method on the same facts, for comparison. */
export interface Baseline {
  /** Name in the result's JSON. */
  readonly key: string;
  readonly title: string;
  readonly usesLabels: boolean;
  readonly fit: (train: readonly Example[], seed: number) => (rows: readonly Facts[]) => Float64Array;
}

function facts(rows: readonly Example[]): Int8Array[] {
  return rows.map((row) => row.facts);
}

/** Sum of squared distances from the training mean, each fact in its own standard deviations. */
function sumOfSquares(train: readonly Example[]): (rows: readonly Facts[]) => Float64Array {
  const { mean, deviation } = standardOf(matrixOf(facts(train)));
  return (rows) =>
    Float64Array.from(rows, (row) =>
      mean.reduce((sum, centre, column) => sum + (((row[column] ?? 0) - centre) / (deviation[column] ?? 1)) ** 2, 0),
    );
}

/** What every recipe stands beside. */
export const BASELINES: readonly Baseline[] = [
  {
    key: "logistic",
    title: "logistic regression, same facts",
    usesLabels: true,
    fit: (train) => {
      const score = logisticScorer(
        matrixOf(facts(train)),
        train.map((row) => row.illicit),
      );
      return (rows) => score(matrixOf(rows));
    },
  },
  { key: "sumOfSquares", title: "sum of z², same facts", usesLabels: false, fit: sumOfSquares },
  {
    key: "isolationForest",
    title: `isolation forest (${DEFAULT_FOREST.trees} trees), same facts`,
    usesLabels: false,
    fit: (train, seed) => {
      const score = isolationForest(facts(train), { ...DEFAULT_FOREST, seed });
      return (rows) => Float64Array.from(rows, score);
    },
  },
];
