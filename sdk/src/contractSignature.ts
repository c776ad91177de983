import { Interface, toBigInt, type BlockTag, type TransactionRequest } from "ethers";

import { ContractRevertedError, revertOf } from "./reverts.ts";

/** Whoever can ask the chain as of a block. */
export type SignatureReader = { call: (request: TransactionRequest) => Promise<string> };

const abi = new Interface(["function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)"]);
const selector = abi.getFunction("isValidSignature")?.selector ?? "";
/** What a contract answers that accepts: its selector, padded to a word. */
const accepted = toBigInt(selector) << 224n;
const word = /^0x[0-9a-f]{64}$/i;

/**
 * Whether a contract account accepts a signature now (EIP-1271), whichever way it decides.
 * @param digest 32 bytes of hex
 * @param gasLimit Most gas that it may think with; what the endpoint allows when absent
 * @returns false also where there is no contract, or it reverts
 * @throws whatever the provider throws but a revert
 */
export async function isValidContractSignature(
  reader: SignatureReader,
  { signer, digest, signature }: { signer: string; digest: string; signature: string },
  { block = "latest", gasLimit }: { block?: BlockTag; gasLimit?: bigint } = {},
): Promise<boolean> {
  const data = abi.encodeFunctionData("isValidSignature", [digest, signature]);
  const request = { to: signer, data, blockTag: block, ...(gasLimit === undefined ? {} : { gasLimit }) };
  try {
    const answer = await reader.call(request);
    return word.test(answer.slice(0, 66)) && toBigInt(answer.slice(0, 66)) === accepted;
  } catch (error) {
    if (revertOf(error, "isValidSignature", undefined) instanceof ContractRevertedError) return false;
    throw error;
  }
}
