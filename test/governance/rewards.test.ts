import { expect } from "chai";
import { signTokenPermit, SluiceError, staking } from "@sluice/sdk";
import { MaxUint256 } from "ethers";

import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { council, MILLION, now, type Council } from "./council.ts";
import { expectShares } from "./shares.ts";

const SCALE = 1n << 32n;

/** The next transaction's second. */
async function at(second: bigint): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(second);
}

/** Alice with 3 million and Bob with 1 million staked, and a reward of 7 × 86,400 tokens just given: one token in a second. */
async function streaming(): Promise<{ c: Council; start: bigint; period: bigint }> {
  const c = await council();
  await c.stake.connect(c.alice).stake(3n * MILLION);
  await c.stake.connect(c.bob).stake(MILLION);
  const period = BigInt(c.parameters.unbondingPeriod);
  await c.stake.connect(c.dave).notifyReward(period * UNIT);
  return { c, start: await now(), period };
}

async function earnedBy(c: Council): Promise<bigint[]> {
  return Promise.all([c.stake.earned(c.alice.address), c.stake.earned(c.bob.address)]);
}

describe("SluiceStake.notifyReward", () => {
  it("streams what it took for the unbonding period, by stake and by the second", async () => {
    const { c, start, period } = await streaming();
    expect(await c.stake.rewardStream()).to.deep.equal([UNIT * SCALE, start + period, period * UNIT]);
    await networkHelpers.time.increaseTo(start + 100n);
    expectShares(await earnedBy(c), [75n * UNIT, 25n * UNIT]);
    await networkHelpers.time.increaseTo(start + 2n * period);
    expectShares(await earnedBy(c), [(period * UNIT * 3n) / 4n, (period * UNIT) / 4n]);
  });

  it("says what streams and until when", async () => {
    const { c, start, period } = await streaming();
    await at(start + period);
    await expect(c.stake.connect(c.dave).notifyReward(2n * period * UNIT))
      .to.emit(c.stake, "RewardAdded")
      .withArgs(c.dave.address, 2n * period * UNIT, 2n * UNIT * SCALE, start + 2n * period);
  });

  it("joins what is left with what is added, both times weighted by their amounts", async () => {
    const { c, start, period } = await streaming();
    await at(start + period / 2n);
    await c.stake.connect(c.dave).notifyReward((period * UNIT) / 2n);
    const { rate, end, held } = await c.stake.rewardStream();
    expect([end, held]).to.deep.equal([start + period / 2n + (period * 3n) / 4n, (period * UNIT * 3n) / 2n]);
    expect(rate).to.equal((4n * UNIT * SCALE) / 3n);
  });

  it("cannot be used to stretch a stream: single units, however often, move its end by nothing", async () => {
    const { c, start, period } = await streaming();
    await at(start + period / 2n);
    for (let i = 0; i < 20; i += 1) await c.stake.connect(c.carol).notifyReward(1n);
    const { rate, end } = await c.stake.rewardStream();
    expect(end).to.equal(start + period);
    expect(rate >= UNIT * SCALE).to.equal(true);
  });

  it("reverts for nothing, and for what the caller has not approved", async () => {
    const c = await council();
    await expect(c.stake.connect(c.alice).notifyReward(0)).to.be.revertedWithCustomError(c.stake, "AmountZero");
    const stake = await c.stake.getAddress();
    await c.sluice.connect(c.alice).approve(stake, 5n);
    await expect(c.stake.connect(c.alice).notifyReward(6n))
      .to.be.revertedWithCustomError(c.sluice, "ERC20InsufficientAllowance")
      .withArgs(stake, 5, 6);
  });

  it("has a period of a second at least, and of seconds that 32 bits count", async () => {
    const c = await council();
    for (const period of [0n, 2n ** 32n]) {
      await expect(ethers.deployContract("SluiceStake", [await c.sluice.getAddress(), period, 1, [1, 2, 3]]))
        .to.be.revertedWithCustomError(c.stake, "UnbondingPeriodOutOfRange")
        .withArgs(period, 2n ** 32n - 1n);
    }
  });
});

