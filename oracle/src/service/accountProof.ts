import { apiKeyTypedData, type ApiKeyProof } from "@sluice/sdk";
import { Interface, recoverAddress, Signature, TypedDataEncoder } from "ethers";

import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { OracleError } from "../errors.ts";

/** Longest that a signature may count, in seconds. */
const LONGEST_SECONDS = 3_600;
/** What a contract account may think with. */
const MOST_GAS = "0xf4240";

const contractAccount = new Interface([
  "function isValidSignature(bytes32 digest, bytes signature) view returns (bytes4)",
]);
/** What a contract answers that accepts: its selector, padded to a word. */
const YES = `${contractAccount.getFunction("isValidSignature")?.selector ?? ""}${"00".repeat(28)}`;

/** Where a proof is checked. */
export interface ProofPlace {
  readonly rpc: Pick<RpcClient, "call">;
  readonly chainId: number;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

function refuse(message: string, details: Record<string, unknown> = {}): OracleError {
  return new OracleError("ACCOUNT_PROOF_INVALID", message, details);
}

function recovered(digest: string, signature: string): string | undefined {
  try {
    return recoverAddress(digest, Signature.from(signature));
  } catch {
    // A pure function of text: what it cannot read is no key's signature, and perhaps one that a contract account takes.
    return undefined;
  }
}

/** Whether the account's code accepts, now (EIP-1271); a contract that reverts, or none at all, says no. */
async function accepted(rpc: ProofPlace["rpc"], account: string, digest: string, signature: string): Promise<boolean> {
  const data = contractAccount.encodeFunctionData("isValidSignature", [digest, signature]);
  try {
    const answer = String(await rpc.call("eth_call", [{ to: account, data, gas: MOST_GAS }, "latest"]));
    return answer.slice(0, 66) === YES;
  } catch (error) {
    if (error instanceof RpcRefusal && error.kind === "other") return false;
    throw error;
  }
}

/**
 * Checks that an account stands behind a key of this node: its key signed, or, by EIP-1271, its code accepts.
 *
 * @throws OracleError ACCOUNT_PROOF_INVALID; RPC_UNAVAILABLE where a contract account cannot be asked.
 */
export async function checkAccountProof(proof: ApiKeyProof, signature: string, place: ProofPlace): Promise<void> {
  const now = Math.floor(place.clock() / 1_000);
  const { deadline, account, node, key } = proof;
  if (deadline <= now || deadline > now + LONGEST_SECONDS) {
    const message = `deadline: ${deadline} is not within the ${LONGEST_SECONDS} s after ${now}, the node's time: sign anew`;
    throw refuse(message, { deadline, now });
  }
  const { domain, types, message } = apiKeyTypedData(proof, place.chainId);
  const digest = TypedDataEncoder.hash(domain, types, message);
  if (recovered(digest, signature) === message.account) return;
  if (await accepted(place.rpc, account, digest, signature)) return;
  throw refuse(`the signature is not ${account}'s over the key ${key} at the node ${node}`, { account, key, node });
}
