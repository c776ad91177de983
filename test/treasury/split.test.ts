import { expect } from "chai";

import { treasury as calls } from "@sluice/sdk";

import { capture, post } from "../shared/moves.ts";
import { authorized, DAY, deployEscrow, ethers, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { COIN, holds, money, PARTS, type Money } from "./world.ts";

async function heldBy(world: Money, token: string) {
  const [rewards, buyBack, pool, splitter] = await Promise.all(
    [world.rewards, world.buyBack, world.pool, world.splitter].map((one) => one.getAddress()),
  );
  return {
    attesters: await holds(token, rewards ?? ""),
    stakers: await holds(token, buyBack ?? ""),
    rebates: await holds(token, pool ?? ""),
    treasury: await holds(token, world.treasuryAt),
    splitter: await holds(token, splitter ?? ""),
  };
}

describe("FeeSplitter.split", () => {
  it("gives each part its share and the treasury all rounding, by anybody's call, and keeps nothing", async () => {
    const world = await money();
    const { splitter, token, address, stranger, pool } = world;
    await token.mint(await splitter.getAddress(), 9_999n);
    const site = { chainId: world.chainId, feeSplitter: await splitter.getAddress() };
    const { event } = await calls.splitFees(stranger, site, address);
    const expected = { attesters: 2_999n, stakers: 2_499n, rebates: 2_499n, treasury: 2_002n };
    expect(event).to.deep.equal({ token: address, ...expected });
    expect(await heldBy(world, address)).to.deep.equal({ ...expected, splitter: 0n });
    expect((await pool.book(address)).funded).to.equal(2_499n);
    await expect(splitter.split(address)).to.be.revertedWithCustomError(splitter, "NothingToSplit").withArgs(address);
  });

  it("takes the escrow's protocol fees by the escrow's own sweep", async () => {
    const world = await money();
    const { gate, payer, payee, token, address, stranger, feeReceiver, splitter } = world;
    const { epoch } = world;
    await gate.setPolicy({ ...POLICY, protocolFeeBps: 50 }, await epoch.getAddress());
    const escrow = await deployEscrow(await gate.getAddress(), await splitter.getAddress());
    const site = { chainId: world.chainId, escrow: await escrow.getAddress() };
    await token.connect(payer).approve(site.escrow, 2n ** 255n);
    await networkHelpers.mine(2);
    const suite = { ...world, escrow, site };
    const payment = await authorized(suite, { minFeeBps: 100, maxFeeBps: 100, payee: payee.address });
    await post(suite, payment, { score: 0 });
    await capture(suite, payment, { amount: 100n * UNIT, feeBps: 100 });
    await escrow.connect(stranger).sweep(address, feeReceiver.address);
    const fees = await holds(address, await splitter.getAddress());
    expect(fees).to.equal((100n * UNIT * 50n) / 10_000n);
    await splitter.connect(stranger).split(address);
    const held = await heldBy(world, address);
    expect(held.splitter).to.equal(0n);
    expect(held.attesters + held.stakers + held.rebates + held.treasury).to.equal(fees);
    expect(held.attesters).to.equal((fees * 3n) / 10n);
  });

  it("splits the chain's coin, the rebates' part of which the treasury gets", async () => {
    const world = await money();
    const { splitter, operator } = world;
    await operator.sendTransaction({ to: await splitter.getAddress(), value: 10_000n });
    await splitter.split(COIN);
    const expected = { attesters: 3_000n, stakers: 2_500n, rebates: 0n, treasury: 4_500n, splitter: 0n };
    expect(await heldBy(world, COIN)).to.deep.equal(expected);
  });

  it("leaves no unit behind when a receiver is denied, or when the token takes a fee: the treasury gets it", async () => {
    const world = await money();
    const { splitter, rewards } = world;
    const denying = await ethers.deployContract("DenyListToken");
    await denying.mint(await splitter.getAddress(), 10_000n);
    await denying.setDenied(await rewards.getAddress(), true);
    await splitter.split(await denying.getAddress());
    const kept = await heldBy(world, await denying.getAddress());
    expect(kept).to.deep.equal({ attesters: 0n, stakers: 2_500n, rebates: 2_500n, treasury: 5_000n, splitter: 0n });

    const tax = await ethers.deployContract("TaxToken");
    await tax.setTax(100, false);
    await tax.mint(await splitter.getAddress(), 10_000n);
    await splitter.split(await tax.getAddress());
    const taxed = await heldBy(world, await tax.getAddress());
    expect([taxed.splitter, taxed.rebates]).to.deep.equal([0n, 0n]);
    expect(taxed.treasury > 4_400n).to.equal(true);
  });

  it("cannot be called so short of gas that a part fails and the call goes on", async () => {
    const world = await money();
    const { splitter, token, address, stranger } = world;
    await token.mint(await splitter.getAddress(), 10_000n);
    const data = splitter.interface.encodeFunctionData("split", [address]);
    const to = await splitter.getAddress();
    const enough = await ethers.provider.estimateGas({ from: stranger.address, to, data });
    let refused = 0;
    for (let gas = 60_000n; gas < enough + 20_000n; gas += 4_000n) {
      const snapshot = await networkHelpers.takeSnapshot();
      try {
        const sent = await stranger.sendTransaction({ to, data, gasLimit: gas });
        await sent.wait();
        const held = await heldBy(world, address);
        expect([held.attesters, held.stakers, held.rebates], `with ${gas} gas`).to.deep.equal([3_000n, 2_500n, 2_500n]);
      } catch (error) {
        if (error instanceof Error && error.name === "AssertionError") throw error;
        refused += 1;
      }
      await snapshot.restore();
    }
    expect(refused).to.be.greaterThan(10);
  });

  it("waits until its pools are fixed, once, by the deployer", async () => {
    const { treasuryAt, buyBack, stranger, deployer, token, address, splitter } = await money();
    const at = await buyBack.getAddress();
    const fresh = await ethers.deployContract("FeeSplitter", [deployer.address, treasuryAt, at, PARTS]);
    await token.mint(await fresh.getAddress(), 100n);
    await expect(fresh.split(address)).to.be.revertedWithCustomError(fresh, "AddressZero");
    await expect(fresh.connect(stranger).setPools(at, at))
      .to.be.revertedWithCustomError(fresh, "NotDeployer")
      .withArgs(stranger.address, deployer.address);
    await expect(fresh.setPools(at, COIN)).to.be.revertedWithCustomError(fresh, "AddressZero");
    await expect(splitter.setPools(at, at)).to.be.revertedWithCustomError(splitter, "PoolsAlreadyFixed");
  });
});

describe("FeeSplitter.setParts", () => {
  const parts = (attesters: number, stakers: number, rebates: number, treasury: number) => ({
    attesters,
    stakers,
    rebates,
    treasury,
  });

  it("moves each part by a step at most, with a week of rest, by the timelock", async () => {
    const { splitter, stranger, deployer } = await money();
    await expect(splitter.connect(stranger).setParts(PARTS))
      .to.be.revertedWithCustomError(splitter, "NotTimelock")
      .withArgs(stranger.address, deployer.address);
    await expect(splitter.setParts(parts(3_501, 2_499, 2_000, 2_000)))
      .to.be.revertedWithCustomError(splitter, "PartStepTooLarge")
      .withArgs(0, 3_000, 3_501);
    await splitter.setParts(parts(3_500, 2_500, 2_000, 2_000));
    expect((await splitter.parts()).attesters).to.equal(3_500n);
    await expect(splitter.setParts(PARTS)).to.be.revertedWithCustomError(splitter, "PartsAtRest");
    await networkHelpers.time.increase(7 * DAY);
    await splitter.setParts(parts(4_000, 2_000, 2_000, 2_000));
  });

  it("keeps them within bounds and at 10,000 together", async () => {
    const { splitter, treasuryAt, deployer, buyBack } = await money();
    const at = await buyBack.getAddress();
    const deploy = (chosen: object) =>
      ethers.deployContract("FeeSplitter", [deployer.address, treasuryAt, at, chosen as typeof PARTS]);
    for (const [chosen, part] of [
      [parts(999, 3_001, 3_000, 3_000), 0],
      [parts(6_001, 1_000, 1_000, 1_999), 0],
      [parts(1_000, 5_001, 1_999, 2_000), 1],
      [parts(1_000, 1_999, 5_001, 2_000), 2],
      [parts(4_000, 3_000, 2_501, 499), 3],
    ] as const) {
      await expect(deploy(chosen)).to.be.revertedWithCustomError(splitter, "PartOutOfBounds");
      expect(Object.values(chosen)[part]).to.be.a("number");
    }
    await expect(splitter.setParts(parts(3_000, 2_500, 2_500, 2_001)))
      .to.be.revertedWithCustomError(splitter, "PartsSumWrong")
      .withArgs(10_001);
  });
});
