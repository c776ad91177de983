import { checkUrl, failure, messageOf, nodeError, parsed, pause, refusal, type Failed } from "./nodeFailures.ts";
import { SluiceError } from "./failure.ts";
import type { Trust } from "./nodeAnswer.ts";

/** How long to ask, and whom to believe. */
export type AttestationOptions = Trust & {
  /** Longest wait for all of it, in milliseconds; 30,000 when absent. */
  timeoutMs?: number;
  /** Longest wait for one answer, in milliseconds; 10,000 when absent. */
  requestTimeoutMs?: number;
  /** Pause before all nodes are asked again, in milliseconds; 200 when absent. */
  pauseMs?: number;
  /** How often each node is asked at most; as often as time allows when absent. */
  attempts?: number;
  /** Ends the asking; what is thrown is its reason. */
  signal?: AbortSignal;
  /** Sent along, such as an API key a node's operator asks for. */
  headers?: Record<string, string>;
};

/** What nodes are asked, and what makes of an answer what the asker wants; throws where it is not what was asked for. */
export type Question<Answer> = { path: string; body: object; check: (answer: unknown, url: string) => Answer };

type Outcome<Answer> = { answer: Answer } | Failed;
type Request<Answer> = { path: string; body: string; check: Question<Answer>["check"]; options: AttestationOptions };

const defaults = { timeoutMs: 30_000, requestTimeoutMs: 10_000, pauseMs: 200 };

/**
 * Asks one node after the other, and all again after a pause while asking again may help.
 * @throws SluiceError `URL_INVALID`; NodeError with the node's code; the signal's reason when it ends the asking
 */
export async function askNodes<Answer>(
  nodes: string | readonly string[],
  { path, body, check }: Question<Answer>,
  options: AttestationOptions,
): Promise<Answer> {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  const request = { path, body: text, check, options };
  const urls = (typeof nodes === "string" ? [nodes] : nodes).map(checkUrl);
  if (urls.length === 0) throw new SluiceError("URL_INVALID", "nodes: none is named", "nodes");
  const deadline = AbortSignal.timeout(options.timeoutMs ?? defaults.timeoutMs);
  const signal = AbortSignal.any(options.signal === undefined ? [deadline] : [deadline, options.signal]);
  const failed = new Map<string, Failed>();
  const open = (): string[] => urls.filter((url) => failed.get(url)?.failure.retriable ?? true);
  for (let round = 1; ; round += 1) {
    for (const url of open()) {
      const outcome = await askNode(url, request, signal);
      if ("answer" in outcome) return outcome.answer;
      options.signal?.throwIfAborted();
      // What the deadline cut short tells less than what the node said before.
      if (!deadline.aborted || !failed.has(url)) failed.set(url, outcome);
    }
    const gaveUp = deadline.aborted || round === options.attempts;
    if (gaveUp || open().length === 0) throw nodeError([...failed.values()], gaveUp);
    await pause(options.pauseMs ?? defaults.pauseMs, signal);
  }
}

async function askNode<Answer>(
  url: string,
  { path, body, check, options }: Request<Answer>,
  signal: AbortSignal,
): Promise<Outcome<Answer>> {
  try {
    const limit = AbortSignal.timeout(options.requestTimeoutMs ?? defaults.requestTimeoutMs);
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { ...options.headers, "content-type": "application/json" },
      body,
      signal: AbortSignal.any([signal, limit]),
    });
    const answer = parsed(await response.text());
    if (!response.ok) return refusal(url, response.status, answer);
    return checked(url, response.status, () => check(answer, url));
  } catch (cause) {
    return failure("NODE_UNREACHABLE", { url, message: messageOf(cause), retriable: true }, cause);
  }
}

function checked<Answer>(url: string, status: number, check: () => Answer): Outcome<Answer> {
  try {
    return { answer: check() };
  } catch (cause) {
    return failure("NODE_ANSWER_INVALID", { url, status, message: messageOf(cause), retriable: false }, cause);
  }
}
