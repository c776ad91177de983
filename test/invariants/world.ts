import { packTerms, paymentEscrowAbi, paymentId, type Terms } from "@sluice/sdk";
import { Interface, toBeHex, ZeroAddress } from "ethers";

import type { Random } from "../shared/random.ts";
import { DAY, POLICY } from "../shared/suite.ts";
import { add, type Book } from "./model/book.ts";
import { asOfFor, ruleAt, storedAt, type Attested, type Making, type Rule } from "./model/gate.ts";
import { NONE } from "./model/gate.ts";
import type { Model, Outcome, Payment } from "./model/payments.ts";
import type { Step } from "./rpc.ts";
import { attest, KeySigner } from "./signing.ts";
import { ENDOWMENT, KEYS, PUPPETS, type Name, type Stage } from "./stage.ts";

export const escrowAbi = new Interface(paymentEscrowAbi);

export type World = {
  stage: Stage;
  random: Random;
  model: Model;
  payments: Payment[];
  signers: Map<string, KeySigner>;
  /** Hashes of blocks by number. */
  hashes: Map<number, string>;
  /** What strangers sent to the escrow outside of any payment, by token. */
  given: Map<string, bigint>;
  /** Errors of payments that batches passed over, as the model has them. */
  skipped: string[];
  /** Next nonces: of Permit2 by anybody, of permits by each owner. */
  nonce: bigint;
  permits: Map<string, bigint>;
};

/** A planned call and how the model says it ends: an error's name, an error of the token's own ("") or nothing. */
export type Planned = { step: Step; expected: Outcome };

export function createWorld(stage: Stage, random: Random): World {
  const { people, secrets, escrow, treasury } = stage;
  const book: Book = {
    escrow,
    treasury,
    tokens: new Map(stage.tokens.map((token) => [token.address, token])),
    held: new Map(),
    credit: new Map(),
    protocol: new Map(),
    denied: new Set(),
    refusing: new Set(),
    oddAnswer: "True",
  };
  for (const { address } of stage.tokens) {
    for (const account of Object.values(people)) add(book.held, address, account, ENDOWMENT);
  }
  const rule = { ...POLICY, fromBlock: stage.fromBlock, epoch: 0 };
  const gate = { rules: [rule], revoked: new Set<number>(), reviewers: new Set<string>() };
  const names: Name[] = [...PUPPETS, ...KEYS];
  const signers = new Map(names.map((name) => [people[name], new KeySigner(secrets[name], people[name])]));
  const model = { book, gate, now: 0, block: 0, tier: 0 };
  const fresh = { payments: [], hashes: new Map(), skipped: [], given: new Map(), nonce: 0n, permits: new Map() };
  return { stage, random, model, signers, ...fresh };
}

export function signerOf(world: World, account: string): KeySigner {
  const found = world.signers.get(account);
  if (found === undefined) throw new Error(`nobody signs for ${account}`);
  return found;
}

export function isPuppet(world: World, account: string): boolean {
  return PUPPETS.some((name) => world.stage.people[name] === account);
}

/** A payment of these terms that does not exist yet. */
export function unborn(world: World, terms: Terms): Payment {
  const empty = {
    block: 0,
    capturable: 0n,
    refundable: 0n,
    score: 0,
    band: NONE,
    requested: false,
    feeBps: 0,
  } as const;
  const untimed = { timed: false, silentAt: 0, opensAt: 0, closesAt: 0, ruleBy: 0, byPayee: false, reviewed: false };
  return { terms, packed: packTerms(terms), id: paymentId(terms, world.stage.site), ...empty, ...untimed };
}

/** Terms of a random shape. Short times are as frequent as long ones, so that windows touch within a walk. */
export function drawTerms(world: World): Terms {
  const { random, model, stage } = world;
  const { people } = stage;
  const kind = random.pick(stage.tokens);
  const authorizeBy = model.now + 1 + random.below(random.pick([60, DAY, DAY]));
  const captureBy = authorizeBy + random.below(random.pick([60, 4 * DAY, 40 * DAY]));
  const minFeeBps = random.pick([0, 0, random.below(100)]);
  const maxFeeBps = random.pick([minFeeBps, minFeeBps + random.below(500), 9_950]);
  const arbiter = random.pick([ZeroAddress, people.arbiter, people.arbiter]);
  const smallest = kind.kind === "Tax" ? 128n : 1n;
  return {
    payer: random.pick([people.payer, people.payer, people.keyPayer, people.moody]),
    payee: random.pick([people.payee, people.payee, people.keyPayee, people.moody, people.operator]),
    operator: random.pick([people.operator, people.operator, people.keyOperator, people.payee]),
    token: kind.address,
    amount: smallest + random.bits(random.pick([3, 8, 66, 69, 71])),
    authorizeBy,
    captureBy,
    refundBy: captureBy + random.below(random.pick([60, 10 * DAY, 90 * DAY])),
    minFeeBps,
    maxFeeBps,
    feeReceiver: maxFeeBps === 0 ? random.pick([ZeroAddress, people.feeReceiver]) : random.pick([people.feeReceiver, people.feeReceiver, people.moody, people.payee]), // prettier-ignore
    arbiter,
    disputeBond: random.pick([0n, 1n, random.bits(66)]),
    defaultSplitBps: random.pick([0, 5_000, 10_000, random.below(10_001)]),
    rulingWindow: random.pick([0, 60, 2 * DAY, 20 * DAY]),
    silenceRule: random.pick(["Refund", "Release"]),
    maxHold: random.pick([0, 60, 2 * DAY, 40 * DAY]),
    referral: "0x000000000000000000000000",
    feeTier: random.pick(["Nobody", "Payer", "Payee", "Operator"]),
    salt: BigInt(world.payments.length),
  };
}

