import { expect } from "chai";
import { MaxUint256, Signature, ZeroAddress } from "ethers";

import { inOneBlock } from "../shared/gate.ts";
import { DAY, ethers, networkHelpers } from "../shared/suite.ts";
import { amountsOf, council, MILLION, now, type Council, type Holder } from "./council.ts";

async function permit(c: Council, holder: Holder, value: bigint, deadline: bigint) {
  const types = {
    Permit: ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"].map((field) => {
      const [type = "", name = ""] = field.split(" ");
      return { name, type };
    }),
  };
  const domain = {
    name: "Sluice",
    version: "1",
    chainId: c.suite.chainId,
    verifyingContract: await c.sluice.getAddress(),
  };
  const nonce = await c.sluice.nonces(holder.address);
  const message = { owner: holder.address, spender: await c.stake.getAddress(), value, nonce, deadline };
  return Signature.from(await holder.signTypedData(domain, types, message));
}

describe("SluiceStake.stake", () => {
  it("takes the tokens and lets them vote for the staker at once", async () => {
    const c = await council();
    const tx = c.stake.connect(c.alice).stake(MILLION);
    await expect(tx).to.emit(c.stake, "Staked").withArgs(c.alice.address, MILLION);
    await expect(tx).to.emit(c.stake, "DelegateChanged").withArgs(c.alice.address, ZeroAddress, c.alice.address);
    await expect(tx).to.emit(c.stake, "DelegateVotesChanged").withArgs(c.alice.address, 0, MILLION);
    expect(await amountsOf(c, c.alice.address)).to.deep.equal({
      staked: MILLION,
      votes: MILLION,
      bonded: 0n,
      unbonding: 0n,
      matured: 0n,
    });
    expect(await c.stake.delegates(c.alice.address)).to.equal(c.alice.address);
    expect(await c.sluice.balanceOf(c.alice.address)).to.equal(9n * MILLION);
    expect(await c.sluice.balanceOf(await c.stake.getAddress())).to.equal(MILLION);
  });

  it("adds a second stake to the first and says so of the votes only", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    const tx = c.stake.connect(c.alice).stake(2n * MILLION);
    await expect(tx)
      .to.emit(c.stake, "DelegateVotesChanged")
      .withArgs(c.alice.address, MILLION, 3n * MILLION);
    await expect(tx).not.to.emit(c.stake, "DelegateChanged");
    expect((await amountsOf(c, c.alice.address)).staked).to.equal(3n * MILLION);
  });

  it("reverts for nothing and for more than the caller has", async () => {
    const c = await council();
    await expect(c.stake.connect(c.alice).stake(0)).to.be.revertedWithCustomError(c.stake, "AmountZero");
    await expect(c.stake.connect(c.alice).stake(11n * MILLION))
      .to.be.revertedWithCustomError(c.sluice, "ERC20InsufficientBalance")
      .withArgs(c.alice.address, 10n * MILLION, 11n * MILLION);
    await expect(c.stake.connect(c.alice).stake(2n ** 88n + 1n))
      .to.be.revertedWithCustomError(c.stake, "SafeCastOverflowedUintDowncast")
      .withArgs(88, 2n ** 88n + 1n);
  });

  it("refuses a token whose supply a position cannot count, and tiers that do not rise", async () => {
    const c = await council();
    const big = await ethers.deployContract("SluiceToken", [c.alice.address, 2n ** 88n]);
    await expect(ethers.deployContract("SluiceStake", [await big.getAddress(), 1, 1, [1, 2, 3]]))
      .to.be.revertedWithCustomError(c.stake, "SupplyTooLarge")
      .withArgs(2n ** 88n, 2n ** 88n - 1n);
    const tables: [bigint[], number][] = [
      [[0n, 1n, 2n], 0],
      [[2n, 2n, 3n], 1],
      [[1n, 3n, 3n], 2],
    ];
    for (const [tiers, index] of tables) {
      const [a = 0n, b = 0n, d = 0n] = tiers;
      await expect(ethers.deployContract("SluiceStake", [await c.sluice.getAddress(), 1, 1, [a, b, d]]))
        .to.be.revertedWithCustomError(c.stake, "TiersOutOfOrder")
        .withArgs(index);
    }
  });
});

describe("SluiceStake.stakeWithPermit", () => {
  it("stakes without an approval before", async () => {
    const c = await council();
    await c.sluice.connect(c.alice).approve(await c.stake.getAddress(), 0);
    const deadline = (await now()) + BigInt(DAY);
    const { v, r, s } = await permit(c, c.alice, MILLION, deadline);
    await c.stake.connect(c.alice).stakeWithPermit(MILLION, deadline, v, r, s);
    expect((await amountsOf(c, c.alice.address)).staked).to.equal(MILLION);
  });

  it("stakes too when somebody has sent the permit before", async () => {
    const c = await council();
    await c.sluice.connect(c.alice).approve(await c.stake.getAddress(), 0);
    const deadline = (await now()) + BigInt(DAY);
    const { v, r, s } = await permit(c, c.alice, MILLION, deadline);
    await c.sluice.connect(c.bob).permit(c.alice.address, await c.stake.getAddress(), MILLION, deadline, v, r, s);
    await c.stake.connect(c.alice).stakeWithPermit(MILLION, deadline, v, r, s);
    expect((await amountsOf(c, c.alice.address)).staked).to.equal(MILLION);
  });

  it("reverts when the permit is another's and nothing is allowed", async () => {
    const c = await council();
    const spender = await c.stake.getAddress();
    await c.sluice.connect(c.alice).approve(spender, 0);
    const { v, r, s } = await permit(c, c.bob, MILLION, MaxUint256);
    await expect(c.stake.connect(c.alice).stakeWithPermit(MILLION, MaxUint256, v, r, s))
      .to.be.revertedWithCustomError(c.sluice, "ERC20InsufficientAllowance")
      .withArgs(spender, 0, MILLION);
  });
});

