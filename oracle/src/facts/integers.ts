/** Floor of a / b for safe integers with b > 0, exact where floating division would round up to the next integer. */
export function floorDiv(a: number, b: number): number {
  const remainder = a % b;
  return (a - remainder) / b - (remainder < 0 ? 1 : 0);
}

/** Floor of 128 * part / whole: a share in 128ths, exact for parts up to 2^53. */
export function share128(part: number, whole: number): number {
  return Number((128n * BigInt(part)) / BigInt(whole));
}

/** Sum of a list of integers. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Mean, rounded down. */
export function mean(values: readonly number[]): number {
  return floorDiv(total(values), values.length);
}

/** Lower median of an ascending, non-empty list. */
export function lowerMedian(ascending: readonly number[]): number {
  return ascending[(ascending.length - 1) >>> 1] ?? 0;
}

/** Twice the mean absolute deviation from the mean, rounded down: the spread of a small sample. */
export function spread2(values: readonly number[]): number {
  const centre = mean(values);
  return floorDiv(2 * total(values.map((value) => Math.abs(value - centre))), values.length);
}
