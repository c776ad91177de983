import { expect } from "chai";

import { random, type Random } from "../shared/random.ts";
import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { council, MILLION, now, type Council, type Holder } from "./council.ts";
import { within } from "./ratio.ts";
import { advance, claim, notify, restake, rewardLedger, shareOf, type RewardLedger } from "./rewardLedger.ts";

export const NAMES = ["alice", "bob", "carol", "dave", "guardian", "reporter"] as const;
type Name = (typeof NAMES)[number];

/** What should be true of one account, kept by the walk itself. */
type Account = {
  bonded: bigint;
  unbonding: bigint;
  until: bigint;
  released: bigint;
  answersUntil: bigint;
  delegatee: Name;
};

type Walk = {
  readonly c: Council;
  readonly dice: Random;
  /** Plays the attesters' contract. */
  readonly slasher: Holder;
  readonly accounts: Record<Name, Account>;
  readonly rewards: RewardLedger<Name>;
  readonly past: { second: bigint; votes: Record<Name, bigint> }[];
  readonly trail: string[];
  burnt: bigint;
};

type Step = (walk: Walk, name: Name, amount: (most: bigint) => bigint) => Promise<string>;

const recordOf = <T>(make: (name: Name) => T): Record<Name, T> =>
  Object.fromEntries(NAMES.map((name) => [name, make(name)])) as Record<Name, T>; // one entry for each name

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** A change of an account's stake, in the ledger of rewards too. */
async function move(walk: Walk, name: Name, amount: bigint): Promise<void> {
  restake(walk.rewards, name, amount, await now());
}

const stake: Step = async (walk, name) => {
  const { c, dice } = walk;
  const most = await c.sluice.balanceOf(c[name].address);
  const amount = smaller(most, 1n + dice.bits(dice.pick([1, 20, 62, 72, 82])));
  await c.stake.connect(c[name]).stake(amount);
  await move(walk, name, amount);
  return `${name} stakes ${amount}`;
};

const unstake: Step = async (walk, name, some) => {
  const { c, accounts, rewards } = walk;
  const amount = some(rewards.shares[name].staked);
  await c.stake.connect(c[name]).unstake(amount);
  await move(walk, name, -amount);
  accounts[name].unbonding += amount;
  accounts[name].until = (await now()) + BigInt(c.parameters.unbondingPeriod);
  return `${name} unstakes ${amount}`;
};

const withdraw: Step = async (walk, name) => {
  const { c, accounts } = walk;
  await c.stake.connect(c[name]).withdraw();
  expect(await now(), `${name} is paid in time`).to.be.at.least(accounts[name].until);
  accounts[name].unbonding = 0n;
  return `${name} withdraws`;
};

const delegate: Step = async ({ c, dice, accounts }, name) => {
  const to = dice.pick(NAMES);
  await c.stake.connect(c[name]).delegate(c[to].address);
  accounts[name].delegatee = to;
  return `${name} delegates to ${to}`;
};

const bond: Step = async (walk, name, some) => {
  const { c, accounts, rewards, slasher } = walk;
  const amount = some(rewards.shares[name].staked);
  await c.stake.connect(slasher).bond(c[name].address, amount);
  await move(walk, name, -amount);
  const mine = accounts[name];
  mine.bonded += amount;
  mine.released -= smaller(mine.released, amount);
  return `${name} bonds ${amount}`;
};

const unbond: Step = async (walk, name, some) => {
  const { c, accounts, slasher } = walk;
  const mine = accounts[name];
  const amount = some(mine.bonded);
  await c.stake.connect(slasher).unbond(c[name].address, amount);
  await move(walk, name, amount);
  const second = await now();
  mine.bonded -= amount;
  mine.released = (second < mine.answersUntil ? mine.released : 0n) + amount;
  mine.answersUntil = second + BigInt(c.parameters.unbondingPeriod);
  return `${name} unbonds ${amount}`;
};

