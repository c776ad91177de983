import { ZeroAddress } from "ethers";

import { add, deliver, move } from "./book.ts";
import { ALLOW, BLOCK, contest, HOLD, NONE, reassess, storedAt, type Attested, type Band } from "./gate.ts";
import {
  amountProblem,
  evaluate,
  feesOf,
  isSeller,
  keepFees,
  MAX_GRACE,
  MAX_SILENCE,
  postProblem,
  storeVerdict,
  valueOf,
  type Model,
  type Outcome,
  type Payment,
} from "./payments.ts";

export function request(model: Model, actor: string, payment: Payment): Outcome {
  const { terms } = payment;
  if (payment.block === 0) return "PaymentUnknown";
  if (actor !== terms.payer && !isSeller(actor, terms)) return "NotOperatorOrPayee";
  if (payment.band !== NONE) return "AlreadyScreened";
  if (payment.requested) return "AlreadyRequested";
  if (payment.capturable === 0n) return "AmountZero";
  if (model.now >= terms.captureBy) return "ScreeningClosed";
  const rule = storedAt(model.gate, payment.block);
  const silentAt = model.now + Math.min(rule.silenceDelay, MAX_SILENCE);
  let [opensAt, closesAt] = [silentAt, silentAt];
  if (terms.silenceRule === "Release") {
    const { micro, listed } = valueOf(model, terms);
    const capped = model.gate.revoked.has(rule.epoch) || !listed || micro > rule.silenceCap;
    if (capped) opensAt += Math.min(rule.holdDelay, terms.maxHold);
    closesAt = Math.max(terms.captureBy, opensAt + Math.min(rule.grace, MAX_GRACE));
  }
  Object.assign(payment, { requested: true, timed: true, silentAt, opensAt, closesAt });
  return undefined;
}

export function dispute(model: Model, actor: string, payment: Payment, coins: bigint): Outcome {
  const { terms } = payment;
  if (payment.block === 0) return "PaymentUnknown";
  if (actor !== terms.payer && actor !== terms.payee) return "NotPayerOrPayee";
  if (terms.arbiter === ZeroAddress) return "NoArbiter";
  if (payment.capturable === 0n) return "AmountZero";
  if (payment.ruleBy !== 0) return "InDispute";
  const from = payment.band === NONE ? payment.silentAt : 0;
  const to = payment.timed && payment.band !== ALLOW ? payment.opensAt : 0;
  if (model.now < from || model.now >= to) return "DisputeWindow";
  const isCoin = model.book.tokens.get(terms.token)?.kind === "Coin";
  if (coins !== (isCoin ? terms.disputeBond : 0n)) return "AmountReceived";
  if (isCoin) {
    add(model.book.held, terms.token, actor, -coins);
    add(model.book.held, terms.token, model.book.escrow, coins);
  } else if (terms.disputeBond > 0n && !move(model.book, terms.token, actor, model.book.escrow, terms.disputeBond)) {
    return "TransferFailed";
  }
  payment.ruleBy = Math.max(model.now + terms.rulingWindow, payment.opensAt);
  payment.byPayee = actor === terms.payee;
  return undefined;
}

function payParts(model: Model, payment: Payment, toPayee: bigint, toPayer: bigint): void {
  const { terms } = payment;
  const { operator, protocol, net } = feesOf(model, terms, toPayee, terms.maxFeeBps, payment.feeBps);
  payment.capturable -= toPayee + toPayer;
  payment.refundable += toPayee;
  keepFees(model, terms, operator, protocol);
  deliver(model.book, terms.token, terms.payee, net);
  deliver(model.book, terms.token, terms.payer, toPayer);
}

function rule(model: Model, payment: Payment, payeeBps: number, bondToPayee: boolean): void {
  const { terms, capturable } = payment;
  const toPayee = (capturable * BigInt(payeeBps)) / 10_000n;
  payParts(model, payment, toPayee, capturable - toPayee);
  deliver(model.book, terms.token, bondToPayee ? terms.payee : terms.payer, terms.disputeBond);
}

function disputedProblem(payment: Payment): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  if (payment.ruleBy === 0) return "NotDisputed";
  return payment.capturable === 0n ? "AmountZero" : undefined;
}

