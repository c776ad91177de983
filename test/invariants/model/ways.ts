import { ZeroAddress } from "ethers";

import { add, deliver, move } from "./book.ts";
import { ALLOW, judgeCharge, type Attested } from "./gate.ts";
import { feeProblem, feesOf, keepFees, valueOf, type Model, type Outcome, type Payment } from "./payments.ts";

/** How money comes in, as the contract counts. */
export const WAYS = ["Allowance", "Erc3009", "Permit2", "Eip2612", "Native", "Plugin"] as const;
export type Way = (typeof WAYS)[number];

/** A call that brings money: who calls with how many coins, and whether the payer signed or calls himself. */
export type Bringing = { way: Way; sender: string; coins: bigint; consents: boolean };

function termsProblem(model: Model, { terms }: Payment): Outcome {
  if (terms.amount === 0n) return "AmountZero";
  if (model.now >= terms.authorizeBy) return "AuthorizationExpired";
  if (terms.authorizeBy > terms.captureBy || terms.captureBy > terms.refundBy) return "DeadlinesOutOfOrder";
  if (terms.minFeeBps > terms.maxFeeBps || terms.maxFeeBps > 9_950) return "FeeRangeInvalid";
  if (terms.maxFeeBps !== 0 && terms.feeReceiver === ZeroAddress) return "FeeReceiverZero";
  const escrow = model.book.escrow;
  const self = [terms.payer, terms.payee, terms.feeReceiver].includes(escrow);
  return self || terms.payee === ZeroAddress ? "PartyInvalid" : undefined;
}

/** What a way in does with the money of one payer, as the error it ends with. */
export function collect(model: Model, payer: string, token: string, sum: bigint, bringing: Bringing): Outcome {
  const { way, coins, consents, sender } = bringing;
  const { book } = model;
  const kind = book.tokens.get(token)?.kind;
  if (way === "Native") {
    if (token !== ZeroAddress) return "NotNative";
    if (!consents) return "PayerSignatureInvalid";
    if (coins !== sum) return "AmountReceived";
    add(book.held, token, sender, -sum);
    add(book.held, token, book.escrow, sum);
    return undefined;
  }
  if (coins !== 0n && way !== "Plugin") return "ValueUnexpected";
  if (way === "Plugin" && !consents) return "PayerSignatureInvalid";
  if (coins !== 0n) return "ValueUnexpected";
  if (kind === "Coin") return "TokenUnreadable";
  // Permit2, tokens and collectors fail in words of their own, which are none of the escrow's business.
  if (!consents) return way === "Erc3009" || way === "Permit2" ? "" : "PayerSignatureInvalid";
  if (kind === "Odd" && book.oddAnswer === "Nothing" && way === "Plugin") return ""; // this one insists on an answer
  if (kind === "Tax") return "AmountReceived";
  const failure = way === "Allowance" || way === "Eip2612" ? "TransferFailed" : "";
  return move(book, token, payer, book.escrow, sum) ? undefined : failure;
}

/** @param payments All of one payer and token. */
export function authorizeMany(model: Model, payments: readonly Payment[], bringing: Bringing): Outcome {
  const first = payments[0];
  if (first === undefined) return "AmountZero";
  const { payer, token } = first.terms;
  const seen = new Set<string>();
  for (const payment of payments) {
    if (payment.block !== 0 || seen.has(payment.id)) return "PaymentExists";
    seen.add(payment.id);
    const problem = termsProblem(model, payment);
    if (problem !== undefined) return problem;
    if (payment.terms.payer !== payer || payment.terms.token !== token) return "BatchMixed";
  }
  const sum = payments.reduce((total, { terms }) => total + terms.amount, 0n);
  const problem = collect(model, payer, token, sum, bringing);
  if (problem !== undefined) return problem;
  for (const payment of payments) Object.assign(payment, { block: model.block, capturable: payment.terms.amount });
  return undefined;
}

export function charge(
  model: Model,
  actor: string,
  payment: Payment,
  feeBps: number,
  attested: Attested,
  bringing: Bringing,
): Outcome {
  const { terms } = payment;
  if (payment.block !== 0) return "PaymentExists";
  const problem = termsProblem(model, payment) ?? feeProblem(actor, terms, feeBps);
  if (problem !== undefined) return problem;
  const verdict = judgeCharge(model.gate, valueOf(model, terms), model.block, attested);
  if (typeof verdict === "string") return verdict;
  if (verdict.band !== ALLOW) return "NotAllowed";
  const refused = collect(model, terms.payer, terms.token, terms.amount, bringing);
  if (refused !== undefined) return refused;
  const { operator, protocol, net } = feesOf(model, terms, terms.amount, feeBps, verdict.feeBps);
  keepFees(model, terms, operator, protocol);
  const judged = { band: ALLOW, score: verdict.score, feeBps: verdict.feeBps } as const;
  Object.assign(payment, { block: model.block, refundable: terms.amount, ...judged });
  deliver(model.book, terms.token, terms.payee, net);
  return undefined;
}