describe("SluiceStake.claimRewards", () => {
  it("pays the account, whoever calls, and then there is nothing until more is earned", async () => {
    const { c, start, period } = await streaming();
    await at(start + 1_000n);
    const tx = await c.stake.connect(c.carol).claimRewards(c.alice.address);
    const paid = (await c.sluice.balanceOf(c.alice.address)) - 7n * MILLION;
    await expect(tx).to.emit(c.stake, "RewardsClaimed").withArgs(c.alice.address, paid);
    expectShares([paid], [750n * UNIT]);
    await at(start + 1_000n);
    await expect(c.stake.connect(c.alice).claimRewards(c.alice.address))
      .to.be.revertedWithCustomError(c.stake, "NothingEarned")
      .withArgs(c.alice.address);
    await at(start + 1_004n);
    await c.stake.claimRewards(c.alice.address);
    expectShares([(await c.sluice.balanceOf(c.alice.address)) - 7n * MILLION], [753n * UNIT], 3n);
    const { held } = await c.stake.rewardStream();
    expect(held).to.equal(period * UNIT - ((await c.sluice.balanceOf(c.alice.address)) - 7n * MILLION));
  });

  it("reverts for a stranger", async () => {
    const { c } = await streaming();
    await expect(c.stake.claimRewards(c.carol.address))
      .to.be.revertedWithCustomError(c.stake, "NothingEarned")
      .withArgs(c.carol.address);
  });

  it("keeps what was earned through more stake, less stake and none", async () => {
    const { c, start } = await streaming();
    await at(start + 100n); // 75 of alice, 25 of bob
    await c.stake.connect(c.bob).stake(2n * MILLION);
    await at(start + 200n); // and 50 each
    await c.stake.connect(c.alice).unstake(2n * MILLION);
    await at(start + 300n); // and 25 and 75
    await c.stake.connect(c.alice).unstake(MILLION);
    await networkHelpers.time.increaseTo(start + 400n); // and 100 of bob
    expectShares(await earnedBy(c), [150n * UNIT, 250n * UNIT], 3n);
    await c.stake.claimRewards(c.alice.address);
    expectShares([(await c.sluice.balanceOf(c.alice.address)) - 7n * MILLION], [150n * UNIT], 3n);
  });

  it("earns nothing for the time in which all stake was away", async () => {
    const { c, start } = await streaming();
    await at(start + 100n); // 25 of bob
    await c.stake.connect(c.bob).unstake(MILLION);
    await at(start + 500n); // and 400 of alice
    await c.stake.connect(c.bob).stake(3n * MILLION);
    await networkHelpers.time.increaseTo(start + 600n); // and 50 each
    expectShares(await earnedBy(c), [525n * UNIT, 75n * UNIT], 4n);
  });

  it("pays the owner of the stake, not its delegatee, and nothing for bonds and what is on its way out", async () => {
    const { c, start } = await streaming();
    const address = await c.attesters.getAddress();
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, 10n ** 20n);
    const attesters = await ethers.getSigner(address);
    await at(start + 100n);
    await c.stake.connect(c.alice).delegate(c.carol.address);
    await at(start + 100n);
    await c.stake.connect(c.alice).unstake(2n * MILLION);
    await at(start + 100n);
    await c.stake.connect(attesters).bond(c.bob.address, MILLION / 2n);
    await networkHelpers.time.increaseTo(start + 200n);
    expectShares(await earnedBy(c), [75n * UNIT + (200n * UNIT) / 3n, 25n * UNIT + (100n * UNIT) / 3n], 3n);
    expect(await c.stake.earned(c.carol.address)).to.equal(0);
  });

  it("earns a second stake of the same second from that second on", async () => {
    const { c, start } = await streaming();
    await at(start + 100n);
    await c.stake.connect(c.carol).stake(MILLION);
    await at(start + 100n);
    await c.stake.connect(c.carol).stake(3n * MILLION);
    await networkHelpers.time.increaseTo(start + 200n);
    expectShares([await c.stake.earned(c.carol.address)], [50n * UNIT]);
  });
});

describe("staking of the SDK", () => {
  it("stakes by permit, delegates, earns, claims, takes back and withdraws", async () => {
    const c = await council();
    const site = { chainId: c.suite.chainId, stake: await c.stake.getAddress() };
    const token = {
      chainId: c.suite.chainId,
      token: await c.sluice.getAddress(),
      tokenName: "Sluice",
      tokenVersion: "1",
    };
    await c.sluice.connect(c.alice).approve(site.stake, 0);
    const deadline = (await now()) + 1_000n;
    const permit = {
      owner: c.alice.address,
      spender: site.stake,
      value: MILLION,
      nonce: 0n,
      deadline: Number(deadline),
    };
    const signature = await signTokenPermit(c.alice, { ...token, ...permit });
    const { event } = await staking.stakeWithPermit(c.alice, site, MILLION, deadline, signature);
    expect(event).to.deep.equal({ account: c.alice.address, amount: MILLION });
    await staking.delegate(c.alice, site, c.bob.address);
    const added = await staking.notifyReward(c.dave, site, 604_800n);
    expect(added.event).to.deep.equal({
      from: c.dave.address,
      amount: 604_800n,
      rate: SCALE,
      endSeconds: Number(await now()) + c.parameters.unbondingPeriod,
    });
    await networkHelpers.time.increase(604_800);
    const { untilSeconds } = (await staking.unstake(c.alice, site, MILLION / 4n)).event;
    expect(await staking.stakeOf(c.alice, site, c.alice.address)).to.deep.equal({
      staked: (MILLION * 3n) / 4n,
      votes: 0n,
      delegatee: c.bob.address,
      bonded: 0n,
      unbonding: MILLION / 4n,
      unbondingUntilSeconds: untilSeconds,
      earned: 604_799n,
    });
    expect((await staking.claimRewards(c.carol, site, c.alice.address)).event.amount).to.equal(604_799n);
    await networkHelpers.time.increaseTo(untilSeconds);
    expect((await staking.withdraw(c.alice, site)).event).to.deep.equal({
      account: c.alice.address,
      amount: MILLION / 4n,
    });
  });

  it("refuses a permit that is no key's signature before it costs gas", async () => {
    const c = await council();
    const site = { chainId: c.suite.chainId, stake: await c.stake.getAddress() };
    const sent = staking.stakeWithPermit(c.alice, site, 1n, MaxUint256, "0x12");
    const refused: unknown = await sent.catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(SluiceError).and.include({ code: "SIGNATURE_INVALID", field: "signature" });
  });
});
