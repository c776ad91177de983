import { BAND } from "../model/bands.ts";
import { isPostable, NO_BAND, type PaymentView } from "./paymentView.ts";
import { act, over, wait, type Step } from "./steps.ts";

/** How `capture` pays: the payee, the operator's fee kept in the ledger. */
const PUSH = 0;

function nothingLeft(view: PaymentView): Step | undefined {
  return view.capturable === 0n ? over("nothing is in escrow") : undefined;
}

/** Gives the payer his money back once the payee's time is over. Anybody may. */
export function nextReclaim(view: PaymentView, now: number): Step {
  const empty = nothingLeft(view);
  if (empty !== undefined) return empty;
  if (view.ruleBy !== 0) return wait();
  return now < view.closesAt ? wait(view.closesAt) : act("reclaim");
}

/** Executes the terms' default split of a dispute that nobody ruled in time. Anybody may. */
export function nextRuling(view: PaymentView, now: number): Step {
  const empty = nothingLeft(view);
  if (empty !== undefined) return empty;
  if (view.ruleBy === 0) return wait();
  return now < view.ruleBy ? wait(view.ruleBy) : act("resolveByDefault");
}

/**
 * Captures what a Hold, a review or silence has opened, where the keeper's own key is the payment's operator or payee: the whole
 * rest, at the highest fee of the terms.
 *
 * @param self The keeper's address, checksummed.
 */
export function nextCapture(view: PaymentView, now: number, self: string): Step {
  const empty = nothingLeft(view);
  if (empty !== undefined) return empty;
  const { terms, band, ruleBy, opensAt, closesAt, requested, silentAt } = view;
  if (self !== terms.operator && self !== terms.payee) return over("the keeper is neither operator nor payee");
  if (band === BAND.block) return wait();
  if (ruleBy !== 0) return wait();
  // An Allow that came by itself is captured by whoever sells, when he has delivered; what had to wait is the keeper's.
  const opened = band === BAND.hold || view.reviewed || (band === NO_BAND && requested);
  if (!opened) return wait();
  if (now >= closesAt) return over("the payee's time is over");
  const from = band === NO_BAND ? Math.max(opensAt, silentAt) : opensAt;
  return now < from ? wait(from) : act("capture", view.capturable, terms.maxFeeBps, PUSH, "0x");
}

/** Turns a posted Allow into a Hold where the policy in force now holds from a lower score. Anybody may. */
export function nextTightening(view: PaymentView, now: number, holdAtNow: number): Step {
  if (view.band !== BAND.allow) return wait();
  if (!isPostable(view, now)) return over("the band stays");
  return view.score >= holdAtNow ? act("tighten", "0x", "0x") : wait();
}