/** A policy within the gate's bounds. */
export function drawRule(world: World): Rule {
  const { random, model, stage } = world;
  const holdAt = random.pick([POLICY.holdAt, 1 + random.below(10_001)]);
  const delay = (days: number) =>
    random.pick([0, random.below(60), random.below(days * DAY), random.below(days * DAY)]);
  return {
    ...POLICY,
    fromBlock: model.block + 1,
    epoch: random.below(stage.epochs.length),
    holdAt,
    blockAt: holdAt + random.below(10_002 - holdAt),
    protocolFeeBps: random.below(51),
    refreshLog2: 8 + random.below(2),
    holdDelay: delay(30),
    grace: 1 + delay(6),
    appealDelay: delay(14),
    silenceDelay: 1 + delay(6),
    stride: 1 + random.below(128),
    auditShare: 0,
  };
}

const MAKINGS: readonly Making[] = ["good", "good", "good", "good", "good", "good", "good", "tooFew", "stranger", "stale", "otherHash", "torn"]; // prettier-ignore

/** A score at, beside or far from the bounds of a rule. */
export function drawScore(world: World, rule: Rule): number {
  const { random } = world;
  const { holdAt, blockAt } = rule;
  return random.pick([0, 0, holdAt - 1, holdAt, Math.max(0, blockAt - 1), blockAt, 10_000, random.below(10_001)]);
}

export async function hashOf(world: World, block: number): Promise<string> {
  const known = world.hashes.get(block);
  if (known !== undefined) return known;
  const params = [`0x${block.toString(16)}`, false];
  const found = await world.stage.wire.provider.request({ method: "eth_getBlockByNumber", params });
  const { hash } = found as { hash: string }; // by the standard
  world.hashes.set(block, hash);
  return hash;
}

export type Judgement = { attested: Attested; bytes: string };

/** An attestation about a subject as of a block, made well or badly. */
export async function attestAs(
  world: World,
  subject: string,
  due: number,
  rule: Rule,
  drawn = world.random.pick(MAKINGS),
  score = drawScore(world, rule),
): Promise<Judgement> {
  const { stage, model } = world;
  // Blocks that the simulated chain skips over are missing in its history of hashes, and an unknown hash is not checked.
  const making = drawn === "otherHash" && due + 256 < model.block ? "good" : drawn;
  const asOf = making === "stale" ? due + 1 : due;
  const attested = { making, score, asOf, epoch: rule.epoch };
  if (making === "torn") return { attested, bytes: "0x1234" };
  const unknown = making === "otherHash" || asOf >= world.model.block;
  const asOfHash = unknown ? toBeHex(1n, 32) : await hashOf(world, asOf);
  const statement = { subject, asOf, asOfHash, facts: toBeHex(score, 32) };
  const site = { chainId: stage.site.chainId, epoch: stage.epochs[rule.epoch] ?? ZeroAddress };
  return { attested, bytes: attest(stage.attesters, making, statement, site) };
}

/** An attestation about a payment; of one that is not there, or of this very block, it is as good as can be. */
export async function attestation(world: World, payment: Payment, making?: Making, score?: number): Promise<Judgement> {
  const { gate, block } = world.model;
  const from = payment.block === 0 ? block - 1 : payment.block;
  const rule = ruleAt(gate, from) ?? storedAt(gate, from);
  return attestAs(world, payment.id, asOfFor(rule, from, block), rule, making, score);
}

/** A call of the escrow. */
export function call(world: World, actor: string, name: string, values: readonly unknown[], value = 0n): Step {
  const data = escrowAbi.encodeFunctionData(name, values);
  return { actor, target: world.stage.escrow, value, data };
}
