import { expect } from "chai";
import { policyParameters } from "@sluice/sdk";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { DAY, networkHelpers, POLICY } from "../shared/suite.ts";
import { asTimelock, council, now, type Council } from "./council.ts";

/**
 * Whatever votes, optimistic proposals and a guardian do in whatever order:
 *
 * * bounds: every voted parameter lies within its hard bounds
 * * step: a vote moves it at most by one step, three times in any 30 days, a day apart
 * * small: what passes without a quorum moves it at most by a small step, once in 30 days
 * * guardian: voted policy, epoch and what is in force for earlier blocks stay when he acts; what is in force for later ones
 *   differs in the two thresholds only, both at most the voted ones, blockAt at least the voted holdAt, never for longer than voted
 *
 * Effort: SLUICE_FUZZ_RUNS steps (`SLUICE_FUZZ_RUNS=20000` is the long run).
 */
const FIELDS = Object.keys(POLICY) as (keyof typeof POLICY)[]; // its own keys, in the order of the parameters
const LAST = 2n ** 256n - 1n;
const PERIOD = 30n * BigInt(DAY);
const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 1);

type Change = { second: bigint; from: bigint; to: bigint };
type Rule = { lowest: bigint; highest: bigint; step: bigint; relative: boolean };
type Walk = {
  c: Council;
  r: Random;
  rules: Rule[];
  voted: Change[][];
  small: Change[][];
  through: Record<string, number>;
  /** Block after which a tightening must be over. */
  strictUntil: number;
};

async function policyIn(c: Council, block: bigint | number): Promise<bigint[]> {
  const { policy } = await c.gate.policyAt(block);
  return FIELDS.map((field) => policy[field]);
}

async function begin(): Promise<Walk> {
  const c = await council();
  const rules = await Promise.all(
    policyParameters.map(async (_, index) => {
      const [lowest, highest, step, relative] = await c.registry.rule(index);
      return { lowest, highest, step, relative };
    }),
  );
  const lists = () => policyParameters.map((): Change[] => []);
  return { c, r: random(seed), rules, voted: lists(), small: lists(), through: {}, strictUntil: 0 };
}

/** A value near the present one, at the edge of what is reached, or anywhere. */
function someValue({ r }: Walk, current: bigint, [lowest, highest]: readonly [bigint, bigint]): bigint {
  const inside = () => lowest + (r.bits(60) % (highest - lowest + 1n));
  if (r.below(10) > 2) return r.pick([() => lowest, () => highest, inside, inside])();
  const kinds = [
    () => (lowest > 0n ? lowest - 1n : 0n),
    () => highest + 1n,
    () => current + BigInt(r.below(100)) - (current < 50n ? current : 50n),
    () => r.bits(r.pick([8, 16, 24, 48, 256])),
  ];
  return r.pick(kinds)();
}

async function attempt(walk: Walk, name: string, act: () => Promise<unknown>): Promise<boolean> {
  const passed = await act().then(
    () => true,
    (error: unknown) => {
      if (/reverted|out-of-bounds/.test(String(error))) return false;
      throw error;
    },
  );
  walk.through[name] = (walk.through[name] ?? 0) + (passed ? 1 : 0);
  return passed;
}

/** Notes what changed between two voted policies. */
function note(lists: Change[][], before: readonly bigint[], after: readonly bigint[], second: bigint): void {
  for (const [index, list] of lists.entries()) {
    const [from, to] = [before[index]!, after[index]!];
    if (from !== to) list.push({ second, from, to });
  }
}

async function vote(walk: Walk): Promise<void> {
  const { c, r } = walk;
  const before = await policyIn(c, LAST);
  const chosen = policyParameters.map((_, index) => index).filter(() => r.below(6) === 0);
  const rows: { parameter: number; value: bigint }[] = [];
  for (const parameter of chosen) {
    const reach = await c.registry.reach(parameter);
    rows.push({ parameter, value: someValue(walk, before[parameter]!, [reach[0], reach[1]]) });
  }
  const registry = c.registry.connect(await asTimelock(c));
  if (await attempt(walk, "vote", () => registry.changePolicy(rows))) {
    note(walk.voted, before, await policyIn(c, LAST), await now());
    walk.strictUntil = await networkHelpers.time.latestBlock();
  }
}

async function smallStep(walk: Walk): Promise<void> {
  const { c, r } = walk;
  const before = await policyIn(c, LAST);
  const parameter = r.below(FIELDS.length);
  const reach = await c.registry.smallReach(parameter);
  const value = someValue(walk, before[parameter]!, [reach[0], reach[1]]);
  const registry = c.registry.connect(await asTimelock(c));
  if (await attempt(walk, "small", () => registry.changeSmall(parameter, value))) {
    note(walk.small, before, await policyIn(c, LAST), await now());
  }
}

async function name(walk: Walk): Promise<void> {
  const { c, r } = walk;
  const registry = c.registry.connect(await asTimelock(c));
  const until = (await now()) + BigInt(r.below(400) * DAY);
  await attempt(walk, "name", () => registry.setGuardian(c.guardian.address, until, r.below(30)));
}

