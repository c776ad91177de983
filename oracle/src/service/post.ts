import { request as requestHttp, type ClientRequest, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import type { LookupAddress, LookupOptions } from "node:dns";

import { OracleError } from "../errors.ts";
import { checkedAddresses, checkUrl, type Resolve } from "./targets.ts";

export interface PostOptions {
  readonly resolve: Resolve;
  /** For tests on one machine: lets private addresses and plain http pass. */
  readonly allowPrivate: boolean;
  /** For all of it, from the name's address to the end of the answer. */
  readonly timeoutMs: number;
}

/** Nobody needs to say more than that. */
const MOST_ANSWER_BYTES = 16_384;

type LookupAnswer = (error: null, address: string | LookupAddress[], family?: number) => void;

/** A lookup that knows only what was checked: the name is not asked about a second time. */
function pinned(addresses: readonly LookupAddress[]) {
  return (_hostname: string, options: LookupOptions, answer: LookupAnswer): void => {
    const [first = { address: "", family: 4 }] = addresses;
    if (options.all === true) answer(null, [...addresses]);
    else answer(null, first.address, first.family);
  };
}

async function statusOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  // A response without an encoding gives bytes.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MOST_ANSWER_BYTES) break;
  }
  response.destroy();
  return response.statusCode ?? 0;
}

async function answered(request: ClientRequest, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => void statusOf(response).then(resolve, reject));
    request.end(body);
  });
}

/**
 * Sends a body to a URL of the public internet: over a connection of its own, to an address that was checked after the name
 * was resolved, without following redirects.
 *
 * @returns The HTTP status.
 * @throws OracleError WEBHOOK_TARGET_REFUSED, or Error where there was no answer.
 */
export async function postTo(
  target: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { resolve, allowPrivate, timeoutMs }: PostOptions,
): Promise<number> {
  const limit = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener("abort", () => reject(new Error(`no answer within ${timeoutMs} ms`)), { once: true });
  });
  const url = checkUrl(target, allowPrivate);
  const sent = async (): Promise<number> => {
    const addresses = await checkedAddresses(url, resolve, allowPrivate);
    const options = {
      ...{ method: "POST", agent: false, lookup: pinned(addresses), signal: limit, maxHeaderSize: MOST_ANSWER_BYTES },
      headers: { ...headers, "content-length": String(Buffer.byteLength(body)) },
    };
    return answered(url.protocol === "https:" ? requestHttps(url, options) : requestHttp(url, options), body);
  };
  return Promise.race([sent(), late]);
}

/** What went wrong, in a few words that hold no secret and no address of this network. */
export function failureText(thrown: unknown): string {
  if (thrown instanceof OracleError) return thrown.message;
  const code: unknown = typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, "code") : undefined;
  if (typeof code === "string") return code;
  return thrown instanceof Error ? thrown.message.slice(0, 200) : "it failed";
}
