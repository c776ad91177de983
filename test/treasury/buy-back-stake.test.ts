import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";

import { capture, post } from "../shared/moves.ts";
import { authorized, DAY, deployEscrow, ethers, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { holds, money, PARTS } from "./world.ts";

const UNBONDING = 7 * DAY;
const AMOUNT = 4_000n * UNIT;
const PROTOCOL_BPS = 50n;
const PRICE = 3n * UNIT + 1n; // no round price: something is rounded
const MIN_LOT = UNIT;
const SUPPLY = 100_000_000n * UNIT;

/** Everything protocol fees pass through, with the stake itself at the end: three holders with ten million SLUICE each. */
async function deployStakedMoney() {
  const world = await money();
  const { deployer, gate, epoch, stranger, treasuryAt, rewards, pool, token, payer } = world;
  // A stake takes a supply of 88 bits at most, which that of the world without one is not.
  const sluice = await ethers.deployContract("SluiceToken", [stranger.address, SUPPLY]);
  const tiers = [1n, 2n, 3n];
  const stake = await ethers.deployContract("SluiceStake", [await sluice.getAddress(), UNBONDING, DAY, tiers]);
  const stakeAt = await stake.getAddress();
  const site = [await sluice.getAddress(), stakeAt, deployer.address, treasuryAt] as const;
  const buyBack = await ethers.deployContract("BuyBack", [...site]);
  const buyBackAt = await buyBack.getAddress();
  const splitter = await ethers.deployContract("FeeSplitter", [deployer.address, treasuryAt, buyBackAt, PARTS]);
  await splitter.setPools(await rewards.getAddress(), await pool.getAddress());
  await sluice.connect(stranger).approve(buyBackAt, 2n ** 255n);
  await gate.setPolicy({ ...POLICY, protocolFeeBps: PROTOCOL_BPS }, await epoch.getAddress());
  const escrow = await deployEscrow(await gate.getAddress(), await splitter.getAddress());
  await token.connect(payer).approve(await escrow.getAddress(), 2n ** 255n);
  await networkHelpers.mine(2);
  const [alice, bob, carol] = (await ethers.getSigners()).slice(8);
  if (alice === undefined || bob === undefined || carol === undefined)
    throw new Error("the chain has too few accounts");
  for (const holder of [alice, bob, carol]) {
    await sluice.connect(stranger).transfer(holder.address, 10_000_000n * UNIT);
    await sluice.connect(holder).approve(stakeAt, 2n ** 255n);
  }
  return { ...world, sluice, stake, stakeAt, buyBack, buyBackAt, splitter, escrow, alice, bob, carol };
}

type World = Awaited<ReturnType<typeof deployStakedMoney>>;

const staked = (): Promise<World> => networkHelpers.loadFixture(deployStakedMoney);

/** A payment whose fee goes by sweep and split to where the buy-back sells it. @returns The stakers' part, in the paid token. */
async function feeEarned(world: World): Promise<bigint> {
  const { chainId, payee, address, stranger, splitter, escrow, feeReceiver } = world;
  const suite = { ...world, site: { chainId, escrow: await escrow.getAddress() } };
  const terms = { amount: AMOUNT, minFeeBps: 100, maxFeeBps: 100, payee: payee.address };
  const payment = await authorized(suite, terms);
  await post(suite, payment, { score: 0 });
  await capture(suite, payment, { amount: AMOUNT, feeBps: 100 });
  await escrow.connect(stranger).sweep(address, feeReceiver.address);
  await splitter.connect(stranger).split(address);
  return (((AMOUNT * PROTOCOL_BPS) / 10_000n) * BigInt(PARTS.stakers)) / 10_000n;
}

/** Starts an auction, and a stranger buys all of it in the middle, at the listed price. @returns What he paid. */
async function bought(world: World): Promise<bigint> {
  const { buyBack, stranger, address, sluice } = world;
  const begun = (await networkHelpers.time.latest()) + 100;
  await networkHelpers.time.setNextBlockTimestamp(begun);
  await buyBack.connect(stranger).start(address);
  const before = await sluice.balanceOf(stranger.address);
  await networkHelpers.time.setNextBlockTimestamp(begun + DAY / 2);
  await buyBack.connect(stranger).buy(address, 2n ** 127n, 2n ** 200n, stranger.address);
  return before - (await sluice.balanceOf(stranger.address));
}

/** What an account is paid by its claim. */
async function claimed({ stake, sluice, stranger }: World, { address }: HardhatEthersSigner): Promise<bigint> {
  const before = await sluice.balanceOf(address);
  await stake.connect(stranger).claimRewards(address);
  return (await sluice.balanceOf(address)) - before;
}

describe("BuyBack with the stake", () => {
  it("turns a payment's fee into what stakers claim: nothing is lost on the way but units that round", async () => {
    const world = await staked();
    const { stake, stakeAt, buyBack, buyBackAt, sluice, address, alice, bob, carol, stranger } = world;
    await stake.connect(alice).stake(3_000_000n * UNIT);
    await stake.connect(bob).stake(1_000_000n * UNIT);
    await buyBack.list(address, PRICE, MIN_LOT);
    const lot = await feeEarned(world);
    expect(lot).to.equal(5n * UNIT); // a quarter of half a percent of 4,000
    expect(await holds(address, buyBackAt)).to.equal(lot);
    const received = await holds(address, stranger.address);
    const cost = await bought(world);
    expect(cost).to.equal((lot * PRICE + 10n ** 18n - 1n) / 10n ** 18n);
    expect((await holds(address, stranger.address)) - received).to.equal(lot);
    expect(await holds(address, buyBackAt)).to.equal(0n);
    expect(await sluice.balanceOf(buyBackAt)).to.equal(0n);
    const principal = 4_000_000n * UNIT;
    expect(await sluice.balanceOf(stakeAt)).to.equal(principal + cost);

    // Alice and Bob share the first half of the stream, with Carol the second.
    const begun = await networkHelpers.time.latest();
    await networkHelpers.time.setNextBlockTimestamp(begun + UNBONDING / 2);
    await stake.connect(carol).stake(4_000_000n * UNIT);
    await networkHelpers.time.increaseTo(begun + UNBONDING + 1);
    const paid = [await claimed(world, alice), await claimed(world, bob), await claimed(world, carol)];
    const sixteenths = [9n, 3n, 4n]; // (3/4 + 3/8) / 2, (1/4 + 1/8) / 2, (0 + 1/2) / 2
    for (const [index, parts] of sixteenths.entries()) {
      const exact = (cost * parts) / 16n;
      const off = exact - (paid[index] ?? 0n);
      expect(off >= 0n && off <= 2n, `staker ${index}: ${paid[index]} of ${exact}`).to.equal(true);
    }
    const sum = paid.reduce((total, amount) => total + amount, 0n);
    expect(sum <= cost && cost - sum <= 6n, `paid ${sum} of ${cost}`).to.equal(true);
    expect(await sluice.balanceOf(stakeAt)).to.equal(principal + 4_000_000n * UNIT + cost - sum);
    for (const { address: account } of [alice, bob, carol]) expect(await stake.earned(account)).to.equal(0n);
    expect(await sluice.totalSupply()).to.equal(SUPPLY); // bought, not minted or burnt
  });

  it("joins what a second auction brings to the stream of the first, and pays both", async () => {
    const world = await staked();
    const { stake, sluice, stakeAt, buyBack, address, alice } = world;
    await stake.connect(alice).stake(20_000n * UNIT);
    await buyBack.list(address, PRICE, MIN_LOT);
    await feeEarned(world);
    const first = await bought(world);
    await feeEarned(world);
    await networkHelpers.time.increase(DAY);
    const second = await bought(world);
    const { end } = await stake.rewardStream();
    await networkHelpers.time.increaseTo(end + 1n);
    const paid = await claimed(world, alice);
    expect(first + second - paid <= 3n && paid <= first + second, `${paid} of ${first + second}`).to.equal(true);
    expect(await sluice.balanceOf(stakeAt)).to.equal(20_000n * UNIT + first + second - paid);
  });

  it("keeps the proceeds while nobody has staked: they stream to whoever comes, from then on", async () => {
    const world = await staked();
    const { stake, sluice, stakeAt, buyBack, address, bob } = world;
    await buyBack.list(address, PRICE, MIN_LOT);
    await feeEarned(world);
    const cost = await bought(world);
    expect(await sluice.balanceOf(stakeAt)).to.equal(cost);
    await networkHelpers.time.increase(30 * DAY);
    await stake.connect(bob).stake(1_000_000n * UNIT);
    const begun = await networkHelpers.time.latest();
    expect(await stake.earned(bob.address)).to.equal(0n);
    await networkHelpers.time.increaseTo(begun + UNBONDING / 2);
    const half = await stake.earned(bob.address);
    expect(half * 2n <= cost && cost - half * 2n <= 4n, `${half} is half of ${cost}`).to.equal(true);
    await networkHelpers.time.increaseTo(begun + UNBONDING + 1);
    const paid = await claimed(world, bob);
    expect(paid <= cost && cost - paid <= 2n, `${paid} of ${cost}`).to.equal(true);
  });

  it("pays nothing of it to stake that left before, nor twice for one second", async () => {
    const world = await staked();
    const { stake, buyBack, address, alice, bob } = world;
    await stake.connect(alice).stake(1_000_000n * UNIT);
    await stake.connect(bob).stake(1_000_000n * UNIT);
    await stake.connect(bob).unstake(1_000_000n * UNIT);
    await buyBack.list(address, PRICE, MIN_LOT);
    await feeEarned(world);
    const cost = await bought(world);
    await networkHelpers.time.increase(2 * UNBONDING);
    await expect(stake.claimRewards(bob.address)).to.be.revertedWithCustomError(stake, "NothingEarned");
    const paid = await claimed(world, alice);
    expect(paid <= cost && cost - paid <= 2n).to.equal(true);
    await expect(stake.claimRewards(alice.address)).to.be.revertedWithCustomError(stake, "NothingEarned");
  });
});