const recall: Step = async (walk, name) => {
  const { c, accounts, rewards, slasher } = walk;
  await c.stake.connect(slasher).recall(c[name].address);
  const mine = accounts[name];
  if ((await now()) >= mine.answersUntil) return `${name} answers no more`;
  const unbonding = smaller(mine.released, mine.unbonding);
  const staked = smaller(mine.released - unbonding, rewards.shares[name].staked);
  if (staked > 0n) await move(walk, name, -staked);
  mine.unbonding -= unbonding;
  mine.bonded += unbonding + staked;
  mine.released = 0n;
  return `${name}: ${unbonding + staked} recalled`;
};

const slash: Step = async (walk, name, some) => {
  const { c, accounts, slasher } = walk;
  const amount = some(accounts[name].bonded);
  await c.stake.connect(slasher).slash(c[name].address, amount, c.suite.stranger.address);
  accounts[name].bonded -= amount;
  walk.burnt += amount - amount / 5n;
  return `${name} is slashed by ${amount}`;
};

const reward: Step = async (walk, name) => {
  const { c, dice, rewards } = walk;
  const most = await c.sluice.balanceOf(c[name].address);
  const amount = smaller(most, 1n + dice.bits(dice.pick([1, 40, 75, 80])));
  await c.stake.connect(c[name]).notifyReward(amount);
  notify(rewards, amount, await now());
  return `${name} gives ${amount}`;
};

const pay: Step = async (walk, name) => {
  const { c, dice, rewards } = walk;
  const before = await c.sluice.balanceOf(c[name].address);
  await c.stake.connect(c[dice.pick(NAMES)]).claimRewards(c[name].address);
  const amount = (await c.sluice.balanceOf(c[name].address)) - before;
  claim(rewards, name, amount, await now());
  return `${name} is paid ${amount}`;
};

/** The steps that are allowed now; what is refused has tests of its own. */
async function allowed(walk: Walk, name: Name): Promise<Step[]> {
  const { c, accounts, rewards } = walk;
  const { bonded, unbonding, until } = accounts[name];
  const staked = rewards.shares[name].staked > 0n;
  const earned = await c.stake.earned(c[name].address);
  const rich = (await c.sluice.balanceOf(c[name].address)) > 0n;
  return [
    delegate,
    recall,
    ...(rich ? [stake, stake, reward] : []),
    ...(staked ? [unstake, bond] : []),
    ...(bonded > 0n ? [unbond, slash] : []),
    ...(unbonding > 0n && (await now()) >= until ? [withdraw] : []),
    ...(earned > 0n ? [pay] : []),
  ];
}

function votesIn({ accounts, rewards }: Walk): Record<Name, bigint> {
  const votes = recordOf(() => 0n);
  for (const name of NAMES) votes[accounts[name].delegatee] += rewards.shares[name].staked;
  return votes;
}

/** Rewards: received = paid + held; Σ earned ≤ held; 0 ≤ exact share − (paid + earned) < settlements + 1, for each account. */
async function checkRewards({ c, rewards, trail }: Walk): Promise<void> {
  advance(rewards, await now());
  const { rate, end, held } = await c.stake.rewardStream();
  expect([rate, end, held], `stream; ${trail.join(", ")}`).to.deep.equal([
    rewards.rate,
    rewards.end,
    rewards.received - rewards.paid,
  ]);
  let owed = 0n;
  for (const name of NAMES) {
    const earned = await c.stake.earned(c[name].address);
    const { paid, settlements } = rewards.shares[name];
    const { above, below } = shareOf(rewards, name);
    const missing = { above: above - (paid + earned) * below, below };
    expect(within(missing, 0n, settlements + 1n), `${name} has its share; ${trail.join(", ")}`).to.equal(true);
    owed += earned;
  }
  expect(owed <= held, `rewards earned ≤ held; ${trail.join(", ")}`).to.equal(true);
}

