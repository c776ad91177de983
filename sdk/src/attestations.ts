import { SluiceError } from "./failure.ts";
import { checkAnswer, type AttestedPayment, type Trust } from "./nodeAnswer.ts";
import { checkUrl, failure, messageOf, nodeError, parsed, pause, refusal, type Failed } from "./nodeFailures.ts";
import { checkTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

export type { AttestedPayment, ScoreReason, Trust } from "./nodeAnswer.ts";

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

type Outcome = { answer: AttestedPayment } | Failed;
type Question = { id: string; chainId: number | bigint; body: string; options: AttestationOptions };

const defaults = { timeoutMs: 30_000, requestTimeoutMs: 10_000, pauseMs: 200 };

/**
 * Asks nodes for a quorum's attestation about a payment: one after the other, and all again after a pause while asking again
 * may help. A node whose answer is wrong or final is not asked again; the next one is.
 *
 * Who signed what is checked here; score and band are the node's word until the epoch's contract computes them from the
 * signed facts in `capture` or `post`. With `signers` and `quorum` given no node alone can make up an attestation.
 * @param nodes Base URL of one node, or of several
 * @throws SluiceError `TERMS_INVALID`, `URL_INVALID`; NodeError with the node's code; the signal's reason when it ends the asking
 * @example
 * const { band, score, reasons, attestation } = await attestations.requestAttestation(nodes, site, terms, { timeoutMs: 5_000 });
 * if (band !== "Allow") console.log(score, reasons.map((reason) => reason.sentence));
 */
export async function requestAttestation(
  nodes: string | readonly string[],
  site: EscrowSite,
  terms: Terms,
  options: AttestationOptions = {},
): Promise<AttestedPayment> {
  checkTerms(terms);
  const id = paymentId(terms, site);
  const body = JSON.stringify({ id, terms }, (_key, value: unknown) => {
    return typeof value === "bigint" ? value.toString() : value;
  });
  const question = { id, chainId: site.chainId, body, options };
  const urls = (typeof nodes === "string" ? [nodes] : nodes).map(checkUrl);
  if (urls.length === 0) throw new SluiceError("URL_INVALID", "nodes: none is named", "nodes");
  const deadline = AbortSignal.timeout(options.timeoutMs ?? defaults.timeoutMs);
  const signal = AbortSignal.any(options.signal === undefined ? [deadline] : [deadline, options.signal]);
  const failed = new Map<string, Failed>();
  const open = (): string[] => urls.filter((url) => failed.get(url)?.failure.retriable ?? true);
  for (let round = 1; ; round += 1) {
    for (const url of open()) {
      const outcome = await askNode(url, question, signal);
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

async function askNode(url: string, question: Question, signal: AbortSignal): Promise<Outcome> {
  const { id, chainId, body, options } = question;
  try {
    const limit = AbortSignal.timeout(options.requestTimeoutMs ?? defaults.requestTimeoutMs);
    const response = await fetch(`${url}/v1/attestations`, {
      method: "POST",
      headers: { ...options.headers, "content-type": "application/json" },
      body,
      signal: AbortSignal.any([signal, limit]),
    });
    const answer = parsed(await response.text());
    if (!response.ok) return refusal(url, response.status, answer);
    return checked(url, response.status, () => checkAnswer(answer, url, id, chainId, options));
  } catch (cause) {
    return failure("NODE_UNREACHABLE", { url, message: messageOf(cause), retriable: true }, cause);
  }
}

function checked(url: string, status: number, check: () => AttestedPayment): Outcome {
  try {
    return { answer: check() };
  } catch (cause) {
    return failure("NODE_ANSWER_INVALID", { url, status, message: messageOf(cause), retriable: false }, cause);
  }
}
