import { hexlify, randomBytes } from "ethers";

import { SluiceError } from "./failure.ts";
import { nodeCalls } from "./generated/api.ts";
import { checkUrl, failure, messageOf, nodeError, parsed, pause, refusal, type Failed } from "./nodeFailures.ts";
import type { CallAnswer, CallInput, JsonCall } from "./oracleCalls.ts";

export type { CallAnswer, CallInput, JsonCall, NodeCall, NodeSchemas } from "./oracleCalls.ts";

/** Which nodes are asked, and how patiently. */
export type OracleClientOptions = {
  /** Base URL of one node, or of several: the next is asked where one does not answer. */
  urls: string | readonly string[];
  /** What `oracle apikeys new` printed. */
  apiKey?: string;
  /** Takes the place of the global `fetch`. */
  fetch?: typeof fetch;
  /** How often each node is asked at most; 3 when absent. Only what may succeed the next time is asked again. */
  attempts?: number;
  /** Longest wait for one answer, in milliseconds; 10,000 when absent. */
  requestTimeoutMs?: number;
  /** Pause before the nodes are asked again, in milliseconds, doubled each time; 200 when absent. */
  pauseMs?: number;
};

export type CallOptions = {
  /** Ends the asking; what is thrown is its reason. */
  signal?: AbortSignal;
  /** Of a call that changes the node's own state; a random one when absent, so that a repeated request counts once. */
  idempotencyKey?: string;
};

/** Every call of a node's API, by the names of its OpenAPI document. */
export type OracleClient = {
  [Name in JsonCall]: (input: CallInput<Name>, options?: CallOptions) => Promise<CallAnswer<Name>>;
};

type Call = { method: string; path: string; own?: boolean };
type Values = Readonly<Record<string, unknown>>;
type Outcome = { answer: unknown } | (Failed & { waitMs: number });
type Asked = { call: Call; target: string; body: string | undefined; headers: Record<string, string> };

const defaults = { attempts: 3, requestTimeoutMs: 10_000, pauseMs: 200 };
const longestWaitMs = 30_000;
const idempotencyBytes = 16;

/**
 * A client for the HTTP API of one or several nodes. Reads and attestations go to the next node where one does not answer;
 * what changes a node's own state, such as a webhook or a note, goes to the first only.
 *
 * @throws SluiceError `URL_INVALID`. Calls throw NodeError with the node's code, or the signal's reason.
 * @example
 * const oracle = oracleClient({ urls: ["https://a.example", "https://b.example"], apiKey });
 * const { items, next } = await oracle.listPayments({ payee: shop, band: 2, limit: 20 });
 */
export function oracleClient(options: OracleClientOptions): OracleClient {
  const urls = (typeof options.urls === "string" ? [options.urls] : options.urls).map(checkUrl);
  if (urls.length === 0) throw new SluiceError("URL_INVALID", "urls: none is named", "urls");
  const calls = Object.entries(nodeCalls)
    .filter(([, call]) => !("stream" in call))
    .map(([name, call]) => [name, (input: Values, more: CallOptions = {}) => ask(urls, call, input, options, more)]);
  return Object.fromEntries(calls) as OracleClient; // one function for every call of the table the type is made of
}

async function ask(
  urls: readonly string[],
  call: Call,
  input: Values,
  options: OracleClientOptions,
  more: CallOptions,
): Promise<unknown> {
  const asked = prepared(call, input, options, more);
  const attempts = options.attempts ?? defaults.attempts;
  const failed = new Map<string, Failed>();
  const open = (): string[] =>
    (call.own ? urls.slice(0, 1) : urls).filter((url) => failed.get(url)?.failure.retriable ?? true);
  for (let round = 1; ; round += 1) {
    let waitMs = (options.pauseMs ?? defaults.pauseMs) * 2 ** (round - 1);
    for (const url of open()) {
      const outcome = await askNode(url, asked, options, more.signal);
      if ("answer" in outcome) return outcome.answer;
      more.signal?.throwIfAborted();
      failed.set(url, outcome);
      waitMs = Math.max(waitMs, outcome.waitMs);
      // A node that understood and refuses for good says what any other would say.
      if (outcome.code === "NODE_REFUSED" && !outcome.failure.retriable) throw nodeError([...failed.values()], false);
    }
    if (open().length === 0 || round >= attempts) throw nodeError([...failed.values()], open().length > 0);
    // Half of the pause is chance, so that many clients do not come back at once.
    await pause(
      Math.min(waitMs, longestWaitMs) * (0.5 + Math.random() / 2),
      more.signal ?? new AbortController().signal,
    );
    more.signal?.throwIfAborted();
  }
}

function prepared(call: Call, input: Values, options: OracleClientOptions, more: CallOptions): Asked {
  const { body, ...rest } = input;
  const left = new Map(Object.entries(rest));
  const path = call.path.replace(/\{([a-z]+)\}/gi, (_, name: string) => {
    const value = left.get(name);
    left.delete(name);
    if (value === undefined || value === "") throw new SluiceError("NODE_CALL_INVALID", `${name}: is missing`, name);
    return encodeURIComponent(textOf(name, value));
  });
  const query = [...left]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, string] => {
      return [name, textOf(name, value)];
    });
  const search = query.length === 0 ? "" : `?${new URLSearchParams(query).toString()}`;
  const headers: Record<string, string> = {};
  if (options.apiKey !== undefined) headers["authorization"] = `Bearer ${options.apiKey}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  if (call.method === "POST" && (call.own || more.idempotencyKey !== undefined))
    headers["idempotency-key"] = more.idempotencyKey ?? hexlify(randomBytes(idempotencyBytes)).slice(2);
  const text = body === undefined ? undefined : JSON.stringify(body, (_, value: unknown) => plain(value));
  return { call, target: `${path}${search}`, body: text, headers };
}

function textOf(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint") return value.toString();
  throw new SluiceError("NODE_CALL_INVALID", `${name}: must be text or a number`, name);
}

function plain(value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

async function askNode(
  url: string,
  { call, target, body, headers }: Asked,
  options: OracleClientOptions,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const limit = AbortSignal.timeout(options.requestTimeoutMs ?? defaults.requestTimeoutMs);
  try {
    const response = await (options.fetch ?? fetch)(`${url}${target}`, {
      method: call.method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: "error",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const answer = parsed(await response.text());
    if (!response.ok) return { ...refusal(url, response.status, answer), waitMs: retryAfterMs(response) };
    if (answer !== undefined) return { answer };
    const known = { url, status: response.status, message: "the answer is no JSON", retriable: false };
    return { ...failure("NODE_ANSWER_INVALID", known), waitMs: 0 };
  } catch (cause) {
    return { ...failure("NODE_UNREACHABLE", { url, message: messageOf(cause), retriable: true }, cause), waitMs: 0 };
  }
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}
