import { FREE_BYTES, keccakModule, RATE_BYTES, STATE_BYTES } from "@sluice/sdk/keccak";

const INPUT = FREE_BYTES;
const DIGEST_BYTES = 32;
/** What fits the module's one page of memory with its padding. */
const MOST_BYTES = 65_536 - INPUT - RATE_BYTES;

/** What is used of WebAssembly; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly absorb: (pointer: number) => void;
}

function instantiate(): { memory: Buffer; absorb: Exports["absorb"] } {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(keccakModule()));
  const { memory, absorb } = instance.exports as Exports; // the module exports exactly these two
  return { memory: Buffer.from(memory.buffer), absorb };
}

const { memory, absorb } = instantiate();

/**
 * Keccak-256, as ethers' `keccak256` and a dozen times as fast: what a request's hashes cost decides how many requests a core
 * answers.
 *
 * @param message At most 64 kB.
 * @returns 32 bytes, the caller's own.
 */
export function keccak(message: Uint8Array): Buffer {
  const { length } = message;
  if (length > MOST_BYTES) throw new RangeError(`${length} bytes are more than ${MOST_BYTES}`);
  const blocks = Math.floor(length / RATE_BYTES) + 1;
  const end = INPUT + blocks * RATE_BYTES;
  memory.fill(0, 0, STATE_BYTES);
  memory.set(message, INPUT);
  memory.fill(0, INPUT + length, end);
  memory[INPUT + length] = 1;
  memory[end - 1] = (memory[end - 1] ?? 0) | 0x80;
  for (let block = INPUT; block < end; block += RATE_BYTES) absorb(block);
  return Buffer.from(memory.subarray(0, DIGEST_BYTES));
}

/** The same as 0x text. */
export function keccakText(message: Uint8Array): string {
  return `0x${keccak(message).toString("hex")}`;
}
