import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

import { messageOf } from "../errors.ts";

/** Another node of the epoch: where it answers and with which key it signs. */
export interface PeerAddress {
  readonly url: string;
  readonly signer: string;
}

/** What a coordinator asks a peer to attest. */
export interface PeerRequest {
  readonly terms: Readonly<Record<string, unknown>>;
  readonly asOf: number;
  readonly asOfHash: string;
  readonly epoch: string;
}

const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const answerSchema = z.object({
  id: word,
  epoch: z.string(),
  asOf: z.int(),
  asOfHash: word,
  facts: word,
  signature: z.string().regex(/^0x[0-9a-fA-F]{128}$/),
});

export type PeerAnswer = z.output<typeof answerSchema>;

/** Why a peer's answer does not count. */
export class PeerFailure extends Error {
  override readonly name = "PeerFailure";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const MOST_BYTES = 65_536;
/** A peer that has not seen the block yet looks again at once; so it is asked again soon. */
const AGAIN_AFTER_MS = 30;
const ASK_AGAIN: ReadonlySet<string> = new Set(["BEHIND", "NOT_AUTHORIZED_YET", "OTHER_FORK"]);

async function readLimited(response: Response): Promise<string> {
  if (response.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  // The body of a fetch gives bytes; the types of the stream leave that open.
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) throw new PeerFailure("TOO_LARGE", `the peer answered more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

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
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success)
    throw new PeerFailure("GARBAGE", `the peer's answer has no ${parsed.error.issues[0]?.path.join(".")}`);
  return parsed.data;
}

async function askOnce(peer: PeerAddress, body: string, signal: AbortSignal): Promise<PeerAnswer> {
  const response = await fetch(new URL("/v1/peer/attestations", peer.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal,
    redirect: "error",
  });
  return parseAnswer(response.status, await readLimited(response));
}

function failureOf(error: unknown): PeerFailure {
  if (error instanceof PeerFailure) return error;
  const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
  if (timedOut) return new PeerFailure("TIMEOUT", "the peer did not answer in time");
  return new PeerFailure("UNREACHABLE", messageOf(error));
}

/** How the rest of the node asks a peer; tests put their own in its place. */
export type AskPeer = (peer: PeerAddress, request: PeerRequest, timeoutMs: number) => Promise<PeerAnswer>;

/**
 * Asks one peer over HTTP. A slow, wrong or talkative peer costs nothing but its answer.
 *
 * @throws PeerFailure with a code: the peer's own, TIMEOUT, UNREACHABLE, GARBAGE or TOO_LARGE.
 */
export function peerClient(stop: AbortSignal): AskPeer {
  return async (peer, request, timeoutMs) => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
    const body = JSON.stringify(request);
    for (;;) {
      const answer = await askOnce(peer, body, signal).catch(failureOf);
      if (!(answer instanceof PeerFailure)) return answer;
      if (signal.aborted || !ASK_AGAIN.has(answer.code)) throw answer;
      await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {
        throw answer;
      });
    }
  };
}
