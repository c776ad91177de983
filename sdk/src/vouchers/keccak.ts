const rateBytes = 136;
const laneCount = 25;
const rounds = 24;

/** Round constants as pairs of 32 bits (low, high), from the LFSR of FIPS 202. */
const iota = iotaConstants();
/** The same, for another implementation. */
export const roundConstants: readonly number[] = [...iota];
/** For each step of rho and pi: where the lane goes, and by how many bits it turns. */
const { targets, turns } = rhoPi();

/** Writes the hash of `message` into the 32 bytes of `into`, which may be a part of `message`, and answers them. */
export type Keccak = (message: Uint8Array, into: Uint8Array) => Uint8Array;

/** Keccak-256 in JavaScript alone: no allocation, no hex. The general one of ethers says the same; a test holds them together. */
export function javascriptKeccak(): Keccak {
  const block = new Uint8Array(rateBytes);
  const view = new DataView(block.buffer);
  const state = new Int32Array(laneCount * 2);
  const column = new Int32Array(10);
  const out = new DataView(new ArrayBuffer(32));
  return (message, into) => {
    state.fill(0);
    for (let start = 0; start <= message.length; start += rateBytes) {
      const part = message.subarray(start, start + rateBytes);
      block.fill(0);
      block.set(part);
      if (part.length < rateBytes) {
        block[part.length] = 1;
        block[rateBytes - 1] = (block[rateBytes - 1] ?? 0) | 0x80;
      }
      for (let word = 0; word < rateBytes / 4; word += 1) state[word] = at(state, word) ^ view.getInt32(word * 4, true);
      permute(state, column);
    }
    for (let word = 0; word < 8; word += 1) out.setInt32(word * 4, at(state, word), true);
    into.set(new Uint8Array(out.buffer));
    return into;
  };
}

function permute(s: Int32Array, c: Int32Array): void {
  for (let round = 0; round < rounds; round += 1) {
    theta(s, c);
    rhoAndPi(s);
    chi(s, c);
    s[0] = at(s, 0) ^ at(iota, round * 2);
    s[1] = at(s, 1) ^ at(iota, round * 2 + 1);
  }
}

function theta(s: Int32Array, c: Int32Array): void {
  for (let x = 0; x < 10; x += 1) c[x] = at(s, x) ^ at(s, x + 10) ^ at(s, x + 20) ^ at(s, x + 30) ^ at(s, x + 40);
  for (let x = 0; x < 10; x += 2) {
    const before = x === 0 ? 8 : x - 2;
    const after = x === 8 ? 0 : x + 2;
    const low = at(c, after);
    const high = at(c, after + 1);
    const dLow = at(c, before) ^ ((low << 1) | (high >>> 31));
    const dHigh = at(c, before + 1) ^ ((high << 1) | (low >>> 31));
    for (let y = x; y < 50; y += 10) {
      s[y] = at(s, y) ^ dLow;
      s[y + 1] = at(s, y + 1) ^ dHigh;
    }
  }
}

/** No turn is a multiple of 32. */
function rhoAndPi(s: Int32Array): void {
  let low = at(s, 2);
  let high = at(s, 3);
  for (let step = 0; step < rounds; step += 1) {
    const target = at(targets, step);
    const turn = at(turns, step);
    const nextLow = at(s, target);
    const nextHigh = at(s, target + 1);
    const first = turn > 32 ? high : low;
    const second = turn > 32 ? low : high;
    s[target] = (first << turn) | (second >>> (32 - turn));
    s[target + 1] = (second << turn) | (first >>> (32 - turn));
    low = nextLow;
    high = nextHigh;
  }
}

function chi(s: Int32Array, c: Int32Array): void {
  for (let y = 0; y < 50; y += 10) {
    for (let x = 0; x < 10; x += 1) c[x] = at(s, y + x);
    for (let x = 0; x < 6; x += 1) s[y + x] = at(c, x) ^ (~at(c, x + 2) & at(c, x + 4));
    for (let x = 6; x < 8; x += 1) s[y + x] = at(c, x) ^ (~at(c, x + 2) & at(c, x - 6));
    for (let x = 8; x < 10; x += 1) s[y + x] = at(c, x) ^ (~at(c, x - 8) & at(c, x - 6));
  }
}

/** Indices here are within bounds by construction; the compiler does not know. */
function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

function rhoPi(): { targets: Int32Array; turns: Int32Array } {
  const targets = new Int32Array(rounds);
  const turns = new Int32Array(rounds);
  let [x, y] = [1, 0];
  for (let step = 0; step < rounds; step += 1) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    targets[step] = (x + 5 * y) * 2;
    turns[step] = (((step + 1) * (step + 2)) / 2) % 64;
  }
  return { targets, turns };
}

function iotaConstants(): Int32Array {
  const constants = new Int32Array(rounds * 2);
  let lfsr = 1;
  for (let round = 0; round < rounds; round += 1) {
    for (let j = 0; j < 7; j += 1) {
      const bit = 2 ** j - 1;
      if ((lfsr & 1) === 1)
        constants[round * 2 + (bit >> 5)] = at(constants, round * 2 + (bit >> 5)) ^ (1 << (bit & 31));
      lfsr = ((lfsr << 1) ^ ((lfsr >> 7) * 0x171)) & 0xff;
    }
  }
  return constants;
}
