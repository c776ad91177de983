import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { getAddress } from "ethers";
import { z } from "zod";

import { messageOf } from "../errors.ts";
import { outgoingHeaders } from "../ops/requestContext.ts";
import { curve } from "./curve.ts";
import type { Statement } from "./digest.ts";
import type { Keyring } from "./keyring.ts";
import { AnswerTooLong, PeerHttp, type PeerResponse } from "./peerHttp.ts";
import { bodyHashOf, PeerDigests, SEAL_HEADERS, type PeerSite } from "./peerSeal.ts";

/** Payments that one signature may cover. */
export const MOST_IN_BATCH = 500;

/** Another node of the epoch: where it answers and with which key it signs. */
export interface PeerAddress {
  readonly url: string;
  readonly signer: string;
}

/** What a coordinator asks a peer: where, and with which body. */
export interface PeerQuestion {
  readonly path: string;
  readonly body: object;
}

/** A peer's answer: what it signed, in order, and the one signature over it. */
export interface PeerAnswer {
  /** Lower-case. */
  readonly epoch: string;
  readonly statements: readonly Statement[];
  /** 64 bytes, lower-case. */
  readonly signature: string;
}

const lower = (text: string): string => text.toLowerCase();
const word = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform(lower);
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(lower);
const signature = z
  .string()
  .regex(/^0x[0-9a-fA-F]{128}$/)
  .transform(lower);
const statement = { id: word, asOf: z.int().min(0), asOfHash: word, facts: word };
const singleSchema = z.object({ epoch: address, signature, ...statement });
const batchSchema = z.object({ epoch: address, signature, items: z.array(z.object(statement)).max(MOST_IN_BATCH) });

function statementOf({ id, asOf, asOfHash, facts }: z.output<z.ZodObject<typeof statement>>): Statement {
  return { subject: id, asOf, asOfHash, facts };
}

/** Why a peer's answer does not count. */
export class PeerFailure extends Error {
  override readonly name = "PeerFailure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** An answer about a full batch has 120 kB. */
const MOST_BYTES = 262_144;
/** A peer that has not seen the block yet looks again at once; so it is asked again soon. */
const AGAIN_AFTER_MS = 30;
const ASK_AGAIN: ReadonlySet<string> = new Set(["BEHIND", "NOT_AUTHORIZED_YET", "OTHER_FORK"]);

const refusalSchema = z.object({ error: z.object({ code: z.string().max(64), message: z.string().max(500) }) });

function parseAnswer(status: number, text: string): PeerAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new PeerFailure("GARBAGE", `the peer answered ${status} with something that is no JSON`);
  }
  if (status !== 200) {
    const refused = refusalSchema.safeParse(body);
    if (refused.success) throw new PeerFailure(refused.data.error.code, refused.data.error.message);
    throw new PeerFailure("GARBAGE", `the peer answered ${status}`);
  }
  const isBatch = typeof body === "object" && body !== null && "items" in body;
  return isBatch ? batchAnswer(body) : singleAnswer(body);
}

function malformed(error: z.ZodError): PeerFailure {
  return new PeerFailure("GARBAGE", `the peer's answer has no valid ${error.issues[0]?.path.join(".")}`);
}

function singleAnswer(body: unknown): PeerAnswer {
  const parsed = singleSchema.safeParse(body);
  if (!parsed.success) throw malformed(parsed.error);
  const { epoch, signature } = parsed.data;
  return { epoch, signature, statements: [statementOf(parsed.data)] };
}

function batchAnswer(body: unknown): PeerAnswer {
  const parsed = batchSchema.safeParse(body);
  if (!parsed.success) throw malformed(parsed.error);
  const { epoch, signature, items } = parsed.data;
  return { epoch, signature, statements: items.map(statementOf) };
}

/** Signs requests with the node's key, and checks that answers are the asked node's. */
class SealedPost {
  readonly #keys: Keyring;
  readonly #digests: PeerDigests;
  readonly #http = new PeerHttp();

  constructor(stop: AbortSignal, keys: Keyring, site: PeerSite) {
    stop.addEventListener("abort", () => this.#http.close(), { once: true });
    this.#keys = keys;
    this.#digests = new PeerDigests(site);
  }

  async ask(peer: PeerAddress, path: string, body: Buffer<ArrayBuffer>, signal: AbortSignal): Promise<PeerAnswer> {
    const seal = {
      method: "POST",
      path,
      bodyHash: bodyHashOf(body),
      time: Date.now(),
      nonce: newNonce(),
      to: peer.signer,
    };
    const signature = await this.#keys.among([]).sign(this.#digests.request(seal));
    const response = await this.#http.post(new URL(path, peer.url), {
      headers: {
        "content-type": "application/json",
        ...outgoingHeaders(),
        [SEAL_HEADERS.signer]: this.#keys.address,
        [SEAL_HEADERS.time]: String(seal.time),
        [SEAL_HEADERS.nonce]: seal.nonce,
        [SEAL_HEADERS.signature]: signature,
      },
      ...{ body, signal, mostBytes: MOST_BYTES },
    });
    this.#check(peer, response, seal.nonce);
    return parseAnswer(response.status, response.body.toString("utf8"));
  }

  #check(peer: PeerAddress, { status, headers, body }: PeerResponse, nonce: string): void {
    const signature = String(headers[SEAL_HEADERS.answer] ?? "");
    const digest = this.#digests.answer({ nonce, status, bodyHash: bodyHashOf(body) });
    const by = /^0x[0-9a-fA-F]{128}$/.test(signature) ? recoveredOrNobody(digest, signature) : "nobody";
    if (by === getAddress(peer.signer)) return;
    throw new PeerFailure("UNSIGNED", `the answer (${status}) is signed by ${by}, not by ${peer.signer}`);
  }
}

function newNonce(): string {
  return `0x${randomBytes(32).toString("hex")}`;
}

function recoveredOrNobody(digest: string, signature: string): string {
  try {
    return curve.recover(digest, signature);
  } catch {
    return "nobody";
  }
}

function failureOf(error: unknown): PeerFailure {
  if (error instanceof PeerFailure) return error;
  if (error instanceof AnswerTooLong) return new PeerFailure("TOO_LARGE", error.message);
  const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  if (timedOut) return new PeerFailure("TIMEOUT", "the peer did not answer in time");
  return new PeerFailure("UNREACHABLE", messageOf(error));
}

/** How the rest of the node asks a peer; tests put their own in its place. */
export type AskPeer = (peer: PeerAddress, question: PeerQuestion, timeoutMs: number) => Promise<PeerAnswer>;

/**
 * Asks one peer over HTTP. A slow, wrong or talkative peer costs nothing but its answer.
 *
 * @throws PeerFailure with a code: the peer's own, TIMEOUT, UNREACHABLE, UNSIGNED, GARBAGE or TOO_LARGE.
 */
export function peerClient(stop: AbortSignal, keys: Keyring, site: PeerSite): AskPeer {
  const sealed = new SealedPost(stop, keys, site);
  return async (peer, question, timeoutMs) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const body = Buffer.from(JSON.stringify(question.body));
    let said: PeerFailure | undefined;
    for (;;) {
      const answer = await sealed.ask(peer, question.path, body, signal).catch(failureOf);
      if (!(answer instanceof PeerFailure)) return answer;
      // What the deadline cut short tells less than what the peer said before.
      if (signal.aborted) throw said ?? answer;
      if (!ASK_AGAIN.has(answer.code)) throw answer;
      said = answer;
      await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {
        throw answer;
      });
    }
  };
}
