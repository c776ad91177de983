import { attestationTypehash } from "@sluice/sdk";

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

/**
 * EIP-712 digest of an attestation, from a fixed template: every member is one word, so the encoding is their sequence.
 * The SDK's `attestationDigest` says the same by the general encoder; a test holds the two together.
 *
 * @param domainSeparator That of the epoch, 32 bytes.
 */
export function statementDigest(statement: Statement, domainSeparator: string): string {
  const { subject, asOf, asOfHash, facts } = statement;
  statementWords.text(1, subject, WORD);
  statementWords.small(2, asOf);
  statementWords.text(3, asOfHash, WORD);
  statementWords.text(4, facts, WORD);
  return typedDigest(statementWords.bytes, domainSeparator);
}
