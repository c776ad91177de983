/** Largest runtime code a chain accepts (EIP-170). */
export const MAX_CODE_BYTES = 24_576;
/** What a network may take in one contract with the rest of its epoch: a tenth stays free. */
export const MAX_WHOLE_BYTES = Math.floor(MAX_CODE_BYTES * 0.9);
/** What the base contract around the model takes, rounded up. */
const BASE_CODE_BYTES = 8_000;
/** Five comparisons, one interpolation, the call into the network and out of it. */
export const RANK_TABLE_GAS = 350;
/** A call to the network's own contract once it is warm. */
export const CALL_GAS = 150;

function count(lines: readonly string[], pattern: RegExp): number {
  return lines.join(" ").match(pattern)?.length ?? 0;
}

/** Size of code by counting what is emitted, a few per cent on the safe side. */
function estimateBytes(lines: readonly string[]): number {
  const literals = lines.join(" ").match(/0x[0-9a-f]+/g) ?? [];
  const literalBytes = literals.reduce((sum, literal) => sum + 1 + Math.ceil((literal.length - 2) / 2), 0);
  return literalBytes + 4 * count(lines, /[a-z]+\(/g);
}

/** Size of an epoch whose network and rank table stand in one contract. */
export function estimateWholeBytes(network: readonly string[], tree: readonly string[]): number {
  return BASE_CODE_BYTES + estimateBytes(network) + estimateBytes(tree);
}

/** Gas of one warm run by counting what is emitted: operations and literals at 3, multiplications at 5, and the rank table. */
export function estimateRunGas(network: readonly string[]): number {
  const steps =
    3 * count(network, /[a-z]+\(/g) + 2 * count(network, /mul\(/g) + 3 * count(network, /\b(?:0x[0-9a-f]+|\d+)\b/g);
  return steps + RANK_TABLE_GAS;
}
