import { messageOf, OracleError } from "../errors.ts";
import { RpcRefusal } from "./refusal.ts";

export { RpcRefusal } from "./refusal.ts";

export interface RpcCall {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** JSON-RPC to one endpoint, or to several behind one face. */
export interface RpcClient {
  /** @throws RpcRefusal where the endpoint answers with an error, OracleError RPC_UNAVAILABLE where it does not answer. */
  call(method: string, params: readonly unknown[]): Promise<unknown>;
  /** Results in the order of the calls; the first refusal is thrown. */
  batch(calls: readonly RpcCall[]): Promise<unknown[]>;
  /** The same, a refusal standing in the place of its result. */
  batchSettled(calls: readonly RpcCall[]): Promise<unknown[]>;
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

/** Calls made of `batchSettled`: what every client shares. */
export abstract class BatchingClient implements RpcClient {
  abstract batchSettled(calls: readonly RpcCall[]): Promise<unknown[]>;

  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    const [result] = await this.batch([{ method, params }]);
    return result;
  }

  async batch(calls: readonly RpcCall[]): Promise<unknown[]> {
    const settled = await this.batchSettled(calls);
    return settled.map((result) => {
      if (result instanceof RpcRefusal) throw result;
      return result;
    });
  }
}

/** JSON-RPC over HTTP: single calls and batches, bounded in time and size. */
export class HttpRpcClient extends BatchingClient {
  readonly #url: string;
  readonly #options: RpcOptions;
  #nextId = 1;
  #mostInBatch = MOST_IN_BATCH;

  constructor(url: string, options: RpcOptions) {
    super();
    this.#url = url;
    this.#options = options;
  }

  override async batchSettled(calls: readonly RpcCall[]): Promise<unknown[]> {
    const results: unknown[] = [];
    while (results.length < calls.length) {
      const some = calls.slice(results.length, results.length + this.#mostInBatch);
      const answers = await this.#send(some);
      if (answers !== undefined) results.push(...answers);
      // One error for the whole batch: this endpoint takes fewer calls at once.
      else this.#mostInBatch = Math.max(1, Math.floor(some.length / 2));
    }
    return results;
  }

  /** Results of one request, undefined where a batch was refused as a whole. */
  async #send(calls: readonly RpcCall[]): Promise<unknown[] | undefined> {
    const first = this.#nextId;
    this.#nextId += calls.length;
    const requests = calls.map((call, index) => ({ jsonrpc: "2.0", id: first + index, ...call }));
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests);
    const answer = await this.#post(body);
    if (calls.length > 1 && !Array.isArray(answer) && isAnswer(answer) && answer.error !== undefined) {
      const refused = refusal("batch", answer.error);
      if (refused.kind !== "rateLimited") return undefined;
      throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint limits the rate of calls", { rateLimited: true });
    }
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
    let status = 200;
    try {
      const response = await send(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal,
      });
      const text = await response.text();
      status = response.status;
      if (!response.ok) throw new Error(`HTTP ${status}`);
      if (text.length > MOST_BYTES) throw new Error(`an answer of ${text.length} bytes`);
      return JSON.parse(text);
    } catch (error) {
      // The URL may hold an API key, so the message names neither it nor the library's own text about it.
      const details = { rateLimited: status === 429 };
      throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint failed: ${causeOf(error)}`, details);
    }
  }
}

function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "code") : undefined;
  return typeof code === "string" ? code : messageOf(inner);
}
