import { createHash } from "node:crypto";
import { TypedDataEncoder } from "ethers";

import { keccakText } from "./keccak.ts";
import { typedDigest } from "./digest.ts";
import { WordWriter } from "./wordWriter.ts";

/** Where requests between nodes count: one gate on one chain. */
export interface PeerSite {
  readonly chainId: number;
  readonly gate: string;
}

/** A request from one node to another, without its body. */
export interface RequestSeal {
  readonly method: string;
  readonly path: string;
  /** SHA-256 of the body as it is sent. */
  readonly bodyHash: string;
  /** Milliseconds since the Unix epoch by the asker's clock. */
  readonly time: number;
  /** 32 random bytes. */
  readonly nonce: string;
  /** Address of the node that is asked. */
  readonly to: string;
}

/** An answer to it. */
export interface AnswerSeal {
  readonly nonce: string;
  readonly status: number;
  readonly bodyHash: string;
}

/** Names of the headers that carry both. */
export const SEAL_HEADERS = {
  signer: "sluice-signer",
  time: "sluice-time",
  nonce: "sluice-nonce",
  signature: "sluice-signature",
  answer: "sluice-answer-signature",
} as const;

/** EIP-712 types, as docs/concepts/attestations.md shows them. */
export const PEER_TYPES = {
  PeerRequest: [
    { name: "method", type: "string" },
    { name: "path", type: "string" },
    { name: "bodyHash", type: "bytes32" },
    { name: "time", type: "uint64" },
    { name: "nonce", type: "bytes32" },
    { name: "to", type: "address" },
  ],
  PeerAnswer: [
    { name: "nonce", type: "bytes32" },
    { name: "status", type: "uint16" },
    { name: "bodyHash", type: "bytes32" },
  ],
};

/** A domain of its own: what nodes sign to each other can never pass for an attestation. */
export function peerDomain({ chainId, gate }: PeerSite) {
  return { name: "Sluice Peer", version: "1", chainId, verifyingContract: gate };
}

const WORD = 32;
const typehash = (name: keyof typeof PEER_TYPES): string => {
  const members = PEER_TYPES[name].map((member) => `${member.type} ${member.name}`).join(",");
  return keccakText(Buffer.from(`${name}(${members})`));
};
const requestWords = new WordWriter(typehash("PeerRequest"), 6);
const answerWords = new WordWriter(typehash("PeerAnswer"), 3);

/** SHA-256 of a body. */
export function bodyHashOf(body: Uint8Array): string {
  return `0x${createHash("sha256").update(body).digest("hex")}`;
}

/** Digests of requests and answers at one site, from fixed templates; a test holds them to the general encoder. */
export class PeerDigests {
  readonly #separator: string;

  constructor(site: PeerSite) {
    this.#separator = TypedDataEncoder.hashDomain(peerDomain(site));
  }

  request({ method, path, bodyHash, time, nonce, to }: RequestSeal): string {
    requestWords.text(1, keccakText(Buffer.from(method)), WORD);
    requestWords.text(2, keccakText(Buffer.from(path)), WORD);
    requestWords.text(3, bodyHash, WORD);
    requestWords.small(4, time);
    requestWords.text(5, nonce, WORD);
    requestWords.text(6, to, 20);
    return typedDigest(requestWords.bytes, this.#separator);
  }

  answer({ nonce, status, bodyHash }: AnswerSeal): string {
    answerWords.text(1, nonce, WORD);
    answerWords.small(2, status);
    answerWords.text(3, bodyHash, WORD);
    return typedDigest(answerWords.bytes, this.#separator);
  }
}
