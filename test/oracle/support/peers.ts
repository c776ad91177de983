import { randomBytes } from "node:crypto";
import { computeAddress, hexlify, type SigningKey } from "ethers";

import { bodyHashOf, PeerDigests, SEAL_HEADERS, type PeerSite } from "../../../oracle/src/attest/peerSeal.ts";
import type { Answer } from "./nodes.ts";

/** What may be changed of a request that is otherwise in order. */
export interface SealChanges {
  readonly time?: number;
  readonly nonce?: string;
  readonly to?: string;
  readonly claimed?: string;
  /** What is signed, where it is not what is sent. */
  readonly signedBody?: string;
  readonly signedPath?: string;
}

export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
}

/** Headers of a request that one node signs for another. */
export function sealHeaders(
  site: PeerSite,
  key: SigningKey,
  to: string,
  path: string,
  body: string,
  changes: SealChanges = {},
): Record<string, string> {
  const { time = Date.now(), nonce = hexlify(randomBytes(32)), signedBody = body, signedPath = path } = changes;
  const bodyHash = bodyHashOf(Buffer.from(signedBody));
  const seal = { method: "POST", path: signedPath, bodyHash, time, nonce, to: changes.to ?? to };
  return {
    "content-type": "application/json",
    [SEAL_HEADERS.signer]: changes.claimed ?? computeAddress(key),
    [SEAL_HEADERS.time]: String(time),
    [SEAL_HEADERS.nonce]: nonce,
    [SEAL_HEADERS.signature]: key.sign(new PeerDigests(site).request(seal)).compactSerialized,
  };
}

/** Asks a node as another node does. */
export async function askAsPeer(
  site: PeerSite,
  key: SigningKey,
  node: { readonly url: string; readonly signer: string },
  path: string,
  value: unknown,
  changes: SealChanges = {},
): Promise<Answer & { readonly headers: Headers; readonly text: string }> {
  const body = jsonOf(value);
  const headers = sealHeaders(site, key, node.signer, path, body, changes);
  const response = await fetch(`${node.url}${path}`, { method: "POST", headers, body });
  const text = await response.text();
  const parsed = JSON.parse(text) as Record<string, unknown>; // every answer is an object
  return { status: response.status, body: parsed, headers: response.headers, text };
}

/** Signature of an answer, by a peer that a test plays. */
export function answerSignature(
  site: PeerSite,
  key: SigningKey,
  nonce: string,
  status: number,
  body: string | Uint8Array,
): string {
  const bodyHash = bodyHashOf(Buffer.from(body));
  return key.sign(new PeerDigests(site).answer({ nonce, status, bodyHash })).compactSerialized;
}
