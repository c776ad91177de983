import type { AuthorizedPayment, CapturedAmount } from "./events.ts";
import type { Referrer } from "./referrals.ts";
import { NOTHING, type Share } from "./share.ts";

/** Why a payment that names a referral earns nothing, or nothing yet. */
export const REASONS = {
  REFERRAL_UNKNOWN: "nobody held the referral when the payment was authorized",
  SELF_REFERRAL: "the payer refers himself, or holds the code",
  PARTY_REFERRAL: "the referrer is payee, operator, arbiter or fee receiver of the payment",
  SAME_PAYOUT: "payer or payee and the referrer are paid at one address",
  REFERRAL_RING: "the payer refers the referrer, directly or over others",
  CIRCULAR: "the money comes back to the payer",
  LISTED: "payer, payee or referrer stands on the list of sanctioned or reported accounts",
  FRAUD: "the payment is confirmed as fraud, or was refunded as such",
  NOT_CAPTURED: "nothing was captured",
  NO_FEE: "the protocol had no part of the fee",
  REFUNDED: "all that was captured was refunded",
  IMMATURE: "the dispute window is still open",
  NO_TIER: "the referrer's volume and quality reach no tier",
} as const;
export type Reason = keyof typeof REASONS;

/** Why a payment is left out for good or for as long as the reason holds; the other reasons are about its state. */
export type Exclusion = Exclude<Reason, "NOT_CAPTURED" | "NO_FEE" | "REFUNDED" | "IMMATURE" | "NO_TIER">;

interface Timed {
  readonly amount: bigint;
  readonly time: number;
}

/** A payment that names a referral, with what became of it so far. */
export interface Referred {
  readonly terms: AuthorizedPayment;
  /** Who held the referral when the payment was authorized. */
  readonly owner: string | undefined;
  readonly payout: string | undefined;
  /** The registered code that names him, undefined where there is none. */
  readonly code: string | undefined;
  readonly captures: CapturedAmount[];
  readonly refunds: Timed[];
  readonly rulings: Timed[];
  refundedAsFraud: boolean;
  /** Given away when the net fee was highest: what is given away never counts from more than the fee ever was. */
  best: Share;
  /** Given away as of the last period. */
  share: Share;
  /** Who gets the rebate, from the first period in which there was one. */
  rebateReceiver: string | undefined;
  /** Seen circular once: what comes later is not looked at any more. */
  circular: boolean;
  /** Why it earns nothing as of the last period, undefined where it earns. */
  reason: Reason | undefined;
}

export function referred(terms: AuthorizedPayment, referrer: Referrer | undefined): Referred {
  const { owner, payout, code } = referrer ?? {};
  const flows = { captures: [], refunds: [], rulings: [], refundedAsFraud: false };
  const given = { best: NOTHING, share: NOTHING, rebateReceiver: undefined };
  return { terms, owner, payout, code, ...flows, ...given, circular: false, reason: undefined };
}

function sum(amounts: readonly Timed[]): bigint {
  let total = 0n;
  for (const { amount } of amounts) total += amount;
  return total;
}

/** What counts of a payment at a moment. */
export interface Net {
  readonly captured: bigint;
  /** Captured at least the dispute window ago. */
  readonly matured: bigint;
  /** Matured less everything that was refunded. */
  readonly amount: bigint;
  /** The part of the matured protocol fee that belongs to it, rounded down. */
  readonly fee: bigint;
  readonly protocolFee: bigint;
}

/**
 * Amount and protocol fee that a commission may be taken from. A refund counts at once and against what has matured first, so
 * money that may still go back has earned nothing.
 */
export function netOf({ captures, refunds }: Referred, time: number, holdSeconds: number): Net {
  let [captured, matured, maturedFee, protocolFee] = [0n, 0n, 0n, 0n];
  for (const capture of captures) {
    captured += capture.amount;
    protocolFee += capture.protocolFee;
    if (capture.time + holdSeconds > time) continue;
    matured += capture.amount;
    maturedFee += capture.protocolFee;
  }
  const refunded = sum(refunds);
  const amount = matured > refunded ? matured - refunded : 0n;
  const fee = matured === 0n ? 0n : (maturedFee * amount) / matured;
  return { captured, matured, amount, fee, protocolFee };
}

/** What a payment adds to its referrer's volume and quality: captured, and refunded or ruled back, in (from, to]. */
export function flowsIn(payment: Referred, from: number, to: number): { gross: bigint; bad: bigint } {
  const within = (amounts: readonly Timed[]): bigint => sum(amounts.filter(({ time }) => time > from && time <= to));
  return { gross: within(payment.captures), bad: within(payment.refunds) + within(payment.rulings) };
}
