/** One step of a calibration: from this score on, this probability. */
export interface CalibrationStep {
  readonly from: number;
  readonly probability: number;
}

/** Scores of one bin beside what came of them. */
export interface ReliabilityBin {
  readonly count: number;
  readonly meanProbability: number;
  readonly illicitShare: number;
}

interface Pool {
  from: number;
  illicit: number;
  count: number;
}

/** Rows of equal score as one pool, ascending. */
function pools(scores: ArrayLike<number>, illicit: readonly boolean[]): Pool[] {
  const order = illicit.map((_, index) => index).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  const found: Pool[] = [];
  for (const index of order) {
    const score = scores[index] ?? 0;
    const last = found.at(-1);
    const pool = last?.from === score ? last : { from: score, illicit: 0, count: 0 };
    if (pool !== last) found.push(pool);
    pool.illicit += illicit[index] === true ? 1 : 0;
    pool.count += 1;
  }
  return found;
}

/**
 * Isotonic calibration: the rising step function nearest to what came of each score. For display; bands follow scores.
 *
 * @param scores Of rows that the model was not trained on.
 */
export function calibrate(scores: ArrayLike<number>, illicit: readonly boolean[]): CalibrationStep[] {
  if (illicit.length === 0) throw new RangeError("a calibration needs rows");
  const merged: Pool[] = [];
  for (const pool of pools(scores, illicit)) {
    merged.push({ ...pool });
    for (let [before, last] = merged.slice(-2); before !== undefined && last !== undefined;) {
      if (before.illicit * last.count < last.illicit * before.count) break;
      before.illicit += last.illicit;
      before.count += last.count;
      merged.pop();
      [before, last] = merged.slice(-2);
    }
  }
  return merged.map(({ from, illicit: frauds, count }) => ({ from, probability: frauds / count }));
}

/** The calibrated probability of a score; below the first step it is that of the first. */
export function probabilityOf(steps: readonly CalibrationStep[], score: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle]?.from ?? Infinity) <= score) low = middle + 1;
    else high = middle;
  }
  return steps[Math.max(0, low - 1)]?.probability ?? 0;
}

/** Rows in bins of equal number by rising probability: what a reliability plot draws. */
export function reliabilityBins(
  probabilities: readonly number[],
  illicit: readonly boolean[],
  bins = 10,
): ReliabilityBin[] {
  const order = illicit.map((_, index) => index);
  order.sort((a, b) => (probabilities[a] ?? 0) - (probabilities[b] ?? 0) || a - b);
  return Array.from({ length: Math.min(bins, order.length) }, (_, bin) => {
    const width = order.length / Math.min(bins, order.length);
    const rows = order.slice(Math.round(bin * width), Math.round((bin + 1) * width));
    const sum = (value: (row: number) => number): number => rows.reduce((total, row) => total + value(row), 0);
    return {
      count: rows.length,
      meanProbability: sum((row) => probabilities[row] ?? 0) / rows.length,
      illicitShare: sum((row) => (illicit[row] === true ? 1 : 0)) / rows.length,
    };
  });
}
