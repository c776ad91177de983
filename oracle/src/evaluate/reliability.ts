import type { JudgedRow } from "./scoring.ts";

/** Rows whose calibrated probability is alike. */
export interface ReliabilityBin {
  readonly rows: number;
  /** Mean calibrated probability. */
  readonly predicted: number;
  /** Share that is illicit. */
  readonly observed: number;
}

/** Upper edges of the bins: frauds are rare, so the bins are narrow where most payments are. */
const EDGES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1];

/** Predicted against observed probability, bins without rows left out. */
export function reliability(rows: readonly JudgedRow[]): ReliabilityBin[] {
  const bins = EDGES.map(() => ({ rows: 0, predicted: 0, illicit: 0 }));
  for (const { row, logit } of rows) {
    const probability = 1 / (1 + Math.exp(-logit));
    const bin =
      bins[
        Math.max(
          0,
          EDGES.findIndex((edge) => probability <= edge),
        )
      ];
    if (bin === undefined) continue;
    bin.rows += 1;
    bin.predicted += probability;
    bin.illicit += row.illicit ? 1 : 0;
  }
  return bins
    .filter((bin) => bin.rows > 0)
    .map((bin) => ({ rows: bin.rows, predicted: bin.predicted / bin.rows, observed: bin.illicit / bin.rows }));
}

/** Expected calibration error: the mean distance between predicted and observed, weighted by rows. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const all = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + (bin.rows / all) * Math.abs(bin.predicted - bin.observed), 0);
}
