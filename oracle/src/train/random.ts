/** Numbers in [0, 1) from a 32-bit seed; the same on every machine. */
export type Random = () => number;

/** The mulberry32 generator: one 32-bit state, integer arithmetic only. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 0 to count - 1 in random order. */
export function permutation(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const value = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = value;
  }
  return order;
}

/** Nearly normal, mean 0 and variance 1: four uniform numbers added, without a transcendental function. */
export function nearlyNormal(random: Random): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3);
}
