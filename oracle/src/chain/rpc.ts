import { messageOf, OracleError } from "../errors.ts";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** The endpoint answered with an error of its own, for instance a revert. */
export class RpcRefusal extends Error {
  override readonly name = "RpcRefusal";
  readonly code: number;
  readonly data: unknown;

  constructor(method: string, code: number, message: string, data: unknown) {
    super(`${method}: ${message}`);
    this.code = code;
    this.data = data;
  }
}

export interface RpcOptions {
  readonly timeoutMs: number;
  /** Stops every call, as at shutdown. */
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** Endpoints limit how much one request may carry. */
const MOST_IN_BATCH = 100;
const MOST_BYTES = 64 * 1024 * 1024;

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "id" in value && ("result" in value || "error" in value);
}

function refusal(method: string, error: unknown): RpcRefusal {
  const field = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  const code = field("code");
  return new RpcRefusal(method, typeof code === "number" ? code : 0, String(field("message") ?? error), field("data"));
}

/** JSON-RPC over HTTP: single calls and batches, bounded in time and size. */
export class RpcClient {
  readonly #url: string;
  readonly #options: RpcOptions;
  #nextId = 1;

  constructor(url: string, options: RpcOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** @throws RpcRefusal where the endpoint answers with an error, OracleError RPC_UNAVAILABLE where it does not answer. */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const [result] = await this.batch([{ method, params }]);
    return result;
  }

  /** Results in the order of the calls; the first refusal is thrown. */
  async batch(calls: readonly RpcCall[]): Promise<unknown[]> {
    const settled = await this.batchSettled(calls);
    return settled.map((result) => {
      if (result instanceof RpcRefusal) throw result;
      return result;
    });
  }

  /** The same, a refusal standing in the place of its result. */
  async batchSettled(calls: readonly RpcCall[]): Promise<unknown[]> {
    const results: unknown[] = [];
    for (let from = 0; from < calls.length; from += MOST_IN_BATCH) {
      results.push(...(await this.#send(calls.slice(from, from + MOST_IN_BATCH))));
    }
    return results;
  }

  async #send(calls: readonly RpcCall[]): Promise<unknown[]> {
    const first = this.#nextId;
    this.#nextId += calls.length;
    const requests = calls.map((call, index) => ({ jsonrpc: "2.0", id: first + index, ...call }));
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests);
    const answer = await this.#post(body);
    const answers: unknown[] = Array.isArray(answer) ? answer : [answer];
    const byId = new Map(answers.filter(isAnswer).map((item) => [item.id, item]));
    return calls.map((call, index) => {
      const item = byId.get(first + index);
      if (item === undefined) throw new OracleError("RPC_UNAVAILABLE", `no answer to ${call.method} in a batch`);
      return item.error === undefined || item.error === null ? item.result : refusal(call.method, item.error);
    });
  }

  async #post(body: string): Promise<unknown> {
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    const signal = this.#options.signal === undefined ? timeout : AbortSignal.any([timeout, this.#options.signal]);
    const send = this.#options.fetch ?? fetch;
    try {
      const response = await send(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal,
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      if (text.length > MOST_BYTES) throw new Error(`an answer of ${text.length} bytes`);
      return JSON.parse(text);
    } catch (error) {
      // The URL may hold an API key, so the message names neither it nor the library's own text about it.
      throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint failed: ${causeOf(error)}`);
    }
  }
}

function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "code") : undefined;
  return typeof code === "string" ? code : messageOf(inner);
}
