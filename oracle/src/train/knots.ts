import type { Knot } from "../model/network.ts";
import { MAX_KNOTS, MAX_SCORE } from "../model/network.ts";

/** Where the rank table has its knots: shares of honest reference payments, dense where policies draw their lines. */
const SHARES = [
  0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 0.965, 0.97, 0.975, 0.98,
  0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998, 0.999, 0.9995,
];

/** How many of an ascending list lie below the value. */
function countBelow(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The rank table from the accumulators of honest reference payments: at each knot the score is the share of them that lie
 * below, in 1/10,000. One above the largest of them the score is 10,000.
 */
export function buildKnots(accumulators: readonly number[]): Knot[] {
  const sorted = [...accumulators].sort((a, b) => a - b);
  const highest = sorted.at(-1);
  if (highest === undefined) throw new RangeError("a rank table needs reference payments");
  const knots = new Map<number, number>();
  for (const share of SHARES) {
    const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] ?? highest;
    knots.set(value, Math.floor((MAX_SCORE * countBelow(sorted, value)) / sorted.length));
  }
  knots.set(highest + 1, MAX_SCORE);
  if (knots.size > MAX_KNOTS) throw new RangeError(`${knots.size} knots, at most ${MAX_KNOTS}`);
  return Array.from(knots).sort(([a], [b]) => a - b);
}
