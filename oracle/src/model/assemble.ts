/** Byte and gas of each operation that compiled networks use, beside pushes. None of them jumps: the code is one straight line. */
const OPERATIONS = {
  ADD: [0x01, 3],
  MUL: [0x02, 5],
  SUB: [0x03, 3],
  AND: [0x16, 3],
  OR: [0x17, 3],
  XOR: [0x18, 3],
  NOT: [0x19, 3],
  BYTE: [0x1a, 3],
  SHL: [0x1b, 3],
  SHR: [0x1c, 3],
  CALLDATALOAD: [0x35, 3],
  MLOAD: [0x51, 3],
  MSTORE: [0x52, 3],
  DUP1: [0x80, 3],
  DUP3: [0x82, 3],
  SWAP1: [0x90, 3],
  SWAP2: [0x91, 3],
  RETURN: [0xf3, 0],
} as const;

const PUSH0 = 0x5f;

/** One step: an operation, or a number to be pushed. */
export type Step = keyof typeof OPERATIONS | bigint;

/** Straight-line code with what running it costs. */
export interface Assembly {
  /** Runtime code, hex without 0x. */
  readonly code: string;
  /** Gas of a run from the first byte to the last, memory included, the call to it not. */
  readonly gas: number;
}

function byte(value: number): string {
  return value.toString(16).padStart(2, "0");
}

/** PUSH0, or the shortest push that holds the number. */
function push(value: bigint): string {
  if (value === 0n) return byte(PUSH0);
  const digits = value.toString(16);
  const bytes = Math.ceil(digits.length / 2);
  return byte(PUSH0 + bytes) + digits.padStart(2 * bytes, "0");
}

/** What so many bytes of memory cost. */
function memoryGas(bytes: number): number {
  const used = Math.ceil(bytes / 32);
  return 3 * used + Math.floor(used ** 2 / 512);
}

/**
 * Assembles steps to bytecode.
 *
 * @param memory Bytes of memory the code touches, reads beyond a word's end included.
 */
export function assemble(steps: readonly Step[], memory: number): Assembly {
  let gas = memoryGas(memory);
  const parts = steps.map((step) => {
    if (typeof step === "bigint") {
      gas += step === 0n ? 2 : 3;
      return push(step);
    }
    const [code, cost] = OPERATIONS[step];
    gas += cost;
    return byte(code);
  });
  return { code: parts.join(""), gas };
}

/** Creation code that returns the runtime code that follows it: ten bytes in front. */
export function creationCode({ code }: Pick<Assembly, "code">): string {
  const length = byte((code.length / 2) >>> 8) + byte((code.length / 2) & 0xff);
  return `61${length}80600a3d393df3${code}`;
}
