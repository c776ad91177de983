import { ranking } from "../train/metrics.ts";
import type { DatedScore } from "./cardPrecision.ts";
import { cardPrecision } from "./cardPrecision.ts";

/** The three figures of every table. */
export interface Measures {
  readonly auc: number;
  readonly ap: number;
  /** Card precision@100; absent where a protocol has no days and groups. */
  readonly cp100?: number;
}

/** AUC, average precision and, where it means something, card precision of scores on rows. */
export function measure(rows: readonly DatedScore[], scores: ArrayLike<number>, withCards: boolean): Measures {
  const { auc, averagePrecision } = ranking(
    scores,
    rows.map((row) => row.illicit),
  );
  return { auc, ap: averagePrecision, ...(withCards ? { cp100: cardPrecision(rows, scores) } : {}) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of each figure; card precision only if all have it. */
export function meanMeasures(list: readonly Measures[]): Measures {
  const cards = list.flatMap(({ cp100 }) => (cp100 === undefined ? [] : [cp100]));
  return {
    auc: mean(list.map(({ auc }) => auc)),
    ap: mean(list.map(({ ap }) => ap)),
    ...(cards.length === list.length ? { cp100: mean(cards) } : {}),
  };
}

/** One threshold's point of a curve over all thresholds, highest first. */
export interface CurvePoint {
  readonly falsePositiveRate: number;
  readonly recall: number;
  readonly precision: number;
}

/** ROC and precision-recall points, one for each distinct score. */
export function curve(scores: ArrayLike<number>, illicit: readonly boolean[]): CurvePoint[] {
  const order = Array.from(illicit, (_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = illicit.filter((flag) => flag).length;
  const negatives = illicit.length - positives;
  const points: CurvePoint[] = [];
  let [found, passed] = [0, 0];
  order.forEach((index, position) => {
    if (illicit[index] === true) found += 1;
    else passed += 1;
    const next = order[position + 1];
    if (next !== undefined && scores[next] === scores[index]) return;
    const precision = found / (found + passed);
    points.push({ falsePositiveRate: passed / negatives, recall: found / positives, precision });
  });
  return points;
}
