/** Rows of equal width, one after the other. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/** A matrix from lists of numbers. */
export function matrixOf(rows: readonly ArrayLike<number>[]): Matrix {
  const columns = rows[0]?.length ?? 0;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, at) => values.set(row, at * columns));
  return { rows: rows.length, columns, values };
}

/** Shift and scale of each column: mean and standard deviation, 1 for a column that never varies. */
export interface Standard {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Mean and population standard deviation of each column. */
export function standardOf({ rows, columns, values }: Matrix): Standard {
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (let at = 0; at < values.length; at++) mean[at % columns] = (mean[at % columns] ?? 0) + (values[at] ?? 0) / rows;
  for (let at = 0; at < values.length; at++) {
    const column = at % columns;
    deviation[column] = (deviation[column] ?? 0) + ((values[at] ?? 0) - (mean[column] ?? 0)) ** 2 / rows;
  }
  return { mean, deviation: deviation.map((variance) => (variance === 0 ? 1 : Math.sqrt(variance))) };
}

/** A standardised copy. */
export function standardised({ rows, columns, values }: Matrix, { mean, deviation }: Standard): Matrix {
  const scaled = values.map((value, at) => (value - (mean[at % columns] ?? 0)) / (deviation[at % columns] ?? 1));
  return { rows, columns, values: scaled };
}

/** Solves a symmetric positive definite system in place, by Cholesky's decomposition. */
function solve(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const at = (row: number, column: number): number => matrix[row * n + column] ?? 0;
  for (let column = 0; column < n; column++) {
    for (let row = column; row < n; row++) {
      let sum = at(row, column);
      for (let k = 0; k < column; k++) sum -= at(row, k) * at(column, k);
      matrix[row * n + column] = row === column ? Math.sqrt(sum) : sum / at(column, column);
    }
  }
  for (let row = 0; row < n; row++) {
    let sum = right[row] ?? 0;
    for (let k = 0; k < row; k++) sum -= at(row, k) * (right[k] ?? 0);
    right[row] = sum / at(row, row);
  }
  for (let row = n - 1; row >= 0; row--) {
    let sum = right[row] ?? 0;
    for (let k = row + 1; k < n; k++) sum -= at(k, row) * (right[k] ?? 0);
    right[row] = sum / at(row, row);
  }
  return right;
}

/** Weights of the columns, then the intercept. */
export type Weights = Float64Array;

/** The decision value of row `row`. */
export function logitOf({ columns, values }: Matrix, row: number, weights: Weights): number {
  let sum = weights[columns] ?? 0;
  for (let column = 0; column < columns; column++)
    sum += (weights[column] ?? 0) * (values[row * columns + column] ?? 0);
  return sum;
}

const STEPS = 50;
const TOLERANCE = 1e-9;

/** Penalised log loss: half the squared weights, without the intercept, plus the summed log loss. */
function objective(matrix: Matrix, labels: readonly boolean[], weights: Weights): number {
  let sum = 0;
  for (let column = 0; column < matrix.columns; column++) sum += (weights[column] ?? 0) ** 2 / 2;
  labels.forEach((label, row) => {
    const margin = logitOf(matrix, row, weights) * (label ? -1 : 1);
    sum += Math.max(0, margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  });
  return sum;
}

/** Gradient and Hessian of the objective at the weights. */
function derivatives(
  matrix: Matrix,
  labels: readonly boolean[],
  weights: Weights,
): { gradient: Float64Array; hessian: Float64Array } {
  const { columns, values } = matrix;
  const n = columns + 1;
  const gradient = Float64Array.from(weights, (weight, index) => (index < columns ? weight : 0));
  const hessian = new Float64Array(n * n);
  for (let index = 0; index < columns; index++) hessian[index * n + index] = 1;
  // Keeps the system solvable where the classes are separated and every curvature vanishes.
  hessian[n * n - 1] = 1e-12;
  const row = new Float64Array(n).fill(1);
  labels.forEach((label, index) => {
    row.set(values.subarray(index * columns, (index + 1) * columns));
    const probability = 1 / (1 + Math.exp(-logitOf(matrix, index, weights)));
    const error = probability - (label ? 1 : 0);
    const curvature = probability * (1 - probability);
    for (let a = 0; a < n; a++) {
      const value = row[a] ?? 0;
      gradient[a] = (gradient[a] ?? 0) + error * value;
      const scaled = curvature * value;
      for (let b = 0; b <= a; b++) hessian[a * n + b] = (hessian[a * n + b] ?? 0) + scaled * (row[b] ?? 0);
    }
  });
  return { gradient, hessian };
}

/**
 * Logistic regression with an L2 penalty of strength 1 on the weights and none on the intercept, by Newton's method with
 * halved steps. The optimum is unique, so nothing depends on a seed.
 */
export function fitLogistic(matrix: Matrix, labels: readonly boolean[]): Weights {
  let weights: Weights = new Float64Array(matrix.columns + 1);
  let value = objective(matrix, labels, weights);
  for (let step = 0; step < STEPS; step++) {
    const { gradient, hessian } = derivatives(matrix, labels, weights);
    const direction = solve(hessian, gradient);
    let length = 1;
    let next = weights;
    let better = value;
    for (; length > 1e-6; length /= 2) {
      const reach = length;
      next = weights.map((weight, index) => weight - reach * (direction[index] ?? 0));
      better = objective(matrix, labels, next);
      if (better <= value) break;
    }
    const gain = value - better;
    if (!(gain >= 0)) break;
    weights = next;
    value = better;
    if (gain <= TOLERANCE * Math.max(1, value)) break;
  }
  return weights;
}

/** Fits on standardised training rows and scores others the same way. */
export function logisticScorer(train: Matrix, labels: readonly boolean[]): (test: Matrix) => Float64Array {
  const standard = standardOf(train);
  const weights = fitLogistic(standardised(train, standard), labels);
  return (test) => {
    const scaled = standardised(test, standard);
    return Float64Array.from({ length: test.rows }, (_, row) => logitOf(scaled, row, weights));
  };
}
