import { answeredList, answersHash, attesterPeriodDigest, rebateTree, rebateRootDigest } from "@sluice/sdk";
import { expect } from "chai";
import { Signature, toBeHex } from "ethers";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { DAY, ethers, networkHelpers } from "../shared/suite.ts";
import { COIN, holds, money, THIRTY_DAYS, type Money } from "./world.ts";

/**
 * docs/concepts/treasury.md in random walks of every call that moves money. SLUICE_FUZZ_RUNS is the number of steps in all.
 *
 * conservation: what came in = what the six contracts hold + what accounts and the stream were paid, per token
 * cap: Σ spends of any thirty days ≤ cap · (holdings + those spends), at each spend
 * grants: Σ paid of a grant ≤ its amount · (now − start) / (end − start); held ≥ committed
 * attesters: Σ owed ≤ held
 * end: after everybody has claimed, splitter, attesters' rewards, grants and pool hold nothing
 */
const STEPS = 120;
const SEED = 82_000;
const walks = Math.ceil(fuzzRuns(240) / STEPS);

type Grant = {
  id: bigint;
  token: string;
  amount: bigint;
  start: number;
  end: number;
  paid: bigint;
  cancelled: boolean;
};
type Walk = Money & {
  dice: Random;
  tokens: readonly string[];
  cameIn: Map<string, bigint>;
  spends: { token: string; at: number; amount: bigint }[];
  grants: Money["grants"];
  open: Grant[];
  leaves: Map<string, bigint>;
  done: Map<string, number>;
};

async function walkOf(seed: number): Promise<Walk> {
  const world = await money();
  const tokens = [world.address, COIN, await world.sluice.getAddress()];
  await world.buyBack.list(world.address, 10n ** 18n, 10n);
  await world.buyBack.list(COIN, 10n ** 18n, 10n);
  const maps = {
    cameIn: new Map<string, bigint>(),
    leaves: new Map<string, bigint>(),
    done: new Map<string, number>(),
  };
  return { ...world, ...maps, dice: random(seed), tokens, spends: [], open: [] };
}

async function pay(walk: Walk, token: string, to: string, amount: bigint): Promise<void> {
  if (token === COIN) await walk.operator.sendTransaction({ to, value: amount });
  else if (token === walk.address) await walk.token.mint(to, amount);
  else await walk.sluice.connect(walk.stranger).transfer(to, amount);
  walk.cameIn.set(token, (walk.cameIn.get(token) ?? 0n) + amount);
}

/** What the contracts of the treasury hold of a token, and each address for asking alone. */
async function held(walk: Walk, token: string): Promise<bigint> {
  const contracts = [walk.splitter, walk.rewards, walk.buyBack, walk.pool, walk.vault, walk.grants];
  const amounts = await Promise.all(contracts.map(async (one) => holds(token, await one.getAddress())));
  return amounts.reduce((sum, one) => sum + one, 0n);
}

type Act = (walk: Walk) => Promise<void>;

async function compact(walk: Walk, digest: string): Promise<string> {
  const keys = walk.keys.slice(0, 2);
  return `0x${keys.map((key) => Signature.from(key.sign(digest).serialized).compactSerialized.slice(2)).join("")}`;
}

async function blockBefore(): Promise<{ number: number; hash: string }> {
  const number = (await ethers.provider.getBlockNumber()) - 1;
  return { number, hash: (await ethers.provider.getBlock(number))?.hash ?? "" };
}

const attesters = (walk: Walk) => [walk.payee, walk.operator, walk.arbiter, walk.feeReceiver];

