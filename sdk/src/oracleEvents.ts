import type { NodeSchemas } from "./oracleCalls.ts";
import { checkUrl, failure, nodeError, parsed, pause, refusal } from "./nodeFailures.ts";

/** One event of a node's stream. */
export type NodeEvent = NodeSchemas["Event"];

export type EventStreamOptions = {
  /** Base URL of one node: numbers of events are its own. */
  url: string;
  apiKey?: string;
  fetch?: typeof fetch;
  /** Number of the last event seen; from now on when absent. */
  after?: number;
  /** Kinds wanted; all when absent. `rolledBack` always comes. */
  kinds?: readonly string[];
  /** Ends the stream without an error. */
  signal?: AbortSignal;
  /** Pause before a broken stream is taken up again, in milliseconds; 1,000 when absent. */
  pauseMs?: number;
};

const defaultPauseMs = 1_000;

/**
 * What happens on chain, event by event, without end. A broken connection is taken up where it broke.
 *
 * @throws NodeError where the node refuses for good, such as `EVENTS_GONE` after a long absence
 * @example
 * for await (const event of oracleEvents({ url, apiKey, kinds: ["posted"], signal })) console.log(event.subject, event.data);
 */
export async function* oracleEvents(options: EventStreamOptions): AsyncGenerator<NodeEvent> {
  const url = checkUrl(options.url);
  const never = new AbortController().signal;
  const over = (): boolean => options.signal?.aborted ?? false;
  for (let after = options.after; !over();) {
    try {
      for await (const event of connection(url, after, options)) {
        after = event.seq;
        yield event;
      }
    } catch (error) {
      if (over()) return;
      if (error instanceof Final) throw nodeError([error.failed], false);
    }
    await pause(options.pauseMs ?? defaultPauseMs, options.signal ?? never);
  }
}

/** The node refuses for good. */
class Final extends Error {
  readonly failed: ReturnType<typeof refusal>;

  constructor(failed: ReturnType<typeof refusal>) {
    super(failed.failure.message);
    this.failed = failed;
  }
}

async function* connection(
  url: string,
  after: number | undefined,
  { apiKey, kinds, signal, fetch: ask = fetch }: EventStreamOptions,
): AsyncGenerator<NodeEvent> {
  const query = kinds === undefined || kinds.length === 0 ? "" : `?kinds=${kinds.join(",")}`;
  const response = await ask(`${url}/v1/events${query}`, {
    headers: {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(after === undefined ? {} : { "last-event-id": String(after) }),
    },
    ...(signal === undefined ? {} : { signal }),
    redirect: "error",
  });
  if (!response.ok) {
    const failed = refusal(url, response.status, parsed(await response.text()));
    if (!failed.failure.retriable) throw new Final(failed);
    return;
  }
  if (response.body === null) return;
  for await (const data of messages(response.body)) {
    const event = parsed(data);
    if (typeof event !== "object" || event === null) {
      const known = { url, message: "the stream holds no event", retriable: false };
      throw new Final(failure("NODE_ANSWER_INVALID", known));
    }
    yield event as NodeEvent; // what the node's document says of this stream
  }
}

/** The data of each message of a stream of server-sent events. */
async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += decoder.decode(value, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const data = part.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
        if (data.length > 0) yield data.join("\n");
      }
    }
  } finally {
    await reader.cancel();
  }
}
