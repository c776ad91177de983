/** Shift of one fact between two periods. */
export interface Drift {
  readonly fact: string;
  readonly stability: number;
}

/** From here on a fact's distribution has moved far enough to look at the model again. */
export const DRIFT_WATCH = 0.1;
export const DRIFT_ACT = 0.25;

const BINS = 10;

/** Upper edges of bins that hold about a tenth of the reference each; fewer where values repeat. */
function edgesOf(reference: readonly number[]): number[] {
  const sorted = [...reference].sort((a, b) => a - b);
  const cuts = Array.from({ length: BINS - 1 }, (_, bin) => {
    const index = Math.ceil(((bin + 1) * sorted.length) / BINS) - 1;
    return sorted[Math.max(0, index)] ?? 0;
  });
  return [...new Set(cuts)];
}

function shares(values: readonly number[], edges: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) {
    const at = edges.findIndex((edge) => value <= edge);
    const bin = at < 0 ? edges.length : at;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  // Half a row in an empty bin keeps the logarithm finite.
  return counts.map((count) => Math.max(count, 0.5) / values.length);
}

/**
 * Population stability index: Σ (later − earlier) · ln(later / earlier) over bins that hold a tenth of the earlier period each.
 * 0 is the same distribution; below 0.1 is calm, above 0.25 has moved.
 */
export function stabilityIndex(earlier: readonly number[], later: readonly number[]): number {
  const edges = edgesOf(earlier);
  const before = shares(earlier, edges);
  const after = shares(later, edges);
  return before.reduce((sum, share, bin) => {
    const now = after[bin] ?? share;
    return sum + (now - share) * Math.log(now / share);
  }, 0);
}

/** The stability of each named fact, largest shift first. */
export function drift(names: readonly string[], earlier: readonly Int8Array[], later: readonly Int8Array[]): Drift[] {
  return names
    .map((fact, slot) => ({
      fact,
      stability: stabilityIndex(
        earlier.map((row) => row[slot] ?? 0),
        later.map((row) => row[slot] ?? 0),
      ),
    }))
    .sort((a, b) => b.stability - a.stability);
}
