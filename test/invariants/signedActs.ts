import { packOrder, reviewTypes, settlementTypes, escrowDomain, payments } from "@sluice/sdk";
import { Interface, ZeroAddress } from "ethers";

import { feeFor, part, type Act } from "./acts.ts";
import * as cases from "./model/cases.ts";
import { ALLOW, BLOCK, chargeAsOf, HOLD, NONE, ruleAt, vote, type Band } from "./model/gate.ts";
import * as moves from "./model/moves.ts";
import type { Outcome, Payment, Payout } from "./model/payments.ts";
import { authorizeMany, charge, WAYS, type Bringing, type Way } from "./model/ways.ts";
import { attestation, attestAs, call, drawRule, drawTerms, isPuppet, signerOf, unborn, type Planned, type World } from "./world.ts"; // prettier-ignore

const gateAbi = new Interface([
  "function setPolicy((uint16 holdAt,uint16 blockAt,uint8 protocolFeeBps,uint8 refreshLog2,uint24 holdDelay,uint24 grace,uint24 appealDelay,uint24 silenceDelay,uint48 silenceCap,uint48 chargeCap,uint48 channelCap,uint16 stride,uint16 auditShare) policy,address epoch)",
  "function revokeEpoch(address)",
  "function setReviewer(address,bool)",
]);

function domainOf({ stage }: World) {
  return { ...escrowDomain, chainId: stage.site.chainId, verifyingContract: stage.escrow };
}

const execute: Act = async (world, payment) => {
  const { random, model, stage } = world;
  const { terms } = payment;
  const signer = random.below(15) === 0 ? stage.people.stranger : random.pick([terms.operator, terms.payee]);
  const action = random.pick(["Capture", "CapturePushed", "CaptureCredited", "Void", "Refund"] as const);
  const isRefund = action === "Refund";
  const amount = part(world, isRefund ? payment.refundable : payment.capturable);
  const feeBps = isRefund || action === "Void" ? 0 : feeFor(world, signer, payment);
  const outdated = random.below(15) === 0 ? 1n : 0n;
  const deadline = model.now + random.below(3);
  const state = { capturable: payment.capturable + outdated, refundable: payment.refundable };
  const order = { action, amount, feeBps, reasonCode: 0, ...state, deadline };
  const signature = await payments.signOrder(signerOf(world, signer), stage.site, terms, order);
  const carried = payment.band === NONE && !isRefund && action !== "Void" ? await attestation(world, payment) : undefined; // prettier-ignore
  const coins = random.below(30) === 0 ? 1n : isRefund && terms.token === ZeroAddress ? amount : 0n;
  const { stranger } = stage.people;
  const values = [payment.packed, packOrder(order), signature, carried?.bytes ?? "0x"];
  const step = call(world, stranger, "execute", values, coins);
  const expected = ((): Outcome => {
    if (payment.block === 0) return "PaymentUnknown";
    if (model.now >= deadline) return "DeadlinePassed";
    if (outdated !== 0n) return "OrderOutdated";
    if (signer === stranger) return "OrderSignatureInvalid";
    if (isRefund) return moves.refund(model, signer, payment, amount, coins, stranger);
    if (coins !== 0n) return "ValueUnexpected";
    if (action === "Void") return moves.voidPart(model, signer, payment, amount);
    const payout = ["Capture", "CapturePushed", "CaptureCredited"].indexOf(action) as Payout; // one of the three
    return moves.capture(model, signer, payment, { amount, feeBps, payout, attested: carried?.attested });
  })();
  return { step, expected };
};

