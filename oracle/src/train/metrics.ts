/** How well scores rank illicit payments above honest ones. */
export interface Ranking {
  readonly auc: number;
  readonly averagePrecision: number;
}

/** Counts of honest and illicit among equal scores, highest score first. */
function tiesDescending(scores: ArrayLike<number>, illicit: readonly boolean[]): { honest: number; illicit: number }[] {
  const order = illicit.map((_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const groups: { honest: number; illicit: number }[] = [];
  order.forEach((index, position) => {
    const before = order[position - 1];
    const tied = before !== undefined && scores[before] === scores[index];
    const group = tied ? groups.at(-1) : undefined;
    const target = group ?? { honest: 0, illicit: 0 };
    target[illicit[index] === true ? "illicit" : "honest"] += 1;
    if (group === undefined) groups.push(target);
  });
  return groups;
}

/** Area under the ROC curve, ties counted half, and average precision, ties as one step. */
export function ranking(scores: ArrayLike<number>, illicit: readonly boolean[]): Ranking {
  const positives = illicit.filter((flag) => flag).length;
  const negatives = illicit.length - positives;
  let [found, passed, area, precisionSum] = [0, 0, 0, 0];
  for (const group of tiesDescending(scores, illicit)) {
    area += group.honest * (found + group.illicit / 2);
    found += group.illicit;
    passed += group.honest;
    precisionSum += (group.illicit * found) / (found + passed);
  }
  return { auc: area / (positives * negatives), averagePrecision: precisionSum / positives };
}

/** The share of a list for which something holds; NaN for an empty one. */
export function shareWhere<T>(list: readonly T[], holds: (item: T) => boolean): number {
  return list.filter(holds).length / list.length;
}

/** The smallest value that at most the given share of a list lies at or above. */
export function cutFor(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(Array.from(values)).sort();
  const index = Math.min(sorted.length - 1, Math.ceil((1 - share) * sorted.length));
  return sorted[index] ?? 0;
}
