import { attestationTypehash, epochDomain } from "@sluice/sdk";
import { TypedDataEncoder } from "ethers";

import { keccak, keccakText } from "./keccak.ts";
import { WordWriter } from "./wordWriter.ts";

/** What a node signs. */
export interface Statement {
  readonly subject: string;
  readonly asOf: number;
  readonly asOfHash: string;
  /** 32 facts as one word of 0x text. */
  readonly facts: string;
}

const WORD = 32;
const statementWords = new WordWriter(attestationTypehash, 4);
const typed = Buffer.alloc(2 + 2 * WORD);
typed.writeUInt16BE(0x1901);

/** EIP-712 digest as 0x text, of a struct's encoding under a domain: keccak256(0x1901, domain separator, keccak256(encoding)). */
export function typedDigest(encoding: Uint8Array, domainSeparator: string): string {
  typed.write(domainSeparator.slice(2), 2, WORD, "hex");
  typed.set(keccak(encoding), 2 + WORD);
  return keccakText(typed);
}

const batchTypehash = keccakText(
  Buffer.from(
    "AttestationBatch(Attestation[] attestations)Attestation(bytes32 subject,uint64 asOf,bytes32 asOfHash,bytes32 facts)",
  ),
);
const batchWords = new WordWriter(batchTypehash, 1);

/** Struct of one attestation; the bytes are written over by the next. */
function encoded({ subject, asOf, asOfHash, facts }: Statement): Uint8Array {
  statementWords.text(1, subject, WORD);
  statementWords.small(2, asOf);
  statementWords.text(3, asOfHash, WORD);
  statementWords.text(4, facts, WORD);
  return statementWords.bytes;
}

/** Struct hash of one attestation: what a single digest is made of, and a leaf of a batch. */
export function leafOf(statement: Statement): string {
  return keccakText(encoded(statement));
}

/**
 * EIP-712 digest of an attestation, from a fixed template: every member is one word, so the encoding is their sequence.
 * The SDK's `attestationDigest` says the same by the general encoder; a test holds the two together.
 *
 * @param domainSeparator That of the epoch, 32 bytes.
 */
export function statementDigest(statement: Statement, domainSeparator: string): string {
  return typedDigest(encoded(statement), domainSeparator);
}

/** The digest a quorum signs for many payments at once; the SDK's `attestationBatchDigest` says the same. */
export function batchDigest(statements: readonly Statement[], domainSeparator: string): string {
  return listDigest(Buffer.concat(statements.map((statement) => keccak(encoded(statement)))), domainSeparator);
}

/** The same digest from the leaves alone. */
export function leavesDigest(leaves: readonly string[], domainSeparator: string): string {
  return listDigest(Buffer.concat(leaves.map((leaf) => Buffer.from(leaf.slice(2), "hex"))), domainSeparator);
}

/** EIP-712 domain separator of an epoch. */
export function epochSeparator({ chainId, epoch }: { readonly chainId: number; readonly epoch: string }): string {
  return TypedDataEncoder.hashDomain({ ...epochDomain, chainId, verifyingContract: epoch });
}

function listDigest(leaves: Uint8Array, domainSeparator: string): string {
  batchWords.text(1, keccakText(leaves), WORD);
  return typedDigest(batchWords.bytes, domainSeparator);
}