const settle: Act = async (world, payment) => {
  const { random, model, stage } = world;
  const { terms, capturable } = payment;
  const all = random.below(2) === 0;
  const toPayee = part(world, capturable / 2n);
  const toPayer = all && toPayee <= capturable ? capturable - toPayee : part(world, capturable / 3n);
  const deadline = model.now + random.below(6);
  const signed = random.below(8) !== 0;
  const types = { Settlement: [...settlementTypes.Settlement] };
  const message = { payment: payment.id, toPayee, toPayer, capturable: capturable + (signed ? 0n : 1n), deadline };
  const sign = (who: string) => signerOf(world, who).signTypedData(domainOf(world), types, message);
  const signatures = [await sign(terms.payer), await sign(terms.payee)];
  const values = [payment.packed, toPayee, toPayer, deadline, ...signatures];
  const step = call(world, stage.people.stranger, "settle", values);
  return { step, expected: cases.settle(model, payment, { toPayee, toPayer, deadline, signed }) };
};

const review: Act = async (world, payment) => {
  const { random, model, stage } = world;
  const { people } = stage;
  const reviewer = random.pick([people.reviewer, people.arbiter, people.reviewer, people.stranger]);
  const milder: Band = payment.band === BLOCK ? HOLD : ALLOW;
  const toBand: Band = random.below(8) === 0 ? random.pick([NONE, ALLOW, HOLD, BLOCK]) : milder;
  const deadline = model.now + random.below(6);
  const signed = random.below(10) !== 0;
  const message = { subject: payment.id, fromBand: payment.band, toBand, reasonCode: signed ? 3 : 4, deadline };
  const types = { Review: [...reviewTypes.Review] };
  const signature = await signerOf(world, reviewer).signTypedData(domainOf(world), types, message);
  const step = call(world, people.payee, "review", [payment.packed, toBand, 3, deadline, reviewer, signature]);
  return { step, expected: cases.review(model, payment, { reviewer, toBand, deadline, signed }) };
};

const NAMES: Partial<Record<string, string>> = { Erc3009: "Local Token", Permit: "Permit Token" };

/** Ways that make sense for the payer and token, and now and then one that does not. */
function drawWay({ random, stage, model }: World, payer: string, token: string): Way {
  const kind = model.book.tokens.get(token)?.kind;
  if (kind === "Permit" && payer === stage.people.keyPayer) return random.pick(["Eip2612", "Permit2"]); // one uses up the allowance
  if (random.below(25) === 0) return random.pick(WAYS.filter((way) => way !== "Erc3009" && way !== "Eip2612"));
  if (kind === "Coin") return "Native";
  const ways: Way[] = ["Allowance", "Allowance", "Permit2", "Plugin"];
  return random.pick(kind === "Erc3009" ? [...ways, "Erc3009", "Erc3009"] : ways);
}

type Brought = Bringing & { signature: string };

/** Who calls, with which signature and how many coins, to bring the money of these payments. */
async function bring(world: World, group: readonly Payment[], single: boolean, caller?: string): Promise<Brought> {
  const { random, stage, model } = world;
  const list = group.map(({ terms }) => terms);
  const [first] = list;
  if (first === undefined) throw new Error("a batch of no payments");
  const due = single ? first : list;
  const { payer, token } = first;
  const way = drawWay(world, payer, token);
  const self = caller === undefined && isPuppet(world, payer) && random.below(3) === 0;
  const sender = caller ?? (self ? payer : stage.people.stranger);
  const forged = random.below(20) === 0;
  const signer = signerOf(world, forged ? stage.people.reviewer : payer);
  const named = { tokenName: NAMES[model.book.tokens.get(token)?.kind ?? ""] ?? "", tokenVersion: "1" };
  const consents = !forged || (sender === payer && (way === "Allowance" || way === "Native" || way === "Plugin"));
  const sum = list.reduce((total, { amount }) => total + amount, 0n);
  const coins = random.below(30) === 0 ? 1n : way === "Native" ? sum : 0n;
  const { site } = stage;
  const sign = async (): Promise<string> => {
    if (way === "Erc3009") return payments.signAuthorization(signer, site, due, named);
    if (way === "Permit2") return payments.signPermit2(signer, site, due, (world.nonce += 1n));
    if (way === "Plugin")
      return payments.signCollectorCall(signer, site, due, { collector: stage.collector, data: "0x" });
    if (way !== "Eip2612") return payments.signTerms(signer, site, due);
    return payments.signPermit(signer, site, due, { ...named, nonce: world.permits.get(payer) ?? 0n });
  };
  return { way, sender, coins, consents, signature: await sign() };
}

