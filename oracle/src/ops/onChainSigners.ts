import {
  attestationBatchDigest,
  paymentChannelsAbi,
  paymentId,
  recoverAttesters,
  recoverSigner,
  unpackAttestation,
  unpackTerms,
  type PackedTerms,
} from "@sluice/sdk";
import { concat, dataSlice, Interface, type TransactionDescription } from "ethers";

import { escrowInterface } from "../chain/decode.ts";

/** A decision that the gate has emitted. */
export interface DecidedEvent {
  readonly subject: string;
  readonly epoch: string;
}

export interface SignersSite {
  readonly chainId: number;
  readonly escrow: string;
}

const HEAD = 72;
const channelInterface = new Interface(paymentChannelsAbi);

function described(data: string): TransactionDescription | undefined {
  return escrowInterface.parseTransaction({ data }) ?? channelInterface.parseTransaction({ data }) ?? undefined;
}

function batchSigners(call: TransactionDescription, attestation: string, epoch: string, site: SignersSite): string[] {
  // ethers gives structs by the names of the ABI, which are those of PackedTerms.
  const items = call.args.getValue("items") as readonly { readonly terms: PackedTerms }[];
  const statements = items.map(({ terms }, index) => {
    const head = unpackAttestation(dataSlice(attestation, HEAD * index, HEAD * (index + 1)));
    return { ...head, subject: paymentId(unpackTerms(terms), site) };
  });
  const digest = attestationBatchDigest(statements, { chainId: site.chainId, epoch });
  const last = unpackAttestation(dataSlice(attestation, HEAD * (items.length - 1)));
  return last.signatures.map(({ r, yParityAndS }) => recoverSigner(digest, concat([r, yParityAndS])));
}

/**
 * Who signed the attestation that a transaction carried, lower-case; undefined where the call is none of the escrow's or the
 * channels' own, as one through a router.
 */
export function signersOf(data: string, decided: readonly DecidedEvent[], site: SignersSite): string[] | undefined {
  const [first] = decided;
  const call = described(data);
  const isAttested = call?.fragment.inputs.some((input) => input.name === "attestation") === true;
  if (first === undefined || call === undefined || !isAttested) return undefined;
  const attestation = String(call.args.getValue("attestation"));
  const { chainId } = site;
  const signers =
    call.name === "captureMany"
      ? batchSigners(call, attestation, first.epoch, site)
      : recoverAttesters(attestation, first.subject, { chainId, epoch: first.epoch });
  return signers.map((signer) => signer.toLowerCase());
}