/** The equations of docs/concepts/invariants.md on stake. */
async function checkNow(walk: Walk): Promise<void> {
  const { c, accounts, rewards, trail } = walk;
  const votes = votesIn(walk);
  let held = rewards.received - rewards.paid;
  for (const name of NAMES) {
    const { staked, bonded, unbonding } = await c.stake.position(c[name].address);
    const mine = accounts[name];
    const expected = [rewards.shares[name].staked, mine.bonded, mine.unbonding];
    expect([staked, bonded, unbonding], `${name}: amounts; ${trail.join(", ")}`).to.deep.equal(expected);
    expect(await c.stake.getVotes(c[name].address), `${name}: votes; ${trail.join(", ")}`).to.equal(votes[name]);
    const answers = (await now()) < mine.answersUntil ? mine.released : 0n;
    const [released] = await c.stake.releasedBond(c[name].address);
    expect(released, `${name}: answers; ${trail.join(", ")}`).to.equal(answers);
    held += staked + bonded + unbonding;
  }
  const balance = await c.sluice.balanceOf(await c.stake.getAddress());
  expect(balance, `custody; ${trail.join(", ")}`).to.equal(held);
  const supply = await c.sluice.totalSupply();
  expect(supply + walk.burnt, `conservation; ${trail.join(", ")}`).to.equal(await c.sluice.cap());
  await checkRewards(walk);
}

/** history: the votes of every second that is over are those it ended with, and their sum is the supply of votes. */
async function checkPast({ c, past, trail }: Walk): Promise<void> {
  for (const [index, { second, votes }] of past.entries()) {
    if (past[index + 1]?.second === second) continue;
    const total = NAMES.reduce((sum, name) => sum + votes[name], 0n);
    const supply = await c.stake.getPastTotalSupply(second);
    expect(supply, `total at ${second}; ${trail.join(", ")}`).to.equal(total);
    for (const name of NAMES) {
      const found = await c.stake.getPastVotes(c[name].address, second);
      expect(found, `${name} at ${second}; ${trail.join(", ")}`).to.equal(votes[name]);
    }
  }
}

async function begin(seed: number): Promise<Walk> {
  const c = await council();
  const address = await c.attesters.getAddress();
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, 10n ** 20n);
  for (const name of ["guardian", "reporter"] as const) {
    await c.sluice.transfer(c[name].address, MILLION);
    await c.sluice.connect(c[name]).approve(await c.stake.getAddress(), 2n ** 256n - 1n);
  }
  const nobody = { bonded: 0n, unbonding: 0n, until: 0n, released: 0n, answersUntil: 0n };
  const least = (100_000_000n * UNIT) >> 16n;
  const period = BigInt(c.parameters.unbondingPeriod);
  return {
    c,
    dice: random(seed),
    slasher: await ethers.getSigner(address),
    accounts: recordOf((name) => ({ ...nobody, delegatee: name })),
    rewards: rewardLedger(NAMES, least, period),
    past: [],
    trail: [`seed ${seed}`],
    burnt: 0n,
  };
}

/** Walks at random and checks after every tenth step what docs/concepts/invariants.md says, and all votes of the past at the end. */
export async function walkStake(seed: number, steps: number): Promise<void> {
  const walk = await begin(seed);
  const { dice, trail } = walk;
  for (let step = 1; step <= steps; step += 1) {
    const name = dice.pick(NAMES);
    const act = dice.pick(await allowed(walk, name));
    // A quarter of the steps falls into the second of the one before.
    const seconds = dice.below(4) === 0 ? 0 : 1 + dice.below(dice.below(6) === 0 ? 9 * 86_400 : 20_000);
    await networkHelpers.time.setNextBlockTimestamp((await now()) + BigInt(seconds));
    const part = dice.below(3) === 0 ? 100n : BigInt(1 + dice.below(100));
    const some = (most: bigint): bigint => (most * part) / 100n || most;
    trail.push(await act(walk, name, some));
    walk.past.push({ second: await now(), votes: votesIn(walk) });
    if (step % 10 === 0) await checkNow(walk);
  }
  await networkHelpers.time.increase(10);
  await checkPast(walk);
}
