/** A seeded stream of numbers; the seed is printed by whoever fails. */
export type Random = {
  readonly seed: number;
  /** 0 to n − 1. */
  below(n: number): number;
  /** 0 to 2^bits − 1. */
  bits(bits: number): bigint;
  pick<T>(list: readonly T[]): T;
};

/** Mulberry32: 32 bits of state, even enough for choosing test cases. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (n: number): number => Math.floor((next() / 2 ** 32) * n);
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let done = 0; done < count; done += 32) value = (value << 32n) | BigInt(next());
    return value & ((1n << BigInt(count)) - 1n);
  };
  return { seed, below, bits, pick: (list) => pickFrom(list, below(list.length)) };
}

function pickFrom<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError("nothing to pick from");
  return found;
}

/** How many runs a fuzz or a walk makes: SLUICE_FUZZ_RUNS, or what the test thinks enough. */
export function fuzzRuns(usual: number): number {
  const set = process.env["SLUICE_FUZZ_RUNS"];
  if (set === undefined || set === "") return usual;
  const runs = Number(set);
  if (!Number.isSafeInteger(runs) || runs < 1)
    throw new RangeError(`SLUICE_FUZZ_RUNS must be a natural number: ${set}`);
  return runs;
}
