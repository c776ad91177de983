import { computeHmac, toUtf8Bytes, toUtf8String } from "ethers";

import { SluiceError } from "./failure.ts";
import type { NodeEvent } from "./oracleEvents.ts";

/** A delivery as it came over HTTP. */
export type SignedWebhook = {
  /** The body exactly as it came, before any parsing. */
  body: string | Uint8Array;
  /** The `Sluice-Signature` header. */
  signature: string | undefined;
  /** What `createWebhook` answered. */
  secret: string;
};

export type WebhookOptions = {
  /** How far the sender's clock may be away, in seconds; 300 when absent. */
  toleranceSeconds?: number;
  /** Seconds since the Unix epoch; the system's clock when absent. */
  now?: () => number;
};

/** An event with the chain and escrow it is about. */
export type WebhookEvent = NodeEvent & { chainId: number; escrow: string };

const defaultTolerance = 300;
const header = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/**
 * Checks a webhook's signature and age, and answers the event.
 * Whoever has the body of a delivery can send it again within the tolerance: use `webhookVerifier`, or remember `seq`.
 *
 * @throws SluiceError `WEBHOOK_INVALID` for a signature that is not the sender's, `WEBHOOK_STALE` for one that is too old
 * @example
 * app.post("/sluice", express.raw({ type: () => true }), (request, response) => {
 *   const event = verifyWebhook({ body: request.body, signature: request.get("sluice-signature"), secret });
 *   response.sendStatus(204);
 * });
 */
export function verifyWebhook({ body, signature, secret }: SignedWebhook, options: WebhookOptions = {}): WebhookEvent {
  const [, time, mac] = header.exec(signature ?? "") ?? [];
  if (time === undefined || mac === undefined) {
    throw new SluiceError("WEBHOOK_INVALID", "signature: is no Sluice-Signature header", "signature");
  }
  const text = typeof body === "string" ? body : toUtf8String(body);
  const expected = computeHmac("sha256", toUtf8Bytes(secret), toUtf8Bytes(`${time}.${text}`)).slice(2);
  if (!same(expected, mac)) {
    throw new SluiceError("WEBHOOK_INVALID", "signature: is not of this body and secret", "signature");
  }
  const now = options.now ?? (() => Math.floor(Date.now() / 1_000));
  const tolerance = options.toleranceSeconds ?? defaultTolerance;
  const age = now() - Number(time);
  if (Math.abs(age) > tolerance) {
    throw new SluiceError("WEBHOOK_STALE", `signed ${age} s ago, at most ${tolerance} are taken`, "signature");
  }
  return JSON.parse(text) as WebhookEvent; // the sender's signature was just checked
}

/**
 * A verifier that takes each delivery once. The node's own repetitions are signed anew and pass.
 *
 * @returns A function like `verifyWebhook`; it throws SluiceError `WEBHOOK_REPLAYED` for what it has seen
 */
export function webhookVerifier(
  secret: string,
  options: WebhookOptions = {},
): (delivery: Omit<SignedWebhook, "secret">) => WebhookEvent {
  const tolerance = options.toleranceSeconds ?? defaultTolerance;
  const now = options.now ?? (() => Math.floor(Date.now() / 1_000));
  const seen = new Map<string, number>();
  return (delivery) => {
    const event = verifyWebhook({ ...delivery, secret }, options);
    // What is older than the tolerance is refused as stale: it need not be remembered.
    for (const [old, at] of seen) if (now() - at > 2 * tolerance) seen.delete(old);
    const signature = delivery.signature ?? "";
    if (seen.has(signature)) throw new SluiceError("WEBHOOK_REPLAYED", "this delivery came before", "signature");
    seen.set(signature, now());
    return event;
  };
}

/** Compares without telling by its time where they differ. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++) difference |= a.charCodeAt(index) ^ b.charCodeAt(index);
  return difference === 0;
}
