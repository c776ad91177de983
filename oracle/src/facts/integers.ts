/** Floor of a / b for safe integers with b > 0, exact where floating division would round up to the next integer. */
export function floorDiv(a: number, b: number): number {
  const remainder = a % b;
  return (a - remainder) / b - (remainder < 0 ? 1 : 0);
}

/** Below it 128 times a part is exact. */
const SHARE_EXACT = 2 ** 46;

/** Floor of 128 * part / whole: a share in 128ths, exact for parts up to 2^53. A share of nothing is zero. */
export function share128(part: number, whole: number): number {
  if (whole === 0) return 0;
  if (part < SHARE_EXACT) return (128 * part - ((128 * part) % whole)) / whole;
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

/** Puts a short list into ascending order, in place. */
export function sortAscending(values: number[]): number[] {
  for (let index = 1; index < values.length; index++) {
    const value = values[index] ?? 0;
    let place = index;
    for (; place > 0 && (values[place - 1] ?? 0) > value; place--) values[place] = values[place - 1] ?? 0;
    values[place] = value;
  }
  return values;
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

/** How many values a condition holds for. */
export function countWhere<T>(values: Iterable<T>, holds: (value: T) => boolean): number {
  let count = 0;
  for (const value of values) if (holds(value)) count += 1;
  return count;
}

/** The value that nine tenths of an ascending, non-empty list do not exceed. */
export function ninetieth(ascending: readonly number[]): number {
  return ascending[Math.ceil((9 * ascending.length) / 10) - 1] ?? 0;
}

/** How far a value lies from the mean of some, in 16ths of their mean absolute deviation, which counts at least half a unit. */
export function deviation16(value: number, values: readonly number[]): number {
  return floorDiv(32 * (value - mean(values)), Math.max(1, spread2(values)));
}

/** The smallest power of ten above a natural number. */
export function powerOfTenAbove(x: number): number {
  let power = 1;
  while (power <= x) power *= 10;
  return power;
}
