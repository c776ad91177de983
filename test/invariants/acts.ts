import { ZeroAddress } from "ethers";

import { at, sweep } from "./model/book.ts";
import * as cases from "./model/cases.ts";
import { asOfFor, NONE, ruleAt, storedAt } from "./model/gate.ts";
import * as moves from "./model/moves.ts";
import type { Payment, Payout } from "./model/payments.ts";
import { attestMany } from "./signing.ts";
import { attestation, call, drawScore, hashOf, isPuppet, type Planned, type World } from "./world.ts";

export type Act = (world: World, payment: Payment) => Promise<Planned | undefined>;

/** One of these who can call by himself, or a stranger. */
export function caller(world: World, accounts: readonly string[]): string {
  const { stranger } = world.stage.people;
  const able = accounts.filter((one) => isPuppet(world, one));
  return able.length === 0 || world.random.below(15) === 0 ? stranger : world.random.pick(able);
}

/** Something between nothing and more than there is; the whole rather often. */
export function part(world: World, whole: bigint): bigint {
  const { random } = world;
  return random.pick([whole, whole, 1n, whole / 2n + 1n, whole / 2n, whole / 3n, whole + 1n, random.bits(96) % (whole + 1n)]); // prettier-ignore
}

export function feeFor(world: World, actor: string, { terms }: Payment): number {
  const { random } = world;
  if (random.below(20) === 0) return terms.maxFeeBps + 1;
  const span = terms.maxFeeBps - terms.minFeeBps + 1;
  return actor === terms.operator ? terms.minFeeBps + random.below(span) : terms.maxFeeBps;
}

const capture: Act = async (world, payment) => {
  const { random, model } = world;
  const actor = caller(world, [payment.terms.operator, payment.terms.payee]);
  const amount = part(world, payment.capturable);
  const feeBps = feeFor(world, actor, payment);
  const payout = random.below(3) as Payout; // below three
  const carried = payment.band === NONE || random.below(3) === 0 ? await attestation(world, payment) : undefined;
  const values = [payment.packed, amount, feeBps, payout, carried?.bytes ?? "0x"];
  const asked = { amount, feeBps, payout, attested: carried?.attested };
  return { step: call(world, actor, "capture", values), expected: moves.capture(model, actor, payment, asked) };
};

const captureMany: Act = async (world, payment) => {
  const { random, model, payments, stage } = world;
  const actor = caller(world, [payment.terms.operator, payment.terms.payee]);
  const count = 1 + random.below(4);
  const chosen = [payment, ...Array.from({ length: count }, () => random.pick(payments.slice(-12)))];
  const first = chosen.find(({ band, block, timed, silentAt }) => block !== 0 && band === NONE && (!timed || model.now < silentAt)); // prettier-ignore
  const rule = first && ruleAt(model.gate, first.block);
  const making = random.pick(["good", "good", "good", "good", "tooFew", "stranger"] as const);
  const attested = rule !== undefined && random.below(4) !== 0;
  const items: moves.Item[] = [];
  const statements = [];
  for (const one of chosen) {
    const from = one.block === 0 ? model.block - 1 : one.block;
    const due = asOfFor(storedAtOr(world, from), from, model.block) + (random.below(12) === 0 ? 1 : 0);
    const score = rule === undefined ? 0 : drawScore(world, rule);
    const asOfHash = due < model.block ? await hashOf(world, due) : `0x${"11".repeat(32)}`;
    statements.push({ subject: one.id, asOf: due, asOfHash, facts: `0x${score.toString(16).padStart(64, "0")}` });
    const judged = attested && rule !== undefined ? { making, score, asOf: due, epoch: rule.epoch } : undefined;
    items.push({ payment: one, amount: part(world, one.capturable), feeBps: feeFor(world, actor, one), attested: judged }); // prettier-ignore
  }
  const site = { chainId: stage.site.chainId, epoch: stage.epochs[rule?.epoch ?? 0] ?? ZeroAddress };
  const bytes = attested ? attestMany(stage.attesters, making, statements, site) : "0x";
  const rows = items.map((item) => ({ terms: item.payment.packed, amount: item.amount, feeBps: item.feeBps }));
  const step = call(world, actor, "captureMany", [rows, bytes]);
  return { step, expected: moves.captureMany(model, actor, items, world.skipped) };
};

function storedAtOr(world: World, block: number) {
  return ruleAt(world.model.gate, block) ?? storedAt(world.model.gate, block);
}

