import { SluiceError } from "./failure.ts";
import { NodeError, type NodeErrorCode, type NodeFailure } from "./nodeError.ts";

/** How asking one node ended, where it did not answer. */
export type Failed = { code: NodeErrorCode; failure: NodeFailure; cause: unknown };

const tooManyRequests = 429;
const serverError = 500;
/** Every code of a node has a row there. */
const docs = "docs/runbooks/README.md#every-error";

/** What a node, or a proxy before it, said instead of an answer. */
export function refusal(url: string, status: number, answer: unknown): Failed {
  const { code, message, retriable, details } = errorIn(answer);
  if (typeof code === "string" && typeof message === "string") {
    const said = { nodeCode: code, message, retriable: retriable === true, nodeDetails: details, docs };
    return failure("NODE_REFUSED", { url, status, ...said });
  }
  const busy = status === tooManyRequests || status >= serverError;
  return failure(busy ? "NODE_UNREACHABLE" : "NODE_ANSWER_INVALID", {
    ...{ url, status, message: `HTTP status ${status} without a node's error` },
    retriable: busy,
  });
}

function errorIn(answer: unknown): Partial<Record<"code" | "message" | "retriable" | "details", unknown>> {
  const error: unknown = typeof answer === "object" && answer !== null ? Reflect.get(answer, "error") : undefined;
  return typeof error === "object" && error !== null ? error : {};
}

/** A failure, with what is not known left undefined. */
export function failure(
  code: NodeErrorCode,
  known: Partial<NodeFailure> & Pick<NodeFailure, "url" | "message" | "retriable">,
  cause?: unknown,
): Failed {
  const unknown = { nodeCode: undefined, status: undefined, nodeDetails: undefined, docs: undefined };
  return { code, cause, failure: { ...unknown, ...known } };
}

/** The failure that tells most is the last that came with a node's code. */
export function nodeError(failed: readonly Failed[], gaveUp: boolean): NodeError {
  const telling = failed.findLast((one) => one.failure.nodeCode !== undefined) ?? failed.at(-1);
  if (telling === undefined) throw new RangeError("nobody was asked"); // the caller has asked at least once
  const failures = failed.map((one) => one.failure);
  return new NodeError(telling.code, { ...telling.failure, failures, gaveUp }, telling.cause);
}

/**
 * A base URL without a slash at its end.
 * @throws SluiceError `URL_INVALID`
 */
export function checkUrl(url: string): string {
  if (/^https?:\/\/[^/?#\s]+[^?#\s]*$/.test(url)) return url.replace(/\/+$/, "");
  throw new SluiceError("URL_INVALID", `nodes: not a base URL of http or https: ${url}`, "nodes");
}

/** JSON, or undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch` says "fetch failed" and hides why in the cause. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  return cause instanceof Error && cause.message !== "" ? `${thrown.message}: ${cause.message}` : thrown.message;
}

/** Ends early, without an error, when the signal does: the next request says why. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
