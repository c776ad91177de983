/** An exact fraction; the denominator is positive and both have no common divisor. */
export type Ratio = { readonly above: bigint; readonly below: bigint };

export const ZERO: Ratio = { above: 0n, below: 1n };

function divisorOf(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a < 0n ? -a : a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** @param below Positive. */
export function ratio(above: bigint, below: bigint): Ratio {
  const divisor = divisorOf(above, below);
  return { above: above / divisor, below: below / divisor };
}

export function sum(a: Ratio, b: Ratio): Ratio {
  return ratio(a.above * b.below + b.above * a.below, a.below * b.below);
}

export function difference(a: Ratio, b: Ratio): Ratio {
  return sum(a, { above: -b.above, below: b.below });
}

export function times(a: Ratio, factor: bigint): Ratio {
  return ratio(a.above * factor, a.below);
}

/** Whether `low ≤ a < high`. */
export function within(a: Ratio, low: bigint, high: bigint): boolean {
  return a.above >= low * a.below && a.above < high * a.below;
}