const voidPart: Act = async (world, payment) => {
  const actor = caller(world, [payment.terms.operator, payment.terms.payee]);
  const amount = part(world, payment.capturable / 4n);
  const step = call(world, actor, "void", [payment.packed, amount, 7]);
  return { step, expected: moves.voidPart(world.model, actor, payment, amount) };
};

const refund: Act = async (world, payment) => {
  const { model, random } = world;
  const actor = caller(world, [payment.terms.operator, payment.terms.payee]);
  const amount = part(world, payment.refundable);
  const isCoin = payment.terms.token === ZeroAddress;
  const coins = random.below(30) === 0 ? 1n : isCoin ? amount : 0n;
  const step = call(world, actor, "refund", [payment.packed, amount, 1], coins);
  return { step, expected: moves.refund(model, actor, payment, amount, coins, actor) };
};

const reclaim: Act = async (world, payment) => {
  const step = call(world, world.stage.people.stranger, "reclaim", [payment.packed]);
  return { step, expected: moves.reclaim(world.model, payment) };
};

const post: Act = async (world, payment) => {
  const { attested, bytes } = await attestation(world, payment);
  const step = call(world, world.stage.people.stranger, "post", [payment.packed, bytes]);
  return { step, expected: moves.post(world.model, payment, attested) };
};

const request: Act = async (world, payment) => {
  const { terms } = payment;
  const actor = caller(world, [terms.payer, terms.payee, terms.operator]);
  const step = call(world, actor, "request", [payment.packed]);
  return { step, expected: cases.request(world.model, actor, payment) };
};

const dispute: Act = async (world, payment) => {
  const { terms } = payment;
  const actor = caller(world, [terms.payer, terms.payee]);
  const coins = world.random.below(30) === 0 ? 1n : terms.token === ZeroAddress ? terms.disputeBond : 0n;
  const step = call(world, actor, "dispute", [payment.packed], coins);
  return { step, expected: cases.dispute(world.model, actor, payment, coins) };
};

const resolve: Act = async (world, payment) => {
  const { terms } = payment;
  const actor = caller(world, [world.stage.people.arbiter, world.stage.people.arbiter, terms.payer, terms.payee]);
  const payeeBps = world.random.pick([0, 4_999, 5_000, 5_001, 10_000, 10_001, world.random.below(10_001)]);
  const step = call(world, actor, "resolve", [payment.packed, payeeBps]);
  return { step, expected: cases.resolve(world.model, actor, payment, payeeBps) };
};

const resolveByDefault: Act = async (world, payment) => {
  const step = call(world, world.stage.people.stranger, "resolveByDefault", [payment.packed]);
  return { step, expected: cases.resolveByDefault(world.model, payment) };
};

const tighten: Act = async (world, payment) => {
  const { random, model } = world;
  const carried = payment.band === NONE ? await attestation(world, payment) : undefined;
  const differing = random.below(2) === 0 ? await attestation(world, payment, random.pick(["tooFew", "tooFew", "good", "oneStranger"])) : undefined; // prettier-ignore
  const values = [payment.packed, carried?.bytes ?? "0x", differing?.bytes ?? "0x"];
  const expected = cases.tighten(model, payment, carried?.attested, differing?.attested);
  return { step: call(world, world.stage.people.stranger, "tighten", values), expected };
};

const sweepSome: Act = async (world, { terms }) => {
  const { model, random, stage } = world;
  const owed = [terms.feeReceiver, terms.payee, terms.payer].filter((one) => at(model.book.credit, terms.token, one) > 0n); // prettier-ignore
  const account = random.pick([...owed, ...owed, terms.payee, stage.people.feeReceiver]);
  const step = call(world, stage.people.stranger, "sweep", [terms.token, account]);
  return { step, expected: sweep(model.book, terms.token, account) };
};

/** What anybody may try on a payment, and how often. */
export const ACTS: [string, number, Act][] = [
  ["capture", 10, capture],
  ["captureMany", 4, captureMany],
  ["void", 2, voidPart],
  ["refund", 3, refund],
  ["reclaim", 4, reclaim],
  ["post", 8, post],
  ["request", 3, request],
  ["dispute", 3, dispute],
  ["resolve", 2, resolve],
  ["resolveByDefault", 2, resolveByDefault],
  ["tighten", 3, tighten],
  ["sweep", 3, sweepSome],
];
