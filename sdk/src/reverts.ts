import { isError } from "ethers";

import { decodeContractError, type ContractErrorArgument } from "./errors.ts";
import { SluiceError } from "./failure.ts";

/** What nodes answer when execution reverts, for providers that hand it on as it is. */
const rpcRevertCode = 3;

/** What is known about a refusal by a contract. */
export type RevertDetails = {
  /** The function that was called. */
  method: string;
  /** The error's name; undefined where no contract of Sluice declares it. */
  name: string | undefined;
  /** The error's arguments by name. */
  args: Record<string, ContractErrorArgument>;
  /** What the error means, in a sentence. */
  notice: string | undefined;
  /** Where the error is declared. */
  contract: string | undefined;
  /** Where the error is explained, from the repository's root. */
  docs: string | undefined;
  /** The transaction that was reverted; undefined where the refusal came before one was sent. */
  transactionHash: string | undefined;
};

/**
 * A contract refused: code `CONTRACT_REVERTED`, the decoded error in `details`.
 * @example
 * try {
 *   await payments.capture(operator, site, terms, { amount, feeBps: 100, attestation });
 * } catch (error) {
 *   if (!(error instanceof ContractRevertedError) || error.details.name !== "NotAllowed") throw error;
 *   console.log(bands[Number(error.details.args["band"])]); // "Hold": capture again once it has matured
 * }
 */
export class ContractRevertedError extends SluiceError {
  override readonly details: RevertDetails;

  constructor(details: RevertDetails, cause: unknown) {
    super("CONTRACT_REVERTED", sentenceOf(details), undefined, { details, cause });
    this.name = "ContractRevertedError";
    this.details = details;
  }
}

/**
 * The revert in whatever an RPC library threw.
 * @returns undefined when it is something else: no connection, no money for gas, a wallet that declined
 */
export function revertOf(
  thrown: unknown,
  method: string,
  transactionHash: string | undefined,
): ContractRevertedError | undefined {
  const decoded = decodeContractError(thrown);
  if (decoded === undefined && !isRevert(thrown)) return undefined;
  const { name, args = {}, notice, contract } = decoded ?? {};
  const docs = name === undefined || contract === "Solidity" ? undefined : errorDocs(name);
  return new ContractRevertedError({ method, name, args, notice, contract, docs, transactionHash }, thrown);
}

function isRevert(thrown: unknown): boolean {
  if (isError(thrown, "CALL_EXCEPTION")) return true;
  return typeof thrown === "object" && thrown !== null && Reflect.get(thrown, "code") === rpcRevertCode;
}

/** Where an error of the contracts is explained, from the repository's root. */
export function errorDocs(name: string): string {
  return `docs/reference/errors.md#${name.toLowerCase()}`;
}

function sentenceOf({ method, name, args, notice, docs, transactionHash }: RevertDetails): string {
  const where = transactionHash === undefined ? method : `${method} in ${transactionHash}`;
  if (name === undefined) return `${where} was reverted, with no error of Sluice`;
  const list = Object.entries(args).map(([argument, value]) => `${argument}: ${shown(value)}`);
  const link = docs === undefined ? "" : ` See ${docs}`;
  return `${where} was reverted: ${name}(${list.join(", ")}). ${notice ?? ""}${link}`;
}

function shown(value: ContractErrorArgument): string {
  return typeof value === "object" ? `[${value.map(shown).join(", ")}]` : String(value);
}
