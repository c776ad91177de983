import { AbiCoder, dataSlice, isHexString } from "ethers";

import { contractErrors, type ContractErrorEntry } from "./generated/errors.ts";

export type ContractErrorArgument = string | bigint | boolean | readonly ContractErrorArgument[];

/** A contract's error with its arguments by name, and what it means in a sentence. */
export type DecodedContractError = {
  name: string;
  args: Record<string, ContractErrorArgument>;
  notice: string;
  /** Where the error is declared; "Solidity" for `Error(string)` and `Panic(uint256)`. */
  contract: string;
};

const builtIn: Record<string, ContractErrorEntry> = {
  "0x08c379a0": {
    name: "Error",
    contract: "Solidity",
    args: [{ name: "message", type: "string" }],
    notice: "A contract reverted with a message.",
  },
  "0x4e487b71": {
    name: "Panic",
    contract: "Solidity",
    args: [{ name: "code", type: "uint256" }],
    notice: "A contract met a condition it holds to be impossible.",
  },
};
const table: Record<string, ContractErrorEntry | undefined> = { ...builtIn, ...contractErrors };
const deepest = 6;

/**
 * Reads a contract's error out of revert data or out of whatever an RPC library threw.
 * @returns undefined when there is no revert data in it or no contract of Sluice declares the error
 * @example
 * try {
 *   await escrow.capture(packed, amount, 0, 0, "0x");
 * } catch (thrown) {
 *   const error = decodeContractError(thrown); // { name: "NotScreened", args: { id: "0x…" }, … }
 * }
 */
export function decodeContractError(thrown: unknown): DecodedContractError | undefined {
  const data = revertDataOf(thrown, 0);
  if (data === undefined) return undefined;
  const entry = table[dataSlice(data, 0, 4)];
  if (!entry) return undefined;
  try {
    const types = entry.args.map((argument) => argument.type);
    const values = AbiCoder.defaultAbiCoder().decode(types, dataSlice(data, 4)).toArray(true);
    const named = entry.args.map((argument, index) => [argument.name || String(index), values[index]] as const);
    // the decoder answers exactly these kinds for the types in the table
    const args = Object.fromEntries(named) as Record<string, ContractErrorArgument>;
    return { name: entry.name, args, notice: entry.notice, contract: entry.contract };
  } catch {
    return undefined; // same selector, other arguments: not an error of ours
  }
}

/** Libraries nest the data differently: `data`, `data.data`, `info.error.data`, `error.data`, `cause.data`. */
function revertDataOf(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return isHexString(value) && value.length >= 10 ? value.toLowerCase() : undefined;
  if (typeof value !== "object" || value === null || depth > deepest) return undefined;
  for (const key of ["data", "info", "error", "cause", "revert"]) {
    const inner: unknown = Reflect.get(value, key);
    const found = inner === undefined ? undefined : revertDataOf(inner, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