/** Posts a period with random counts and credits each token by it. */
const period: Act = async (walk) => {
  const rows = attesters(walk).map(({ address }) => ({ account: address, count: BigInt(walk.dice.below(9)) }));
  const list = answeredList([...rows, { account: walk.treasury.address, count: 1n }]);
  await networkHelpers.mine(2);
  const { number: toBlock, hash: toBlockHash } = await blockBefore();
  const last = await walk.rewards.period();
  const fromBlock = last === 0n ? 1 : Number(await walk.rewards.periodEnd()) + 1;
  const answers = answersHash(list);
  const posted = { period: last + 1n, fromBlock, toBlock, toBlockHash, answers };
  const site = { chainId: walk.chainId, attesterRewards: await walk.rewards.getAddress() };
  await walk.rewards.post(posted, list, await compact(walk, attesterPeriodDigest(posted, site)));
  for (const token of walk.tokens) await walk.rewards.distribute(token, list).catch(() => undefined);
};

const claims: Act = async (walk) => {
  const account = walk.dice.pick(attesters(walk)).address;
  await walk.rewards.claim(walk.dice.pick(walk.tokens), account);
};

const spend: Act = async (walk) => {
  const token = walk.dice.pick(walk.tokens);
  const most = await walk.vault.spendable(token);
  const wanted = walk.dice.below(3) === 0 ? most + 1n : (most * BigInt(walk.dice.below(101))) / 100n;
  await walk.vault.spend(token, walk.feeReceiver.address, wanted);
  walk.spends.push({ token, at: await networkHelpers.time.latest(), amount: wanted });
};

const setCap: Act = async (walk) => {
  const token = walk.dice.pick(walk.tokens);
  const { bps } = await walk.vault.capOf(token);
  await walk.vault.setCap(token, bps + BigInt(walk.dice.below(601)) - 300n);
};

const openGrant: Act = async (walk) => {
  const token = walk.dice.pick(walk.tokens);
  const amount = (await walk.vault.spendable(token)) / BigInt(1 + walk.dice.below(4));
  const now = await networkHelpers.time.latest();
  const start = now + walk.dice.below(20 * DAY) - 10 * DAY;
  const end = start + 1 + walk.dice.below(90 * DAY);
  await walk.vault.spend(token, await walk.grants.getAddress(), amount);
  walk.spends.push({ token, at: await networkHelpers.time.latest(), amount });
  await walk.grants.open(token, walk.payee.address, amount, start, start + walk.dice.below(end - start), end);
  walk.open.push({ id: await walk.grants.grantCount(), token, amount, start, end, paid: 0n, cancelled: false });
};

const withdraw: Act = async (walk) => {
  if (walk.open.length > 0) await walk.grants.withdraw(walk.dice.pick(walk.open).id);
};

const cancel: Act = async (walk) => {
  if (walk.open.length === 0 || walk.dice.below(3) > 0) return;
  const grant = walk.dice.pick(walk.open);
  await walk.grants.cancel(grant.id);
  grant.cancelled = true;
};

const trade: Act = async (walk) => {
  const token = walk.dice.pick([walk.address, COIN]);
  await walk.buyBack.start(token).catch(() => undefined);
  const { left } = await walk.buyBack.auction(token);
  const amount = walk.dice.below(2) === 0 ? left : left / 3n;
  await walk.buyBack.connect(walk.stranger).buy(token, amount, 2n ** 250n, walk.stranger.address);
};

const setParts: Act = async (walk) => {
  const { attesters: a, stakers: s, rebates: r, treasury: t } = await walk.splitter.parts();
  const move = BigInt(walk.dice.below(601));
  const chosen = walk.dice.below(2) === 0 ? [a + move, s - move, r, t] : [a, s, r - move, t + move];
  const [attesterBps = 0n, stakers = 0n, rebates = 0n, treasury = 0n] = chosen;
  await walk.splitter.setParts({ attesters: attesterBps, stakers, rebates, treasury });
};

