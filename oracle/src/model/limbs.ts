/** Bits of one limb: a signed accumulator below 2^23 with an offset of 2^23. */
export const LIMB_BITS = 24;
/** Limbs in a word. */
export const LIMBS = 10;
/** What is added to an accumulator so that its limb is never negative. */
export const LIMB_OFFSET = 2 ** 23;

const WORD = 1n << 256n;

/** A word from limbs, the first one lowest; negative limbs borrow from the next as two's complement does. */
export function packLimbs(limbs: readonly number[]): bigint {
  const sum = limbs.reduceRight((word, limb) => (word << BigInt(LIMB_BITS)) + BigInt(limb), 0n);
  return ((sum % WORD) + WORD) % WORD;
}

/** The same value in each of the ten limbs. */
export function everyLimb(value: number): bigint {
  return packLimbs(Array.from({ length: LIMBS }, () => value));
}

/** A literal as the assembler reads it. */
export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Splits a list into words of ten. */
export function words<T>(values: readonly T[]): T[][] {
  const count = Math.ceil(values.length / LIMBS);
  return Array.from({ length: count }, (_, word) => values.slice(word * LIMBS, (word + 1) * LIMBS));
}
