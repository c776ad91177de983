import { recoverAttesters, SluiceError } from "@sluice/sdk";

import type { Epoch } from "../chain/epochs.ts";
import type { RpcClient } from "../chain/rpc.ts";

const WORD = 64;
const HEAD_BYTES = 72;
const SIGNATURE_BYTES = 64;

/** An attestation the gate judged, as its event names it. */
export interface JudgedAttestation {
  readonly subject: string;
  readonly asOf: number;
  readonly asOfHash: string;
  readonly transactionHash: string;
}

/** The attestation in the call: found by its head, whichever function and whichever contract carried it. */
function attestationIn(input: string, { asOf, asOfHash }: JudgedAttestation): string | undefined {
  const head = `${asOf.toString(16).padStart(16, "0")}${asOfHash.slice(2)}`;
  for (let at = input.indexOf(head); at >= 0; at = input.indexOf(head, at + 1)) {
    // Before bytes in a call stands their length.
    const length = Number(BigInt(`0x${input.slice(at - WORD, at)}`));
    const isOne = length > HEAD_BYTES && (length - HEAD_BYTES) % SIGNATURE_BYTES === 0;
    if (isOne && at + 2 * length <= input.length) return `0x${input.slice(at, at + 2 * length)}`;
  }
  return undefined;
}

/**
 * Who signed what the gate judged, recovered from the transaction that brought it; checksummed, in the order of the call.
 *
 * @returns null where the endpoint does not have the transaction, or the call holds no attestation about this payment alone: in a batch
 *   the signatures are about all its payments at once.
 */
export async function signersOf(
  rpc: RpcClient,
  judged: JudgedAttestation,
  epoch: Epoch,
  chainId: number,
): Promise<string[] | null> {
  const transaction = await rpc.call("eth_getTransactionByHash", [judged.transactionHash]);
  const input: unknown = Object(transaction) === transaction ? Reflect.get(Object(transaction), "input") : undefined;
  if (typeof input !== "string") return null;
  const packed = attestationIn(input.toLowerCase().slice(2), judged);
  if (packed === undefined) return null;
  try {
    const signers = recoverAttesters(packed, judged.subject, { chainId, epoch: epoch.address });
    return signers.every((signer) => epoch.signers.includes(signer)) ? signers : null;
  } catch (error) {
    if (error instanceof SluiceError) return null;
    throw error;
  }
}
