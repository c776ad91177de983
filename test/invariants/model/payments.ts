import type { PackedTerms, Terms } from "@sluice/sdk";
import { ZeroAddress } from "ethers";

import { add, deliver, type Book } from "./book.ts";
import { ALLOW, BLOCK, HOLD, judge, NONE, storedAt, type Attested, type Band, type Gate, type Value, type Verdict } from "./gate.ts"; // prettier-ignore

const DAY = 86_400;
export const MAX_SILENCE = 7 * DAY;
export const MAX_GRACE = 7 * DAY;
export const MAX_APPEAL = 14 * DAY;

/** A payment as the model keeps it. */
export type Payment = {
  terms: Terms;
  packed: PackedTerms;
  id: string;
  /** 0 until it is authorized. */
  block: number;
  capturable: bigint;
  refundable: bigint;
  score: number;
  band: Band;
  requested: boolean;
  feeBps: number;
  timed: boolean;
  silentAt: number;
  opensAt: number;
  closesAt: number;
  ruleBy: number;
  byPayee: boolean;
  reviewed: boolean;
};

/** Where and when a call runs. */
export type Model = { book: Book; gate: Gate; now: number; block: number; tier: number };

/** The error of a refused call, or nothing. */
export type Outcome = string | undefined;

export function valueOf(model: Model, terms: Terms): Value {
  const listed = model.book.tokens.get(terms.token)?.listed ?? false;
  return { micro: listed ? terms.amount / 10n ** 12n : 0n, listed };
}

export function feesOf(model: Model, terms: Terms, amount: bigint, feeBps: number, protocolBps: number) {
  const operator = (amount * BigInt(feeBps)) / 10_000n;
  const quarters = terms.feeTier === "Nobody" ? 4 : 4 - model.tier;
  const protocol = (amount * BigInt(protocolBps) * BigInt(quarters)) / 40_000n;
  return { operator, protocol, net: amount - operator - protocol };
}

export function keepFees(model: Model, terms: Terms, operator: bigint, protocol: bigint): void {
  const account = terms.feeReceiver === ZeroAddress ? terms.payee : terms.feeReceiver;
  add(model.book.credit, terms.token, account, operator);
  add(model.book.protocol, terms.token, account, protocol);
}

export function windowOf(payment: Payment): { opensAt: number; closesAt: number; ruleBy: number } {
  if (!payment.timed) return { opensAt: 0, closesAt: payment.terms.captureBy, ruleBy: 0 };
  return payment;
}

export function answerBy(payment: Payment): number {
  return payment.requested ? payment.silentAt : payment.terms.captureBy;
}

export function amountProblem(amount: bigint, available: bigint): Outcome {
  if (amount === 0n) return "AmountZero";
  return amount > available ? "AmountTooLarge" : undefined;
}

export function isSeller(actor: string, terms: Terms): boolean {
  return actor === terms.operator || actor === terms.payee;
}

export function feeProblem(actor: string, terms: Terms, feeBps: number): Outcome {
  if (!isSeller(actor, terms)) return "NotOperatorOrPayee";
  const lowest = actor === terms.operator ? terms.minFeeBps : terms.maxFeeBps;
  return feeBps < lowest || feeBps > terms.maxFeeBps ? "FeeOutOfRange" : undefined;
}

export type Payout = 0 | 1 | 2;

export function captureProblem(
  model: Model,
  actor: string,
  payment: Payment,
  amount: bigint,
  feeBps: number,
  attested: boolean,
): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  const problem = feeProblem(actor, payment.terms, feeBps) ?? amountProblem(amount, payment.capturable);
  if (problem !== undefined) return problem;
  if (!payment.timed && !attested && payment.band === NONE) return "NotScreened";
  const { opensAt, closesAt, ruleBy } = attested
    ? { opensAt: 0, closesAt: answerBy(payment), ruleBy: 0 }
    : windowOf(payment);
  if (ruleBy !== 0) return "InDispute";
  return model.now < opensAt || model.now >= closesAt ? "CaptureWindow" : undefined;
}

/** Money of a capture that was found to be possible. */
export function take(
  model: Model,
  payment: Payment,
  amount: bigint,
  feeBps: number,
  protocolBps: number,
  payout: Payout,
): void {
  const { terms } = payment;
  const { operator, protocol, net } = feesOf(model, terms, amount, feeBps, protocolBps);
  payment.capturable -= amount;
  payment.refundable += amount;
  keepFees(model, terms, payout === 1 ? 0n : operator, protocol);
  if (payout === 2) return add(model.book.credit, terms.token, terms.payee, net);
  deliver(model.book, terms.token, terms.payee, net);
  if (payout === 1) deliver(model.book, terms.token, terms.feeReceiver, operator);
}

export function evaluate(model: Model, payment: Payment, attested: Attested): Verdict | string {
  return judge(model.gate, valueOf(model, payment.terms), payment.block, model.block, attested);
}

/** The window that a verdict opens; it never ends earlier than the one the payee had. */
function judgedWindow(model: Model, payment: Payment, verdict: Verdict): { opensAt: number; closesAt: number } {
  const { terms } = payment;
  const { rule } = verdict;
  if (verdict.band === BLOCK) {
    const ends = model.now + (terms.arbiter === ZeroAddress ? 0 : Math.min(rule.appealDelay, MAX_APPEAL));
    return { opensAt: ends, closesAt: ends };
  }
  const had = payment.band === ALLOW ? windowOf(payment).closesAt : terms.captureBy;
  if (verdict.band === HOLD) {
    const opensAt = model.now + Math.min(rule.holdDelay, terms.maxHold);
    return { opensAt, closesAt: Math.max(had, opensAt + Math.min(rule.grace, MAX_GRACE)) };
  }
  if (!payment.requested) return { opensAt: model.now, closesAt: had };
  const { grace } = storedAt(model.gate, payment.block);
  return { opensAt: model.now, closesAt: Math.max(had, model.now + Math.min(grace, MAX_GRACE)) };
}

export function storeVerdict(model: Model, payment: Payment, verdict: Verdict): void {
  if (verdict.band !== ALLOW || payment.timed) {
    Object.assign(payment, judgedWindow(model, payment, verdict), { timed: true });
  }
  if (payment.band === NONE) payment.feeBps = verdict.feeBps;
  payment.score = verdict.score;
  payment.band = verdict.band;
}

export function postProblem(model: Model, payment: Payment): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  if (payment.capturable === 0n) return "AmountZero";
  if (payment.band > ALLOW || payment.reviewed) return "AlreadyScreened";
  const closesAt = payment.band === NONE ? answerBy(payment) : windowOf(payment).closesAt;
  return model.now >= closesAt ? "ScreeningClosed" : undefined;
}
