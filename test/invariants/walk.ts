import { contractErrors } from "@sluice/sdk";

import { random as seeded, type Random } from "../shared/random.ts";
import { DAY } from "../shared/suite.ts";
import { ACTS, type Act } from "./acts.ts";
import { checkHoldings, checkPayments, checkSides, insist, readEvents, type Flow } from "./checks.ts";
import { checkExit } from "./exit.ts";
import { ALLOW, NONE } from "./model/gate.ts";
import { windowOf, type Model, type Payment } from "./model/payments.ts";
import { mood } from "./moods.ts";
import { runSteps, type Receipt, type Wire } from "./rpc.ts";
import { authorize, chargeSome, SIGNED_ACTS } from "./signedActs.ts";
import type { Stage } from "./stage.ts";
import { createWorld, type Planned, type World } from "./world.ts";

/** How often each operation was called and how often it went through. */
export type Tally = Map<string, { calls: number; through: number }>;

const OPEN = 8;
/** The second before a walk, long after the chain's own: a seed means the same on every day. */
const START = 2_100_000_000;
const PANIC = "0x4e487b71";
const WHEEL = [...ACTS, ...SIGNED_ACTS, ["mood", 3, mood] as [string, number, Act]].flatMap(([name, weight, act]) =>
  Array.from({ length: weight }, () => ({ name, act })),
);

type Walk = { world: World; flows: Map<string, Flow>; tally: Tally; touched: Set<Payment>; log: string[] }; // prettier-ignore

function isOpen({ block, capturable }: Payment): boolean {
  return block !== 0 && capturable > 0n;
}

/** A second at, before or after a bound of some payment, or a random way on; the next one where that is past. */
function nextSecond({ random, model, payments }: World): number {
  if (random.below(3) !== 0) return model.now + 1 + random.below(random.pick([1, 20, 600]));
  const open = payments.filter(isOpen);
  return open.length > 0 ? nearBound(random, model, random.pick(open)) : model.now + 1 + random.below(DAY);
}

/** Just before, at or just after one of the seconds that mean something to the payment. */
function nearBound(random: Random, model: Model, payment: Payment): number {
  const { silentAt, opensAt, closesAt, ruleBy, terms } = payment;
  const bounds = [silentAt, opensAt, closesAt, ruleBy, terms.authorizeBy, terms.captureBy, terms.refundBy];
  const ahead = bounds.filter((bound) => bound > model.now && bound < model.now + 60 * DAY);
  if (ahead.length === 0) return model.now + 1;
  return Math.max(model.now + 1, random.pick(ahead) + random.below(3) - 1);
}

/** What the state of a payment invites to; the rest is tried as well, but not so often. */
function suitedTo({ now }: Model, payment: Payment): string[] {
  const { band, capturable, ruleBy, refundable } = payment;
  if (capturable === 0n) return refundable > 0n ? ["refund", "execute"] : [];
  if (ruleBy !== 0) return now < ruleBy ? ["resolve", "settle"] : ["resolveByDefault"];
  const { opensAt, closesAt } = windowOf(payment);
  if (now >= closesAt) return ["reclaim"];
  if (now < opensAt) return band === NONE ? ["post", "dispute", "settle"] : ["dispute", "dispute", "review", "settle"];
  if (band === NONE && !payment.requested) return ["post", "post", "request", "capture", "captureMany", "tighten"];
  return band === ALLOW
    ? ["capture", "tighten", "captureMany", "execute", "void"]
    : ["capture", "captureMany", "execute"];
}

async function plan(walk: Walk): Promise<{ name: string; planned: Planned } | undefined> {
  const { world } = walk;
  const { random, payments } = world;
  const open = payments.filter(isOpen);
  if (open.length < 3 || (open.length < OPEN && random.below(6) === 0)) {
    return { name: "authorize", planned: await authorize(world) };
  }
  if (random.below(20) === 0) return { name: "charge", planned: await chargeSome(world) };
  const refundable = payments.slice(-40).filter((one) => one.refundable > 0n && world.model.now < one.terms.refundBy);
  const [dice, others] = [random.below(10), refundable.length > 0 ? refundable : payments.slice(-16)];
  const payment = random.pick(dice === 0 ? payments.slice(-16) : dice < 3 ? others : open);
  walk.touched.add(payment);
  const suited = random.below(3) === 0 ? [] : suitedTo(world.model, payment);
  const fitting = WHEEL.filter(({ name }) => suited.includes(name));
  const { name, act } = random.pick(fitting.length > 0 ? fitting : WHEEL);
  const planned = await act(world, payment);
  return planned && { name, planned };
}

function nameOf(outcome: string): string {
  return outcome === "0x00000000" ? "" : (contractErrors[outcome]?.name ?? outcome);
}

