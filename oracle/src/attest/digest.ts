import { attestationTypehash } from "@sluice/sdk";
import { keccak256 } from "ethers";

/** What a node signs. */
export interface Statement {
  readonly subject: string;
  readonly asOf: number;
  readonly asOfHash: string;
  /** 32 facts as one word of 0x text. */
  readonly facts: string;
}

function word(value: string): string {
  return value.slice(2).padStart(64, "0");
}

/**
 * EIP-712 digest of an attestation, from a fixed template: every member is one word, so the encoding is their sequence.
 * The SDK's `attestationDigest` says the same by the general encoder; a test holds the two together.
 *
 * @param domainSeparator That of the epoch, 32 bytes.
 */
export function statementDigest(statement: Statement, domainSeparator: string): string {
  const { subject, asOf, asOfHash, facts } = statement;
  const members = word(subject) + word(`0x${asOf.toString(16)}`) + word(asOfHash) + word(facts);
  const structHash = keccak256(attestationTypehash + members);
  return keccak256(`0x1901${word(domainSeparator)}${word(structHash)}`);
}