/** A root that pays an account half of what is in the pool, claimed at once; sometimes the rest is taken out. */
const rebates: Act = async (walk) => {
  const token = walk.dice.pick([walk.address, walk.tokens[2] ?? ""]);
  const { funded, total, period: last } = await walk.pool.book(token);
  const cumulative = (walk.leaves.get(token) ?? 0n) + (funded - total) / 2n;
  const tree = rebateTree([{ account: walk.payee.address, cumulative }]);
  const { number: asOf, hash: asOfHash } = await blockBefore();
  const tierTable = toBeHex(0, 32);
  const root = { token, period: last + 1n, asOf, asOfHash, tierTable, total: cumulative, root: tree.root };
  const site = { chainId: walk.chainId, pool: await walk.pool.getAddress() };
  await walk.pool.post(root, await compact(walk, rebateRootDigest(root, site)));
  await networkHelpers.time.increase(DAY + 1);
  walk.leaves.set(token, cumulative);
  await walk.pool.claim(token, walk.payee.address, cumulative, tree.proof(walk.payee.address));
  if (walk.dice.below(3) === 0) await walk.pool.withdraw(token, (funded - cumulative) / 2n);
};

const fee: Act = async (walk) => {
  const token = walk.dice.pick(walk.tokens);
  const to = walk.dice.below(4) === 0 ? walk.treasuryAt : await walk.splitter.getAddress();
  await pay(walk, token, to, BigInt(1 + walk.dice.below(1_000_000)));
};

const split: Act = async (walk) => {
  await walk.splitter.connect(walk.stranger).split(walk.dice.pick(walk.tokens));
};

const acts: Readonly<Record<string, Act>> = {
  ...{ fee, split, period, claims, spend, setCap, openGrant, withdraw, cancel, trade, setParts, rebates },
};

/** Balances before the walk of all accounts that are paid, so that what was paid is their rise. */
async function paidSo(walk: Walk, token: string): Promise<bigint> {
  const receivers = [walk.payee, walk.feeReceiver, walk.arbiter, walk.treasury].map(({ address }) => address);
  const amounts = await Promise.all([...receivers, await walk.stream.getAddress()].map((one) => holds(token, one)));
  return amounts.reduce((sum, one) => sum + one, 0n);
}

async function checkAll(walk: Walk, about: string): Promise<void> {
  // Of the payment token alone: coins pay for gas too, and SLUICE goes round through the buyer.
  const bought = await holds(walk.address, walk.stranger.address);
  const operators = await holds(walk.address, walk.operator.address);
  const all = (await held(walk, walk.address)) + (await paidSo(walk, walk.address)) + bought + operators;
  expect(all, `conservation, ${about}`).to.equal(walk.cameIn.get(walk.address) ?? 0n);
  for (const token of walk.tokens) {
    expect(
      (await holds(token, await walk.rewards.getAddress())) >= (await walk.rewards.owedInAll(token)),
      about,
    ).to.equal(true);
    const committed = await walk.grants.committedOf(token);
    expect((await holds(token, await walk.grants.getAddress())) >= committed, `grants, ${about}`).to.equal(true);
    await checkCap(walk, token, about);
  }
  const now = BigInt(await networkHelpers.time.latest());
  for (const { id, amount, start, end } of walk.open) {
    const { withdrawn } = await walk.grants.grant(id);
    const passed = now >= BigInt(end) ? BigInt(end - start) : now > BigInt(start) ? now - BigInt(start) : 0n;
    expect(withdrawn * BigInt(end - start) <= amount * passed, `grant ${id}, ${about}`).to.equal(true);
  }
}

/** The spends of each thirty days, from a list of the test's own, against the highest cap there can be. */
async function checkCap(walk: Walk, token: string, about: string): Promise<void> {
  const now = await networkHelpers.time.latest();
  const recent = walk.spends.filter((one) => one.token === token && one.at > now - THIRTY_DAYS);
  const spent = recent.reduce((sum, { amount }) => sum + amount, 0n);
  expect(await walk.vault.spentOf(token), `window, ${about}`).to.equal(spent);
}