/** Every call ends as the model said. */
function compare(walk: Walk, plans: readonly { name: string; planned: Planned }[], outcomes: readonly string[]): void {
  for (const [index, { name, planned }] of plans.entries()) {
    const outcome = outcomes[index] ?? PANIC;
    const [ended, said] = [nameOf(outcome), planned.expected];
    const row = walk.tally.get(name) ?? { calls: 0, through: 0 };
    walk.tally.set(name, { calls: row.calls + 1, through: row.through + (ended === "" ? 1 : 0) });
    walk.log.push(`${walk.world.model.block} ${walk.world.model.now} ${name}: ${ended}`);
    const same = said === "" ? ended !== "" && outcome !== PANIC : ended === (said ?? "");
    insist(same, "prediction: how a call ends", { name, ended, said: said ?? "succeeds" });
  }
}

async function nextBlock({ world }: Walk, second?: number): Promise<void> {
  const { wire } = world.stage;
  const { random, model } = world;
  if (second === undefined && random.below(20) === 0) {
    const blocks = random.pick([1, 2, 255, 256, 300]);
    await setTime(wire, model.now + 1); // the blocks after it follow by the second, whatever the clock says
    await wire.provider.request({ method: "hardhat_mine", params: [`0x${blocks.toString(16)}`] });
    model.block += blocks;
    model.now += blocks;
  }
  model.now = second ?? nextSecond(world);
  model.block += 1;
  await setTime(wire, model.now);
}

async function setTime({ provider }: Wire, second: number): Promise<void> {
  await provider.request({ method: "evm_setNextBlockTimestamp", params: [second] });
}

function arrive({ world, flows }: Walk, receipt: Receipt): string[] {
  insist(Number(receipt.blockNumber) === world.model.block, "the block", { receipt: receipt.blockNumber });
  world.hashes.set(world.model.block, receipt.blockHash);
  return readEvents(world, flows, receipt);
}

async function batch(walk: Walk): Promise<number> {
  const { world } = walk;
  await nextBlock(walk);
  const plans: { name: string; planned: Planned }[] = [];
  const count = world.random.pick([1, 6, 24, 32, 48]);
  while (plans.length < count) {
    const made = await plan(walk);
    if (made !== undefined) plans.push(made);
  }
  const steps = plans.map(({ planned }) => planned.step);
  const { outcomes, receipt } = await runSteps(world.stage.wire, "run", steps);
  compare(walk, plans, outcomes);
  const reasons = arrive(walk, receipt).map(nameOf);
  insist(reasons.join() === world.skipped.join(), "prediction: what a batch passes over", { reasons, said: world.skipped }); // prettier-ignore
  world.skipped = [];
  return count;
}

async function look(walk: Walk, all: boolean): Promise<void> {
  const { world, flows, touched } = walk;
  const payments = all ? world.payments : [...new Set([...touched, ...world.payments.slice(-8)])];
  touched.clear();
  await checkPayments(world, flows, payments);
  await checkHoldings(world);
}

/** Both sides try to move, at a bound of one payment; three others, disputed ones first, are tried in the same second. */
async function sides(walk: Walk): Promise<void> {
  const { random, model, payments } = walk.world;
  const open = payments.filter(isOpen);
  if (open.length === 0) return;
  const disputed = open.filter(({ ruleBy }) => ruleBy !== 0);
  const focus = random.pick(disputed.length > 0 && random.below(2) === 0 ? disputed : open);
  const others = [...disputed.slice(0, 1), ...[1, 2].map(() => random.pick(open))];
  await nextBlock(walk, nearBound(random, model, focus));
  arrive(walk, await checkSides(walk.world, [...new Set([focus, ...others])]));
}

/** A walk from the empty escrow to the empty escrow; returns the calls made. */
export async function walk(stage: Stage, seed: number, blocks: number, tally: Tally): Promise<number> {
  const { provider } = stage.wire;
  const snapshot = await provider.request({ method: "evm_snapshot", params: [] });
  const world = createWorld(stage, seeded(seed));
  const latest = await provider.request({ method: "eth_getBlockByNumber", params: ["latest", false] });
  const { number } = latest as { number: string }; // by the standard
  Object.assign(world.model, { block: Number(number), now: START });
  const state: Walk = { world, flows: new Map(), tally, touched: new Set(), log: [] };
  let calls = 0;
  try {
    for (let done = 0; done < blocks; done += 1) {
      calls += await batch(state);
      if (done % 2 === 1) await sides(state);
      if (done % 4 === 3) await look(state, false);
    }
    await look(state, true);
    calls += await checkExit(world);
  } catch (cause) {
    const last = state.log.slice(-30).join("\n  ");
    const told = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`seed ${seed}, after ${calls} calls: ${told}\nthe last of them\n  ${last}`, { cause });
  } finally {
    await provider.request({ method: "evm_revert", params: [snapshot] });
  }
  return calls;
}
