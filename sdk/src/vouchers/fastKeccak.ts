import { javascriptKeccak, type Keccak } from "./keccak.ts";
import { FREE_BYTES, keccakModule, RATE_BYTES, STATE_BYTES } from "./keccakWasm.ts";

/** What is used of WebAssembly, which the language's own types do not know. */
type WebAssemblyLike = {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};
/** What the module exports, and nothing else. */
type Exports = { readonly memory: { readonly buffer: ArrayBuffer }; readonly absorb: (pointer: number) => void };

let shared: Keccak | undefined;

/**
 * Keccak-256 by the fastest way there is here: WebAssembly, six times as fast, or JavaScript where that may not be compiled. One for
 * all callers of a thread: a hash is begun and ended by one call. What browsers load does without, for its size.
 */
export function fastKeccak(): Keccak {
  shared ??= wasmKeccak() ?? javascriptKeccak();
  return shared;
}

/** Undefined where there is no WebAssembly, or it may not be compiled. */
export function wasmKeccak(): Keccak | undefined {
  const exports = instantiate();
  if (exports === undefined) return undefined;
  const { memory, absorb } = exports;
  const bytes = new Uint8Array(memory.buffer);
  const block = bytes.subarray(FREE_BYTES, FREE_BYTES + RATE_BYTES);
  const digest = bytes.subarray(0, 32);
  return (message, into) => {
    bytes.fill(0, 0, STATE_BYTES);
    let start = 0;
    for (; message.length - start >= RATE_BYTES; start += RATE_BYTES) {
      block.set(message.subarray(start, start + RATE_BYTES));
      absorb(FREE_BYTES);
    }
    block.fill(0);
    block.set(start === 0 ? message : message.subarray(start));
    block[message.length - start] = 1;
    block[RATE_BYTES - 1] = (block[RATE_BYTES - 1] ?? 0) | 0x80;
    absorb(FREE_BYTES);
    into.set(digest);
    return into;
  };
}

function instantiate(): Exports | undefined {
  const wasm = Reflect.get(globalThis, "WebAssembly") as WebAssemblyLike | undefined; // as every environment that has it
  try {
    return wasm && (new wasm.Instance(new wasm.Module(keccakModule())).exports as Exports); // of our own module
  } catch {
    return undefined; // a content security policy without 'wasm-unsafe-eval'
  }
}
