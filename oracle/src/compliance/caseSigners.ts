import {
  attestationBatchDigest,
  paymentId,
  recoverAttesters,
  recoverSigner,
  SluiceError,
  unpackTerms,
  type PackedTerms,
} from "@sluice/sdk";

import { escrowInterface } from "../chain/decode.ts";
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

export interface SignerSite {
  readonly chainId: number;
  readonly escrow: string;
}

/** The attestation in the call: found by its head, whichever function and whichever contract carried it. */
function attestationIn(input: string, { asOf, asOfHash }: JudgedAttestation): string | undefined {
  const head = `${asOf.toString(16).padStart(16, "0")}${asOfHash.slice(2)}`;
  for (let at = input.indexOf(head); at >= 0; at = input.indexOf(head, at + 1)) {
    if (at < WORD) continue;
    // Before bytes in a call stands their length.
    const length = Number(BigInt(`0x${input.slice(at - WORD, at)}`));
    const isOne = length > HEAD_BYTES && (length - HEAD_BYTES) % SIGNATURE_BYTES === 0;
    if (isOne && at + 2 * length <= input.length) return `0x${input.slice(at, at + 2 * length)}`;
  }
  return undefined;
}

/** One head of a batch, in the order of its payments. */
function headAt(attestation: string, index: number) {
  const head = attestation.slice(2 + 2 * HEAD_BYTES * index, 2 + 2 * HEAD_BYTES * (index + 1));
  return {
    asOf: Number(BigInt(`0x${head.slice(0, 16)}`)),
    asOfHash: `0x${head.slice(16, 16 + WORD)}`,
    facts: `0x${head.slice(16 + WORD)}`,
  };
}

/** Who signed the batch of a call of `captureMany` that holds the payment, undefined for any other call. */
function batchSigners(input: string, subject: string, epoch: Epoch, site: SignerSite): string[] | undefined {
  const call = escrowInterface.parseTransaction({ data: input });
  if (call?.name !== "captureMany") return undefined;
  const [items, attestation] = call.args as unknown as [readonly { terms: PackedTerms }[], string]; // by the function's ABI
  const ids = items.map(({ terms }) => paymentId(unpackTerms(terms), site));
  const rest = (attestation.length - 2) / 2 - HEAD_BYTES * ids.length;
  if (!ids.includes(subject) || rest < SIGNATURE_BYTES || rest % SIGNATURE_BYTES !== 0) return undefined;
  const statements = ids.map((id, index) => ({ subject: id, ...headAt(attestation, index) }));
  const digest = attestationBatchDigest(statements, { chainId: site.chainId, epoch: epoch.address });
  return Array.from({ length: rest / SIGNATURE_BYTES }, (_, index) => {
    const from = attestation.length - 2 * (rest - SIGNATURE_BYTES * index);
    return recoverSigner(digest, `0x${attestation.slice(from, from + 2 * SIGNATURE_BYTES)}`);
  });
}

function recovered(input: string, judged: JudgedAttestation, epoch: Epoch, site: SignerSite): string[] | undefined {
  const packed = attestationIn(input.slice(2), judged);
  try {
    const own = packed === undefined ? [] : recoverAttesters(packed, judged.subject, { ...site, epoch: epoch.address });
    const isSigner = (signer: string): boolean => epoch.signers.includes(signer);
    if (own.length > 0 && own.every(isSigner)) return own;
    const together = batchSigners(input, judged.subject, epoch, site);
    return together?.every(isSigner) === true ? together : undefined;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

/**
 * Who signed what the gate judged, recovered from the transaction that brought it; checksummed, in the order of the call.
 *
 * @returns null where the endpoint does not have the transaction, or where a contract in between wrapped a batch.
 */
export async function signersOf(
  rpc: RpcClient,
  judged: JudgedAttestation,
  epoch: Epoch,
  site: SignerSite,
): Promise<string[] | null> {
  const transaction = await rpc.call("eth_getTransactionByHash", [judged.transactionHash]);
  const input: unknown = Object(transaction) === transaction ? Reflect.get(Object(transaction), "input") : undefined;
  return typeof input === "string" ? (recovered(input.toLowerCase(), judged, epoch, site) ?? null) : null;
}