async function tighten(walk: Walk): Promise<void> {
  const { c, r } = walk;
  const voted = await policyIn(c, LAST);
  const head = await networkHelpers.time.latestBlock();
  const first = Number((await c.gate.policyAt(LAST)).fromBlock);
  const sample = [head, head + 1, Math.max(head - r.below(20), 1)];
  const past = async () => Promise.all(sample.slice(0, 2).map((block) => policyIn(c, block)));
  const earlier = await past();
  const [holdAt, blockAt] = [Number(voted[0]) - r.below(1_500) + 200, Number(voted[1]) - r.below(800) + 100];
  const { blocks } = await c.registry.guardian();
  const passed = await attempt(walk, "tighten", () => c.registry.connect(c.guardian).tighten(holdAt, blockAt));
  if (!passed) return;
  const made = await networkHelpers.time.latestBlock();
  expect(first, "tightened what was not in force").to.be.at.most(made);
  expect(await policyIn(c, LAST), "the voted policy").to.deep.equal(voted);
  expect(await past(), "earlier payments").to.deep.equal(earlier);
  const [later, back] = [await policyIn(c, made + 1), await policyIn(c, made + 1 + Number(blocks))];
  expect(later).to.deep.equal([BigInt(holdAt), BigInt(blockAt), ...voted.slice(2)]);
  expect(back, "back by itself").to.deep.equal(voted);
  walk.strictUntil = made + Number(blocks);
}

async function end(walk: Walk): Promise<void> {
  const { c, r } = walk;
  const who = r.below(3) === 0 ? await asTimelock(c) : c.dave;
  const passed = await attempt(walk, "end", () => c.registry.connect(who).endTightening());
  if (passed) walk.strictUntil = await networkHelpers.time.latestBlock();
}

async function wait(walk: Walk): Promise<void> {
  const { r } = walk;
  await networkHelpers.time.increase(1 + r.below(r.pick([3_600, DAY, 3 * DAY, 12 * DAY])));
  if (r.below(3) === 0) await networkHelpers.mine(r.below(20) + 1);
}

/** What must hold after every step. */
async function check({ c, rules, strictUntil }: Walk): Promise<void> {
  const voted = await policyIn(c, LAST);
  for (const [index, { lowest, highest }] of rules.entries()) {
    expect(voted[index]! >= lowest && voted[index]! <= highest, `bounds of ${FIELDS[index]}: ${voted[index]}`).to.equal(
      true,
    );
  }
  const next = (await networkHelpers.time.latestBlock()) + 1;
  const inForce = await policyIn(c, next);
  expect(inForce.slice(2)).to.deep.equal(voted.slice(2));
  if (next > strictUntil) expect(inForce, "a tightening that is over").to.deep.equal(voted);
  expect(inForce[0]! <= voted[0]! && inForce[1]! <= voted[1]!, "guardian loosened").to.equal(true);
  expect(inForce[1] === voted[1] || inForce[1]! >= voted[0]!, "guardian blocks what is allowed").to.equal(true);
}

/** Any four changes by vote span 30 days, any two a day; each is at most one step. */
function checkSteps({ rules, voted, small }: Walk): void {
  for (const [index, { step, relative }] of rules.entries()) {
    const list = voted[index]!;
    for (const [at, { from, to, second }] of list.entries()) {
      const within = relative ? to <= from * step && to * step >= from : to <= from + step && from <= to + step;
      expect(within, `step of ${FIELDS[index]}: ${from} to ${to}`).to.equal(true);
      const [previous, third] = [list[at - 1], list[at - 3]];
      if (previous !== undefined) expect(second - previous.second >= BigInt(DAY), "a day of rest").to.equal(true);
      if (third !== undefined) expect(second - third.second >= PERIOD, "three in 30 days").to.equal(true);
    }
    for (const [at, { from, to, second }] of small[index]!.entries()) {
      const distance = to > from ? to - from : from - to;
      const largest = relative ? from / 8n : step / 4n;
      expect(distance <= largest, `small step of ${FIELDS[index]}: ${from} to ${to}`).to.equal(true);
      const previous = small[index]![at - 1];
      if (previous !== undefined) expect(second - previous.second >= PERIOD, "one in 30 days").to.equal(true);
    }
  }
}

describe("PolicyRegistry: invariants of any sequence", () => {
  it(`bounds, step, small and guardian hold on a random walk (seed ${seed})`, async function () {
    this.timeout(0);
    const walk = await begin();
    const acts = [vote, vote, smallStep, smallStep, name, tighten, tighten, end, wait, wait, wait];
    const runs = fuzzRuns(400);
    for (let run = 0; run < runs; run += 1) {
      await walk.r.pick(acts)(walk);
      await check(walk);
    }
    checkSteps(walk);
    process.stdout.write(`    ${runs} steps from seed ${seed}, went through: ${JSON.stringify(walk.through)}\n`);
    for (const act of ["vote", "small", "tighten"]) expect(walk.through[act], act).to.be.greaterThan(0);
  });
});
