import { packAttestation, type AttestedFacts } from "@sluice/sdk";

import type { SignerSignature } from "./ballot.ts";

const WORD_TEXT = 66;
const COMPACT_TEXT = 130;

function bySigner(a: SignerSignature, b: SignerSignature): number {
  return a.signer.toLowerCase() < b.signer.toLowerCase() ? -1 : 1;
}

/**
 * Facts and signatures as the gate takes them: asOf in 8 bytes, its hash, the facts, then 64 bytes a signature in order of the signers.
 * The SDK's `packAttestation` says the same, slower, and is asked for whatever has another shape.
 *
 * @throws SluiceError for signatures of one signer or of another length.
 */
export function packedAttestation(attested: AttestedFacts, signatures: readonly SignerSignature[]): string {
  const { asOf, asOfHash, facts } = attested;
  const signers = new Set(signatures.map(({ signer }) => signer));
  const plain =
    asOfHash.length === WORD_TEXT &&
    facts.length === WORD_TEXT &&
    signers.size === signatures.length &&
    signatures.every(({ signature }) => signature.length === COMPACT_TEXT);
  if (!plain) return packAttestation(attested, signatures);
  const sorted = signatures.length < 2 ? signatures : [...signatures].sort(bySigner);
  const tail = sorted.map(({ signature }) => signature.slice(2)).join("");
  return `0x${asOf.toString(16).padStart(16, "0")}${asOfHash.slice(2)}${facts.slice(2)}${tail}`;
}
