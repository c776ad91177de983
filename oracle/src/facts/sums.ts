/** Running totals are kept in two parts, total = high * 2^48 + low, so that a difference of two is exact. */
const PART = 2 ** 48;

/** A running total: low + high * 2^48. */
export interface Total {
  readonly low: number;
  readonly high: number;
}

export const NOTHING: Total = { low: 0, high: 0 };

/** A running total after one more amount below 2^48. */
export function addTo(total: Total, micro: number): Total {
  const low = total.low + micro;
  return low < PART ? { low, high: total.high } : { low: low - PART, high: total.high + 1 };
}

/** What was added between two running totals, less an amount that is part of it; saturated at 2^53 - 1. */
export function between(before: Total, after: Total, less = 0): number {
  const high = after.high - before.high;
  // 64 * 2^48 is twice the limit, more than any one payment takes away.
  if (high > 64) return Number.MAX_SAFE_INTEGER;
  return Math.min(Number.MAX_SAFE_INTEGER, high * PART + (after.low - before.low - less));
}
