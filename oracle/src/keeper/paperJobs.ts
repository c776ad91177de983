import { BAND } from "../model/bands.ts";
import { isPostable, NO_BAND, type PaymentView } from "./paymentView.ts";
import { act, over, wait, type Step } from "./steps.ts";

/** An order of the operator or the payee, as the contract takes it, with its signature. */
export interface GivenOrder {
  readonly action: number;
  readonly amount: bigint;
  readonly feeBps: bigint;
  readonly reasonCode: bigint;
  readonly capturable: bigint;
  readonly refundable: bigint;
  readonly deadline: bigint;
  readonly signature: string;
}

/** How payer and payee agreed to part what is in escrow. */
export interface GivenSettlement {
  readonly toPayee: bigint;
  readonly toPayer: bigint;
  readonly capturable: bigint;
  readonly deadline: bigint;
  readonly payerSignature: string;
  readonly payeeSignature: string;
}

/** What an order's capture needs beside the order. */
export const NEEDS_ATTESTATION = "attestation";

const FIRST_NON_CAPTURE = 3;

function stateOf(view: PaymentView, paper: { capturable: bigint; deadline: bigint }, now: number): Step | undefined {
  if (BigInt(now) >= paper.deadline) return over("its deadline has passed");
  if (view.capturable !== paper.capturable) return over("it was signed for another state");
  return undefined;
}

/**
 * Carries out an order: a void or a refund at once, a capture when the band lets it. Where no band is posted the capture takes a
 * quorum's attestation with it; its argument is then `NEEDS_ATTESTATION`, for whoever can get one.
 */
export function nextOrder(view: PaymentView, now: number, given: GivenOrder): Step {
  const ended = stateOf(view, given, now);
  if (ended !== undefined) return ended;
  if (view.refundable !== given.refundable) return over("it was signed for another state");
  const { signature, ...order } = given;
  if (order.action >= FIRST_NON_CAPTURE) return act("execute", order, signature, "0x");
  if (view.ruleBy !== 0) return wait();
  if (view.band === BAND.block) return wait();
  if (view.band === NO_BAND && !view.requested) {
    return isPostable(view, now) ? act("execute", order, signature, NEEDS_ATTESTATION) : over("its time is over");
  }
  if (now >= view.closesAt) return over("the payee's time is over");
  const from = view.band === NO_BAND ? Math.max(view.opensAt, view.silentAt) : view.opensAt;
  return now < from ? wait(from) : act("execute", order, signature, "0x");
}

/** Carries out what payer and payee both signed. */
export function nextSettlement(view: PaymentView, now: number, given: GivenSettlement): Step {
  const ended = stateOf(view, given, now);
  if (ended !== undefined) return ended;
  const { toPayee, toPayer, deadline, payerSignature, payeeSignature } = given;
  return act("settle", toPayee, toPayer, deadline, payerSignature, payeeSignature);
}