/** At the moment of a spend the cap holds: the contract's own numbers before and after it. */
async function step(walk: Walk, name: string): Promise<void> {
  const before = new Map<string, bigint>();
  for (const token of walk.tokens) {
    const spent = await walk.vault.spentOf(token);
    before.set(token, (await holds(token, walk.treasuryAt)) + spent);
  }
  const count = walk.spends.length;
  try {
    await acts[name]?.(walk);
    walk.done.set(name, (walk.done.get(name) ?? 0) + 1);
  } catch (error) {
    // What the contracts refuse is part of the walk; what the test itself does wrong is not.
    if (!(error instanceof Error) || !/revert|custom error/i.test(error.message)) throw error;
  }
  const last = walk.spends.length > count ? walk.spends.at(-1) : undefined;
  if (last === undefined) return;
  const { bps } = await walk.vault.capOf(last.token);
  const base = before.get(last.token) ?? 0n;
  expect((await walk.vault.spentOf(last.token)) * 10_000n <= base * bps, `cap after ${name}`).to.equal(true);
}

/** Everybody takes what is his. */
async function settle(walk: Walk): Promise<void> {
  await networkHelpers.time.increase(200 * DAY);
  for (const token of walk.tokens) await walk.splitter.split(token).catch(() => undefined);
  await period(walk);
  for (const token of walk.tokens) {
    for (const { address } of [...attesters(walk), walk.treasury]) {
      await walk.rewards.claim(token, address).catch(() => undefined);
    }
    const { funded, total } = await walk.pool.book(token);
    if (funded > total) await walk.pool.withdraw(token, funded - total);
    await walk.grants.returnFree(token).catch(() => undefined);
  }
  for (const { id } of walk.open) await walk.grants.withdraw(id).catch(() => undefined);
  for (const token of [walk.address, COIN]) await sellOff(walk, token);
}

/** Auctions until less than the smallest lot is left. */
async function sellOff(walk: Walk, token: string): Promise<void> {
  const at = await walk.buyBack.getAddress();
  for (let day = 0; day < 60 && (await holds(token, at)) >= 10n; day += 1) {
    await networkHelpers.time.increase(DAY);
    await walk.buyBack.start(token);
    const { lot } = await walk.buyBack.auction(token);
    await networkHelpers.time.increase(DAY / 2);
    await walk.buyBack.connect(walk.stranger).buy(token, lot, 2n ** 250n, walk.stranger.address);
  }
}

describe("Invariants of the treasury under random walks", () => {
  const tally = new Map<string, number>();
  for (let index = 0; index < walks; index += 1) {
    const seed = SEED + index;
    it(`hold on the walk of seed ${seed}, and nothing is stuck at its end`, async () => {
      const walk = await walkOf(seed);
      for (let count = 0; count < STEPS; count += 1) {
        const name = walk.dice.below(3) === 0 ? walk.dice.pick(["fee", "split"]) : walk.dice.pick(Object.keys(acts));
        await step(walk, name);
        if (walk.dice.below(3) === 0) await networkHelpers.time.increase(walk.dice.below(12 * DAY));
        if (count % 8 === 7) await checkAll(walk, `step ${count} (${name}) of seed ${seed}`);
      }
      await settle(walk);
      await checkAll(walk, `end of seed ${seed}`);
      for (const token of walk.tokens) {
        for (const one of [walk.splitter, walk.rewards, walk.grants, walk.pool]) {
          expect(await holds(token, await one.getAddress()), `stuck, seed ${seed}, ${token}`).to.equal(0n);
        }
        expect((await holds(token, await walk.buyBack.getAddress())) < 10n, `unsold, seed ${seed}`).to.equal(true);
      }
      for (const [name, count] of walk.done) tally.set(name, (tally.get(name) ?? 0) + count);
    });
  }

  it("are put to the test by every call, each of which went through", () => {
    expect(Object.keys(acts).filter((name) => (tally.get(name) ?? 0) === 0)).to.deep.equal([]);
  });
});
