/** Micro-units are saturated here, so that sums over a window of payments stay exact integers below 2^53. */
export const MAX_MICRO = 2 ** 48 - 1;

/**
 * Amount of a token in integer micro-units.
 *
 * @param amountWei Amount in the token's smallest unit, not negative.
 * @param shift Decimal exponent from the epoch's token table: micro-units = amount / 10^shift.
 * @returns Micro-units, rounded down and saturated at 2^48 - 1.
 */
export function microUnits(amountWei: bigint, shift: number): number {
  if (amountWei < 0n) throw new RangeError(`amount must not be negative, got ${amountWei}`);
  if (!Number.isInteger(shift) || shift < 0) throw new RangeError(`shift must be a natural number, got ${shift}`);
  const micro = amountWei / 10n ** BigInt(shift);
  return micro > BigInt(MAX_MICRO) ? MAX_MICRO : Number(micro);
}

/** So many decimal digits always make an exact number below 2^53. */
const EXACT_DIGITS = 15;
const DIGIT_0 = "0".charCodeAt(0);

/** The same of an amount in decimal digits: those beyond the shift are the micro-units, and most amounts need no bigint. */
export function microUnitsOfText(amount: string, shift: number): number {
  const kept = amount.length - shift;
  if (kept > EXACT_DIGITS || amount === "") return microUnits(BigInt(amount), shift);
  let micro = 0;
  for (let at = 0; at < amount.length; at++) {
    const digit = amount.charCodeAt(at) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return microUnits(BigInt(amount), shift);
    if (at < kept) micro = micro * 10 + digit;
  }
  return Math.min(micro, MAX_MICRO);
}

/** Position of the highest set bit of a natural number below 2^53. */
function highestBit(x: number): number {
  const high = Math.floor(x / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(x);
}

function checkNatural(x: number): void {
  if (!Number.isSafeInteger(x) || x < 1) throw new RangeError(`a logarithm takes an integer of at least 1, got ${x}`);
}

/**
 * Binary logarithm in eighths, by integer arithmetic only: 8 * position of the highest bit + the next three bits.
 *
 * @param x An integer from 1 to 2^53 - 1.
 */
export function lg8(x: number): number {
  checkNatural(x);
  const msb = highestBit(x);
  const mantissa = msb >= 3 ? Math.floor(x / 2 ** (msb - 3)) % 8 : (x * 2 ** (3 - msb)) % 8;
  return 8 * msb + mantissa;
}

/** The same in sixteenths: 16 * position of the highest bit + the next four bits. */
export function lg16(x: number): number {
  checkNatural(x);
  const msb = highestBit(x);
  const mantissa = msb >= 4 ? Math.floor(x / 2 ** (msb - 4)) % 16 : (x * 2 ** (4 - msb)) % 16;
  return 16 * msb + mantissa;
}

/** lg8 of an amount, 0 for nothing. */
export function levelOf(micro: number): number {
  return micro === 0 ? 0 : lg8(micro);
}

/** Clips an integer to a signed byte. */
export function clipInt8(x: number): number {
  return Math.max(-128, Math.min(127, x));
}

/** Fact 0: the amount on a logarithmic scale whose zero lies a little above one unit (10^6 micro-units); zero is -128. */
export function amountBucket(micro: number): number {
  return micro === 0 ? -128 : clipInt8(lg8(micro) - 160);
}

/** Length of the decimal number without its trailing zeros: 1 for 5,000,000 and 3 for 1,230,000; 0 for zero. */
export function significantDigits(micro: number): number {
  if (micro === 0) return 0;
  let digits = 1;
  for (let power = 10; power <= micro; power *= 10) digits += 1;
  for (let rest = micro; rest % 10 === 0; rest /= 10) digits -= 1;
  return digits;
}