describe("SluiceStake.unstake and withdraw", () => {
  it("takes the votes at once and pays when the wait is over, not a second earlier", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(3n * MILLION);
    const tx = await c.stake.connect(c.alice).unstake(MILLION);
    const until = (await now()) + BigInt(c.parameters.unbondingPeriod);
    await expect(tx).to.emit(c.stake, "Unstaked").withArgs(c.alice.address, MILLION, until);
    expect(await amountsOf(c, c.alice.address)).to.deep.equal({
      staked: 2n * MILLION,
      votes: 2n * MILLION,
      bonded: 0n,
      unbonding: MILLION,
      matured: 0n,
    });
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(c.stake.connect(c.alice).withdraw())
      .to.be.revertedWithCustomError(c.stake, "StillUnbonding")
      .withArgs(until - 1n, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await expect(c.stake.connect(c.alice).withdraw()).to.emit(c.stake, "Withdrawn").withArgs(c.alice.address, MILLION);
    expect(await c.sluice.balanceOf(c.alice.address)).to.equal(8n * MILLION);
    await expect(c.stake.connect(c.alice).withdraw())
      .to.be.revertedWithCustomError(c.stake, "NothingToWithdraw")
      .withArgs(c.alice.address);
  });

  it("starts the wait anew for all that is on its way out", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(3n * MILLION);
    await c.stake.connect(c.alice).unstake(MILLION);
    await networkHelpers.time.increase(c.parameters.unbondingPeriod - 10);
    await c.stake.connect(c.alice).unstake(MILLION);
    const { unbonding, unbondingUntil } = await c.stake.position(c.alice.address);
    expect([unbonding, unbondingUntil]).to.deep.equal([
      2n * MILLION,
      (await now()) + BigInt(c.parameters.unbondingPeriod),
    ]);
  });

  it("reverts for nothing and for more than is staked", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    await expect(c.stake.connect(c.alice).unstake(0)).to.be.revertedWithCustomError(c.stake, "AmountZero");
    await expect(c.stake.connect(c.alice).unstake(MILLION + 1n))
      .to.be.revertedWithCustomError(c.stake, "StakeTooSmall")
      .withArgs(MILLION + 1n, MILLION);
  });

  it("knows the votes of a block in which stake came and went", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(MILLION);
    await networkHelpers.time.increase(10);
    await inOneBlock([
      () => c.stake.connect(c.alice).stake(2n * MILLION, { gasLimit: 500_000 }),
      () => c.stake.connect(c.alice).unstake(MILLION / 2n, { gasLimit: 500_000 }),
    ]);
    const second = await now();
    await networkHelpers.time.increase(10);
    expect(await c.stake.getPastVotes(c.alice.address, second)).to.equal((5n * MILLION) / 2n);
    expect(await c.stake.getPastVotes(c.alice.address, second - 1n)).to.equal(MILLION);
    expect(await c.stake.getPastTotalSupply(second)).to.equal((5n * MILLION) / 2n);
  });
});

describe("SluiceStake: tiers", () => {
  const unit = 10n ** 18n;

  it("count stake from the second in which it is old enough", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(10_000n * unit);
    const old = (await now()) + BigInt(c.parameters.tierAge);
    expect(await c.stake.feeTierOf(c.alice.address)).to.equal(0);
    await networkHelpers.time.increaseTo(old - 1n);
    expect(await c.stake.feeTierOf(c.alice.address)).to.equal(0);
    await networkHelpers.time.increaseTo(old);
    expect([await c.stake.feeTierOf(c.alice.address), await c.stake.maturedStake(c.alice.address)]).to.deep.equal([
      2n,
      10_000n * unit,
    ]);
  });

  it("keep what was old when young stake is added, and take back the youngest first", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(10_000n * unit);
    await networkHelpers.time.increase(c.parameters.tierAge);
    await c.stake.connect(c.alice).stake(90_000n * unit);
    expect(await c.stake.feeTierOf(c.alice.address)).to.equal(2);
    await c.stake.connect(c.alice).unstake(90_000n * unit);
    expect(await c.stake.maturedStake(c.alice.address)).to.equal(10_000n * unit);
    await c.stake.connect(c.alice).unstake(9_000n * unit);
    await c.stake.connect(c.alice).stake(99_000n * unit);
    expect([await c.stake.feeTierOf(c.alice.address), await c.stake.maturedStake(c.alice.address)]).to.deep.equal([
      1n,
      1_000n * unit,
    ]);
    await networkHelpers.time.increase(c.parameters.tierAge);
    expect(await c.stake.feeTierOf(c.alice.address)).to.equal(3);
  });

  it("forget everything when all stake left", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(10_000n * unit);
    await networkHelpers.time.increase(c.parameters.tierAge);
    await c.stake.connect(c.alice).stake(unit);
    await c.stake.connect(c.alice).unstake(10_001n * unit);
    await c.stake.connect(c.alice).stake(100_000n * unit);
    expect(await c.stake.feeTierOf(c.alice.address)).to.equal(0);
  });

  it("say what they need", async () => {
    const c = await council();
    expect(await Promise.all([0, 1, 2, 3].map((tier) => c.stake.tierStake(tier)))).to.deep.equal([
      0n,
      ...c.parameters.tiers,
    ]);
    expect(await c.stake.tierAge()).to.equal(c.parameters.tierAge);
  });
});
