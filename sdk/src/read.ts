import type { BlockTag, Result, TransactionRequest } from "ethers";

import { SluiceError } from "./failure.ts";
import { revertOf } from "./reverts.ts";
import type { Call } from "./send.ts";

/** Whoever can ask the chain: a provider, or a signer with one. */
export type Reader = { call: (request: TransactionRequest) => Promise<string> };

/**
 * Asks a contract without sending anything.
 * @throws SluiceError `CONTRACT_UNEXPECTED` when there is no such contract; ContractRevertedError
 */
export async function read(reader: Reader, call: Call, block: BlockTag = "latest"): Promise<Result> {
  const data = call.abi.encodeFunctionData(call.method, call.args);
  const answer = await reader.call({ to: call.to, data, blockTag: block }).catch((thrown: unknown): never => {
    throw revertOf(thrown, call.method, undefined) ?? thrown;
  });
  if (answer === "0x")
    throw new SluiceError("CONTRACT_UNEXPECTED", `${call.method}: there is no contract at ${call.to}`);
  return call.abi.decodeFunctionResult(call.method, answer);
}
