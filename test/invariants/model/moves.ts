import { add, deliver, move } from "./book.ts";
import { ALLOW, asOfFor, decide, NONE, ruleAt, signatureProblem, type Attested } from "./gate.ts";
import {
  amountProblem,
  captureProblem,
  evaluate,
  isSeller,
  postProblem,
  storeVerdict,
  take,
  valueOf,
  windowOf,
  type Model,
  type Outcome,
  type Payment,
  type Payout,
} from "./payments.ts";

export type Capture = { amount: bigint; feeBps: number; payout: Payout; attested: Attested | undefined };

export function capture(model: Model, actor: string, payment: Payment, asked: Capture): Outcome {
  const { amount, feeBps, payout } = asked;
  const attested = payment.band === NONE ? asked.attested : undefined;
  const problem = captureProblem(model, actor, payment, amount, feeBps, attested !== undefined);
  if (problem !== undefined) return problem;
  let protocolBps = payment.feeBps;
  if (attested !== undefined) {
    const verdict = evaluate(model, payment, attested);
    if (typeof verdict === "string") return verdict;
    if (verdict.band !== ALLOW) return "NotAllowed";
    protocolBps = verdict.feeBps;
  }
  take(model, payment, amount, feeBps, protocolBps, payout);
  return undefined;
}

export type Item = { payment: Payment; amount: bigint; feeBps: number; attested: Attested | undefined };

function awaitsBand(model: Model, { band, timed, silentAt }: Payment): boolean {
  return band === NONE && (!timed || model.now < silentAt);
}

type Answer = { feeBps: number; problem: Outcome };

/** What the gate says about one payment of an attested batch; a string fails all of them. */
function batchAnswer(model: Model, item: Item, epoch: number): Answer | string {
  const { payment, attested } = item;
  const refused = (problem: string): Answer => ({ feeBps: 0, problem });
  if (payment.block >= model.block) return refused("AsOfNotPast");
  const rule = ruleAt(model.gate, payment.block);
  if (rule === undefined || attested === undefined) return "EpochIsRevoked";
  if (rule.epoch !== epoch) return refused("WrongEpoch");
  if (attested.asOf !== asOfFor(rule, payment.block, model.block)) return refused("WrongAsOf");
  if (attested.making === "otherHash") return refused("WrongAsOfHash");
  const value = valueOf(model, payment.terms);
  const { band, feeBps } = decide(rule, value, attested.score, attested.asOf !== payment.block);
  return { feeBps, problem: band === ALLOW ? undefined : "NotAllowed" };
}

function batchAnswers(model: Model, items: readonly Item[]): (Answer | undefined)[] | string {
  const awaiting = items.map(({ payment }) => payment.block !== 0 && awaitsBand(model, payment));
  const first = items[awaiting.indexOf(true)];
  if (first === undefined) return items.map(() => undefined);
  const rule = ruleAt(model.gate, first.payment.block);
  if (rule === undefined) return "EpochIsRevoked";
  const problem = first.attested && signatureProblem({ ...first.attested, making: signedAs(items) });
  if (problem === "NotASigner") return problem;
  const answers: (Answer | undefined)[] = [];
  for (const [index, item] of items.entries()) {
    const answer = awaiting[index] ? batchAnswer(model, item, rule.epoch) : undefined;
    if (typeof answer === "string") return answer;
    answers.push(answer && problem !== undefined && whole(answer) ? { feeBps: 0, problem } : answer);
  }
  return answers;
}

/** A missing signature is noticed only where nothing else was wrong before. */
function whole({ problem }: Answer): boolean {
  return problem === undefined || problem === "NotAllowed";
}

/** A batch is signed once: by strangers or by too few where its first item says so. */
function signedAs(items: readonly Item[]) {
  return items[0]?.attested?.making ?? "good";
}

/** Captures what can be captured; the errors of the rest are pushed to `skipped`. */
export function captureMany(model: Model, actor: string, items: readonly Item[], skipped: string[]): Outcome {
  const attested = items[0]?.attested !== undefined;
  const answers = attested ? batchAnswers(model, items) : items.map(() => undefined);
  if (typeof answers === "string") return answers;
  for (const [index, { payment, amount, feeBps }] of items.entries()) {
    const judged = attested && awaitsBand(model, payment);
    const problem =
      captureProblem(model, actor, payment, amount, feeBps, judged) ?? (judged ? answers[index]?.problem : undefined);
    if (problem !== undefined) skipped.push(problem);
    else take(model, payment, amount, feeBps, judged ? (answers[index]?.feeBps ?? 0) : payment.feeBps, 0);
  }
  return undefined;
}

export function voidPart(model: Model, actor: string, payment: Payment, amount: bigint): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  if (!isSeller(actor, payment.terms)) return "NotOperatorOrPayee";
  const problem = amountProblem(amount, payment.capturable);
  if (problem !== undefined) return problem;
  if (payment.ruleBy !== 0) return "InDispute";
  payment.capturable -= amount;
  deliver(model.book, payment.terms.token, payment.terms.payer, amount);
  return undefined;
}

/** @param coins Native coin that came with the call, from `sender`. */
export function refund(
  model: Model,
  actor: string,
  payment: Payment,
  amount: bigint,
  coins: bigint,
  sender: string,
): Outcome {
  const { terms } = payment;
  if (payment.block === 0) return "PaymentUnknown";
  if (!isSeller(actor, terms)) return "NotOperatorOrPayee";
  const problem = amountProblem(amount, payment.refundable);
  if (problem !== undefined) return problem;
  if (model.now >= terms.refundBy) return "RefundWindowClosed";
  const isCoin = model.book.tokens.get(terms.token)?.kind === "Coin";
  if (coins !== (isCoin ? amount : 0n)) return "AmountReceived";
  if (isCoin) {
    add(model.book.held, terms.token, sender, -amount);
    add(model.book.held, terms.token, model.book.escrow, amount);
    deliver(model.book, terms.token, terms.payer, amount);
  } else if (!move(model.book, terms.token, actor, terms.payer, amount)) return "TransferFailed";
  payment.refundable -= amount;
  return undefined;
}

export function reclaim(model: Model, payment: Payment): Outcome {
  if (payment.block === 0) return "PaymentUnknown";
  if (payment.capturable === 0n) return "AmountZero";
  const { closesAt, ruleBy } = windowOf(payment);
  if (ruleBy !== 0) return "InDispute";
  if (model.now < closesAt) return "ReclaimTooEarly";
  deliver(model.book, payment.terms.token, payment.terms.payer, payment.capturable);
  payment.capturable = 0n;
  return undefined;
}

export function post(model: Model, payment: Payment, attested: Attested): Outcome {
  const problem = postProblem(model, payment);
  if (problem !== undefined) return problem;
  const verdict = evaluate(model, payment, attested);
  if (typeof verdict === "string") return verdict;
  if (payment.band !== NONE && (!verdict.refreshed || verdict.band === ALLOW)) return "AlreadyScreened";
  storeVerdict(model, payment, verdict);
  return undefined;
}