/** A permit counts up its owner's nonce, unless the whole call was refused. */
function spendPermit(world: World, { way }: Bringing, payment: Payment, expected: Outcome): void {
  const { payer } = payment.terms;
  if (way === "Eip2612" && expected === undefined) world.permits.set(payer, (world.permits.get(payer) ?? 0n) + 1n);
}

/** One payment, or up to three of one payer and token; sometimes again what exists. */
export async function authorize(world: World): Promise<Planned> {
  const { random, model, payments: all } = world;
  const known = all.length > 0 && random.below(15) === 0 ? [random.pick(all)] : [];
  const drawn = known[0] ?? unborn(world, drawTerms(world));
  const group = [drawn];
  if (known.length === 0) all.push(drawn);
  const single = random.below(4) !== 0;
  while (!single && group.length < 3) {
    const { payer, token } = drawn.terms;
    const next = unborn(world, { ...drawTerms(world), payer, token, amount: drawn.terms.amount + 1n });
    all.push(next);
    group.push(next);
  }
  const brought = await bring(world, group, single);
  const expected = authorizeMany(model, group, brought);
  spendPermit(world, brought, drawn, expected);
  const way = WAYS.indexOf(brought.way);
  const terms = single ? drawn.packed : group.map(({ packed }) => packed);
  const name = single ? "authorize" : "authorizeMany";
  return { step: call(world, brought.sender, name, [terms, way, brought.signature], brought.coins), expected };
}

export async function chargeSome(world: World): Promise<Planned> {
  const { model, stage } = world;
  const payment = unborn(world, drawTerms(world));
  world.payments.push(payment);
  const { operator, payee } = payment.terms;
  const seller = [operator, payee].find((one) => isPuppet(world, one)) ?? stage.people.stranger;
  const rule = ruleAt(model.gate, model.block);
  const feeBps = feeFor(world, seller, payment);
  const brought = await bring(world, [payment], true, seller);
  const { attested, bytes } = await attestAs(world, payment.id, chargeAsOf(rule ?? drawRule(world), model.block), rule ?? drawRule(world)); // prettier-ignore
  const expected = charge(model, seller, payment, feeBps, attested, brought);
  spendPermit(world, brought, payment, expected);
  const values = [payment.packed, WAYS.indexOf(brought.way), brought.signature, feeBps, bytes];
  return { step: call(world, seller, "charge", values, brought.coins), expected };
}

/** A vote: mostly a new policy, now and then the end of an epoch, or a reviewer. */
const governor: Act = async (world) => {
  const { random, model, stage } = world;
  const { people, epochs, gate } = stage;
  const one = (data: string): Planned => ({ step: { actor: people.governor, target: gate, value: 0n, data }, expected: undefined }); // prettier-ignore
  const dice = random.below(12);
  if (dice === 0) {
    const used = random.pick(model.gate.rules).epoch;
    model.gate.revoked.add(used);
    return one(gateAbi.encodeFunctionData("revokeEpoch", [epochs[used]]));
  }
  if (dice < 4) {
    model.gate.reviewers.add(people.reviewer);
    return one(gateAbi.encodeFunctionData("setReviewer", [people.reviewer, true]));
  }
  const rule = drawRule(world);
  vote(model.gate, rule);
  return one(gateAbi.encodeFunctionData("setPolicy", [rule, epochs[rule.epoch]]));
};

export const SIGNED_ACTS: [string, number, Act][] = [
  ["execute", 5, execute],
  ["settle", 2, settle],
  ["review", 3, review],
  ["govern", 1, governor],
];