export function resolve(model: Model, actor: string, payment: Payment, payeeBps: number): Outcome {
  const { terms, byPayee } = payment;
  const problem = disputedProblem(payment);
  if (problem !== undefined) return problem;
  if (model.now >= payment.ruleBy) return "RulingClosed";
  if (payeeBps > 10_000) return "SplitOutOfRange";
  const givesIn = (actor === terms.payee && payeeBps === 0) || (actor === terms.payer && payeeBps === 10_000);
  if (actor !== terms.arbiter && !givesIn) return "NotArbiter";
  const openerWins = (byPayee ? payeeBps : 10_000 - payeeBps) >= 5_000;
  rule(model, payment, payeeBps, openerWins === byPayee);
  return undefined;
}

export function resolveByDefault(model: Model, payment: Payment): Outcome {
  const problem = disputedProblem(payment);
  if (problem !== undefined) return problem;
  if (model.now < payment.ruleBy) return "RulingPending";
  rule(model, payment, payment.terms.defaultSplitBps, payment.byPayee);
  return undefined;
}

export type Settlement = { toPayee: bigint; toPayer: bigint; deadline: number; signed: boolean };

export function settle(model: Model, payment: Payment, agreed: Settlement): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  const problem = amountProblem(agreed.toPayee + agreed.toPayer, payment.capturable);
  if (problem !== undefined) return problem;
  if (model.now >= agreed.deadline) return "DeadlinePassed";
  if (!agreed.signed) return "PartySignatureInvalid";
  payParts(model, payment, agreed.toPayee, agreed.toPayer);
  const { terms } = payment;
  if (payment.ruleBy !== 0 && payment.capturable === 0n) {
    deliver(model.book, terms.token, payment.byPayee ? terms.payee : terms.payer, terms.disputeBond);
  }
  return undefined;
}

export type Review = { reviewer: string; toBand: Band; deadline: number; signed: boolean };

export function review(model: Model, payment: Payment, asked: Review): Outcome {
  const { terms } = payment;
  if (payment.block === 0) return "PaymentUnknown";
  const milder = payment.band === BLOCK ? HOLD : ALLOW;
  if (payment.band < HOLD || asked.toBand !== milder) return "NotOneStepMilder";
  if (payment.capturable === 0n) return "AmountZero";
  if (payment.ruleBy !== 0) return "InDispute";
  if (payment.reviewed) return "AlreadyReviewed";
  if (model.now >= payment.closesAt) return "ScreeningClosed";
  const named = asked.reviewer === terms.arbiter || model.gate.reviewers.has(asked.reviewer);
  if (!named || asked.reviewer === ZeroAddress) return "NotReviewer";
  if (model.now >= asked.deadline) return "DeadlinePassed";
  if (!asked.signed) return "PartySignatureInvalid";
  payment.opensAt = model.now;
  if (milder === HOLD) {
    const { holdDelay, grace } = storedAt(model.gate, payment.block);
    payment.opensAt = model.now + Math.min(holdDelay, terms.maxHold);
    payment.closesAt = Math.max(terms.captureBy, payment.opensAt + Math.min(grace, MAX_GRACE));
  }
  Object.assign(payment, { band: milder, reviewed: true });
  return undefined;
}

/** @param differing One signer's facts; nothing asks the current policy. */
export function tighten(
  model: Model,
  payment: Payment,
  attested: Attested | undefined,
  differing: Attested | undefined,
): Outcome {
  const problem = postProblem(model, payment);
  if (problem !== undefined) return problem;
  const after = { ...payment };
  if (after.band === NONE) {
    if (attested === undefined) return "AttestationLength";
    const verdict = evaluate(model, after, attested);
    if (typeof verdict === "string") return verdict;
    if (verdict.band !== ALLOW) return "NotAllowed";
    storeVerdict(model, after, verdict);
  }
  const verdict =
    differing === undefined
      ? reassess(model.gate, after.block, model.block, after.score)
      : contest(model.gate, valueOf(model, after.terms), after.block, model.block, differing);
  if (typeof verdict === "string") return verdict;
  if (verdict.band === ALLOW) return "AlreadyScreened";
  storeVerdict(model, after, verdict);
  Object.assign(payment, after);
  return undefined;
}
