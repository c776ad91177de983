import { BAND, band, type Band } from "../model/bands.ts";
import type { Policy } from "./timeline.ts";

/**
 * The gate's verdict. A refresh looks at what happened after the authorization and may delay, never block; an unlisted
 * token or an amount above the last tier is at least held, and so is what an audit drew.
 *
 * @param audited Whether `isAudited` drew the payment.
 */
export function verdict(policy: Policy, score: number, mustHold: boolean, refreshed: boolean, audited: boolean): Band {
  const plain = band(score, policy.holdAt, policy.blockAt);
  const mild = refreshed && plain === BAND.block ? BAND.hold : plain;
  return (mustHold || audited) && mild === BAND.allow ? BAND.hold : mild;
}
