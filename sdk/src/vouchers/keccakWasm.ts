import { roundConstants } from "./keccak.ts";

/**
 * Keccak-f[1600] as WebAssembly, written out by this file: 64-bit words are what JavaScript lacks, and a rotation is one
 * instruction there. The module has one function, `absorb(pointer)`: it takes a block of 136 bytes into the state at address 0 and
 * permutes. The bytes that this builds are about 1,500, below what browsers compile at once.
 */
export const RATE_BYTES = 136;
export const STATE_BYTES = 200;
const ROUND_CONSTANTS = 256;
/** The first byte of memory that the module does not use. */
export const FREE_BYTES = 512;

const LANES = 25;
const RATE_LANES = RATE_BYTES / 8;
const ROUNDS = 24;

// Locals of the function: the pointer, the offset of the round's constant, then words of 64 bits.
const POINTER = 0;
const ROUND = 1;
const A = 2;
const B = A + LANES;
const C = B + LANES;
const D = C + 5;

const I64 = 0x7e;
const I32 = 0x7f;

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
    if (rest === 0) return bytes;
  }
}

/** Signed LEB128 of a whole number that is not negative. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const last = rest === 0 && (low & 0x40) === 0;
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const get = (local: number): number[] => [0x20, ...unsigned(local)];
const set = (local: number): number[] => [0x21, ...unsigned(local)];
const int = (value: number): number[] => [0x41, ...signed(value)];
const long = (value: number): number[] => [0x42, ...signed(value)];
/** Loads and stores are aligned to eight bytes. */
const load = (address: number[], offset: number): number[] => [...address, 0x29, 3, ...unsigned(offset)];
const store = (address: number[], offset: number, value: number[]): number[] => [
  ...address,
  ...value,
  0x37,
  3,
  ...unsigned(offset),
];
const xor = (...values: readonly number[][]): number[] =>
  values.flatMap((value, index) => (index === 0 ? value : [...value, 0x85]));
const and = (left: number[], right: number[]): number[] => [...left, ...right, 0x83];
const MINUS_ONE = [0x42, 0x7f];
const rotated = (value: number[], by: number): number[] => (by === 0 ? value : [...value, ...long(by), 0x89]);

/** Rotation of each lane, and the lane it moves to: the walk of the specification. */
function walk(): { rotation: number[]; target: number[] } {
  const rotation = new Array<number>(LANES).fill(0);
  const target = Array.from({ length: LANES }, (_, lane) => lane);
  let [x, y] = [1, 0];
  for (let step = 0; step < ROUNDS; step++) {
    rotation[x + 5 * y] = (((step + 1) * (step + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  for (let lane = 0; lane < LANES; lane++) {
    const [column, row] = [lane % 5, Math.floor(lane / 5)];
    target[lane] = row + 5 * ((2 * column + 3 * row) % 5);
  }
  return { rotation, target };
}

function round(): number[] {
  const columns = [0, 1, 2, 3, 4];
  const { rotation, target } = walk();
  const code: number[] = [];
  for (const x of columns) code.push(...xor(...columns.map((y) => get(A + x + 5 * y))), ...set(C + x));
  for (const x of columns) {
    code.push(...xor(get(C + ((x + 4) % 5)), rotated(get(C + ((x + 1) % 5)), 1)), ...set(D));
    for (const y of columns) code.push(...xor(get(A + x + 5 * y), get(D)), ...set(A + x + 5 * y));
  }
  for (let lane = 0; lane < LANES; lane++) {
    code.push(...rotated(get(A + lane), rotation[lane] ?? 0), ...set(B + (target[lane] ?? 0)));
  }
  for (let lane = 0; lane < LANES; lane++) {
    const row = lane - (lane % 5);
    const [next, after] = [row + ((lane + 1) % 5), row + ((lane + 2) % 5)];
    const others = and(xor(get(B + next), MINUS_ONE), get(B + after));
    code.push(...xor(get(B + lane), others), ...set(A + lane));
  }
  code.push(...xor(get(A), load(get(ROUND), ROUND_CONSTANTS)), ...set(A));
  return code;
}

function absorb(): number[] {
  const code: number[] = [];
  for (let lane = 0; lane < LANES; lane++) {
    const kept = load(int(0), 8 * lane);
    code.push(...(lane < RATE_LANES ? xor(kept, load(get(POINTER), 8 * lane)) : kept), ...set(A + lane));
  }
  // loop { round; offset += 8; if offset < 8 * ROUNDS repeat }
  code.push(0x03, 0x40, ...round());
  code.push(...get(ROUND), ...int(8), 0x6a, 0x22, ...unsigned(ROUND), ...int(8 * ROUNDS), 0x49, 0x0d, 0, 0x0b);
  for (let lane = 0; lane < LANES; lane++) code.push(...store(int(0), 8 * lane, get(A + lane)));
  return code;
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function named(name: string, kind: number): number[] {
  return [name.length, ...Array.from(name, (letter) => letter.charCodeAt(0)), kind, 0];
}

/** The module's bytes: exports `memory` of one page and `absorb`. */
export function keccakModule(): Uint8Array<ArrayBuffer> {
  const locals = [2, 1, I32, ...unsigned(D + 1 - A), I64];
  const body = [...locals, ...absorb(), 0x0b];
  const constants = roundConstants.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff));
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...named("memory", 2), ...named("absorb", 0)]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
    ...section(11, [1, 0, ...int(ROUND_CONSTANTS), 0x0b, ...unsigned(constants.length), ...constants]),
  ]);
}
