import { expect } from "chai";

import { council, MILLION, now, type Council } from "../governance/council.ts";
import { expectShares } from "../governance/shares.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";

const WEEK = 604_800n;
/** The stream's whole reward: one token in a second of a week. */
const REWARD = WEEK * UNIT;

async function at(second: bigint): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(second);
}

async function funded(c: Council, amount = REWARD): Promise<bigint> {
  await c.stake.connect(c.dave).notifyReward(amount);
  return now();
}

async function earnedBy(c: Council, ...holders: (keyof Council & ("alice" | "bob" | "carol"))[]): Promise<bigint[]> {
  return Promise.all(holders.map((name) => c.stake.earned(c[name].address)));
}

describe("G6: a reward stream that the first depositor or rounding could drain", () => {
  it("gives the first depositor's one unit nothing while he is alone, and all later rewards to whoever has stake", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(1n);
    const start = await funded(c);
    await at(start + WEEK);
    await c.stake.connect(c.bob).stake(MILLION);
    expect(await earnedBy(c, "alice", "bob")).to.deep.equal([0n, 0n]);
    expect((await c.stake.rewardStream()).end).to.equal(start + 2n * WEEK);
    await networkHelpers.time.increaseTo(start + 2n * WEEK);
    const [alice = 0n, bob = 0n] = await earnedBy(c, "alice", "bob");
    expect(alice).to.equal(0); // her part of 604,800 tokens is 0.6 units
    expect(REWARD - bob).to.be.lessThan(2n);
  });

  it("gives nobody anything while nothing is staked, and loses nothing", async () => {
    const c = await council();
    const start = await funded(c);
    await networkHelpers.time.increase(30 * 86_400);
    expect((await c.stake.rewardStream()).held).to.equal(REWARD);
    await c.stake.connect(c.alice).stake(MILLION);
    const since = await now();
    expect((await c.stake.rewardStream()).end).to.equal(since + WEEK);
    await at(since + 100n);
    await c.stake.connect(c.alice).unstake(MILLION);
    await networkHelpers.time.increase(30 * 86_400);
    expectShares(await earnedBy(c, "alice"), [100n * UNIT]);
    await c.stake.connect(c.bob).stake(MILLION);
    await networkHelpers.time.increase(30 * 86_400);
    expectShares(await earnedBy(c, "alice", "bob"), [100n * UNIT, REWARD - 100n * UNIT]);
    expect(since).to.be.greaterThan(start);
    await c.stake.claimRewards(c.alice.address);
    await c.stake.claimRewards(c.bob.address);
    expect((await c.stake.rewardStream()).held).to.be.lessThan(4n);
  });

  it("stands still below the least stake, to the unit, and runs from it on", async () => {
    const c = await council();
    const least = await c.stake.leastStreamingStake();
    expect(least).to.equal((100_000_000n * UNIT) / 65_536n);
    await funded(c);
    await c.stake.connect(c.alice).stake(least - 1n);
    await networkHelpers.time.increase(1_000);
    expect(await earnedBy(c, "alice")).to.deep.equal([0n]);
    await c.stake.connect(c.bob).stake(1n);
    const since = await now();
    await networkHelpers.time.increaseTo(since + 1_000n);
    const [alice = 0n] = await earnedBy(c, "alice");
    expect(1_000n * UNIT - alice).to.be.lessThan(UNIT);
  });

  it("counts no donation: tokens sent to the stake by hand are neither rewards nor stake", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(2n * MILLION);
    await c.stake.connect(c.bob).stake(MILLION);
    await c.sluice.connect(c.dave).transfer(await c.stake.getAddress(), MILLION);
    await networkHelpers.time.increase(86_400);
    expect(await earnedBy(c, "alice", "bob")).to.deep.equal([0n, 0n]);
    const start = await funded(c, 3n * WEEK);
    await networkHelpers.time.increaseTo(start + WEEK);
    expectShares(await earnedBy(c, "alice", "bob"), [2n * WEEK, WEEK]);
  });

  it("pays a stranger who stakes before a reward and leaves after it for these seconds only, and binds his stake", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    const start = (await now()) + 100n;
    await at(start);
    await c.stake.connect(c.bob).stake(9n * MILLION);
    await at(start);
    await c.stake.connect(c.dave).notifyReward(REWARD);
    await at(start + 12n);
    await c.stake.connect(c.bob).unstake(9n * MILLION);
    const [alice = 0n, bob = 0n] = await earnedBy(c, "alice", "bob");
    expectShares([alice, bob], [(12n * UNIT) / 10n, (12n * UNIT * 9n) / 10n]); // 12 of 604,800 tokens streamed
    const { unbondingUntil } = await c.stake.position(c.bob.address);
    expect(unbondingUntil).to.be.at.least((await c.stake.rewardStream()).end);
  });

  it("cannot be sandwiched in one second at all: what is staked and taken back in it earns nothing", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    const second = (await now()) + 100n;
    for (const act of [
      () => c.stake.connect(c.bob).stake(9n * MILLION),
      () => c.stake.connect(c.dave).notifyReward(REWARD),
      () => c.stake.connect(c.bob).unstake(9n * MILLION),
    ]) {
      await at(second);
      await act();
    }
    await networkHelpers.time.increaseTo(second + WEEK);
    expectShares(await earnedBy(c, "alice", "bob"), [REWARD, 0n]);
  });

  it("is not drained by rounding: two hundred settlements cost the settled account less than a unit each, nobody else any", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(7n * MILLION + 3n);
    await c.stake.connect(c.bob).stake(2n * MILLION + 1n);
    const start = await funded(c);
    for (let second = 1n; second <= 200n; second += 1n) {
      await at(start + 7n * second);
      if (second % 2n === 0n) await c.stake.connect(c.bob).stake(1n);
      else await c.stake.connect(c.carol).claimRewards(c.bob.address);
    }
    await networkHelpers.time.increaseTo(start + WEEK);
    const paid = (await c.sluice.balanceOf(c.bob.address)) - (8n * MILLION - 101n);
    const [alice = 0n, bob = 0n] = await earnedBy(c, "alice", "bob");
    const missing = REWARD - alice - bob - paid;
    expect(missing >= 0n && missing <= 202n, `${missing} units are missing`).to.equal(true);
    const { held } = await c.stake.rewardStream();
    expect(held).to.equal(REWARD - paid);
  });

  it("cannot take stake for rewards: who claims all there is leaves every staked token where it was", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    await c.stake.connect(c.bob).stake(3n * MILLION);
    await funded(c);
    await networkHelpers.time.increase(2 * Number(WEEK));
    await c.stake.claimRewards(c.alice.address);
    await c.stake.claimRewards(c.bob.address);
    const stake = await c.stake.getAddress();
    const { held } = await c.stake.rewardStream();
    expect(await c.sluice.balanceOf(stake)).to.equal(4n * MILLION + held);
    await c.stake.connect(c.alice).unstake(MILLION);
    await c.stake.connect(c.bob).unstake(3n * MILLION);
    await networkHelpers.time.increase(c.parameters.unbondingPeriod);
    await c.stake.connect(c.alice).withdraw();
    await c.stake.connect(c.bob).withdraw();
    expect(await c.sluice.balanceOf(stake)).to.equal(held);
  });
});
