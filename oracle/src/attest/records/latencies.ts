/** Neighbouring buckets differ by a tenth: a percentile is told within that. */
const STEP = Math.log(1.1);
const LOWEST_MS = 0.1;

/** Count by bucket of a logarithmic histogram. */
export type Latencies = Readonly<Record<string, number>>;

export function bucketOf(latencyMs: number): number {
  return Math.max(0, Math.round(Math.log(Math.max(latencyMs, LOWEST_MS) / LOWEST_MS) / STEP));
}

/** The latency at the middle of a bucket, in milliseconds. */
export function latencyOf(bucket: number): number {
  return LOWEST_MS * Math.exp(STEP * bucket);
}

export function merged(histograms: readonly Latencies[]): Map<number, number> {
  const sum = new Map<number, number>();
  for (const one of histograms) {
    for (const [bucket, count] of Object.entries(one)) sum.set(Number(bucket), (sum.get(Number(bucket)) ?? 0) + count);
  }
  return sum;
}

/** Latency in milliseconds, to a tenth of it, that this share of the answers stayed below; null without answers. */
export function percentile(histogram: ReadonlyMap<number, number>, share: number): number | null {
  const total = [...histogram.values()].reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= share * total) return Number(latencyOf(bucket).toFixed(2));
  }
  return null;
}
