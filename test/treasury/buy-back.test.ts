import { expect } from "chai";

import { treasury as calls } from "@sluice/sdk";

import { DAY, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { COIN, holds, money, type Money } from "./world.ts";

const PRICE = 2n * UNIT;
const MIN_LOT = 10n * UNIT;
const LOT = 100n * UNIT;

/** A listed token with a lot of 100 on sale since `begun`, at 2 in the middle. */
async function onSale(): Promise<Money & { begun: number; at: string }> {
  const world = await money();
  const { buyBack, token, address } = world;
  const at = await buyBack.getAddress();
  await buyBack.list(address, PRICE, MIN_LOT);
  await token.mint(at, LOT);
  const begun = (await networkHelpers.time.latest()) + 100;
  await networkHelpers.time.setNextBlockTimestamp(begun);
  await buyBack.start(address);
  return { ...world, begun, at };
}

/** Buys in the second `second` of the auction. */
async function buyAt(world: Money & { begun: number }, second: number, amount: bigint, maxCost = 2n ** 200n) {
  await networkHelpers.time.setNextBlockTimestamp(world.begun + second);
  const { buyBack, address, stranger } = world;
  return buyBack.connect(stranger).buy(address, amount, maxCost, stranger.address);
}

describe("BuyBack: the price", () => {
  it("falls from four times to a quarter, halving each quarter of the day in straight lines", async () => {
    const { buyBack, address, begun } = await onSale();
    const expected: [second: number, price: bigint][] = [
      [0, 4n * PRICE],
      [3 * 3_600, 3n * PRICE],
      [6 * 3_600, 2n * PRICE],
      [12 * 3_600, PRICE],
      [18 * 3_600, PRICE / 2n],
      [24 * 3_600 - 1, PRICE / 4n + PRICE / 4n / 21_600n + 1n],
      [24 * 3_600, 0n],
    ];
    for (const [second, price] of expected) {
      if (second > 0) await networkHelpers.time.increaseTo(begun + second);
      expect(await buyBack.priceOf(address), `second ${second}`).to.equal(price);
    }
  });

  it("never rises while an auction runs, whoever buys", async () => {
    const world = await onSale();
    let before = await world.buyBack.priceOf(world.address);
    for (let second = 1; second < DAY; second += 7_919) {
      await buyAt(world, second, second % 2 === 0 ? MIN_LOT : MIN_LOT / 2n + MIN_LOT).catch(() => undefined);
      const now = await world.buyBack.priceOf(world.address);
      expect(now <= before, `second ${second}`).to.equal(true);
      before = now;
    }
  });
});

describe("BuyBack.buy", () => {
  it("sells all or part at the price of the second and hands the proceeds to the stream at once", async () => {
    const world = await onSale();
    const { stranger, address, sluice, stream, buyBack, begun, at } = world;
    await networkHelpers.time.setNextBlockTimestamp(begun + DAY / 2);
    const purchase = { token: address, amount: 40n * UNIT, maxCost: 80n * UNIT };
    const { event } = await calls.buy(stranger, { chainId: world.chainId, buyBack: at }, purchase);
    expect(event).to.deep.equal({ token: address, amount: 40n * UNIT, cost: 80n * UNIT });
    expect(await stream.received()).to.equal(80n * UNIT);
    expect(await sluice.balanceOf(at)).to.equal(0n);
    expect(await holds(address, stranger.address)).to.equal(40n * UNIT);
    expect((await buyBack.auction(address)).left).to.equal(60n * UNIT);
    await buyAt(world, DAY / 2 + 60, 500n * UNIT);
    expect(await holds(address, stranger.address)).to.equal(LOT);
    await expect(buyAt(world, DAY / 2 + 120, 1n)).to.be.revertedWithCustomError(buyBack, "NoAuction");
  });

  it("rounds the cost up, so that nothing is free", async () => {
    const { buyBack, token, stranger, sluice } = await money();
    const address = await token.getAddress();
    await buyBack.list(address, 1n, 1n);
    await token.mint(await buyBack.getAddress(), 3n);
    await buyBack.start(address);
    const before = await sluice.balanceOf(stranger.address);
    await buyBack.connect(stranger).buy(address, 1n, 1n, stranger.address);
    expect(before - (await sluice.balanceOf(stranger.address))).to.equal(1n);
  });

  it("refuses to cost more than the buyer allows, and less than the smallest lot unless it is the rest", async () => {
    const world = await onSale();
    const { buyBack } = world;
    await expect(buyAt(world, 6 * 3_600, 10n * UNIT, 40n * UNIT - 1n))
      .to.be.revertedWithCustomError(buyBack, "CostTooHigh")
      .withArgs(40n * UNIT, 40n * UNIT - 1n);
    await expect(buyAt(world, 6 * 3_600 + 10, MIN_LOT - 1n))
      .to.be.revertedWithCustomError(buyBack, "LotTooSmall")
      .withArgs(MIN_LOT - 1n, MIN_LOT);
    await buyAt(world, 6 * 3_600 + 20, LOT - 1n);
    await buyAt(world, 6 * 3_600 + 30, 1n);
  });

  it("goes on when the stream takes nothing: the proceeds wait, and anybody forwards them", async () => {
    const world = await onSale();
    const { stream, sluice, buyBack, at } = world;
    await stream.setClosed(true);
    await buyAt(world, 12 * 3_600, 10n * UNIT);
    expect(await sluice.balanceOf(at)).to.equal(20n * UNIT);
    await expect(buyBack.forward()).to.be.revertedWithCustomError(stream, "StreamClosed");
    await stream.setClosed(false);
    await expect(buyBack.connect(world.stranger).forward())
      .to.emit(buyBack, "Forwarded")
      .withArgs(20n * UNIT);
    expect(await stream.received()).to.equal(20n * UNIT);
    await expect(buyBack.forward()).to.be.revertedWithCustomError(buyBack, "NothingToForward");
  });

  it("sells the chain's coin, and a buyer who calls back while he is paid gets nothing more", async () => {
    const { buyBack, operator, sluice, stranger } = await money();
    const at = await buyBack.getAddress();
    await buyBack.list(COIN, UNIT, 1n);
    await operator.sendTransaction({ to: at, value: 10n });
    await buyBack.start(COIN);
    const receiver = await ethers.deployContract("CoinReceiver");
    const again = buyBack.interface.encodeFunctionData("buy", [COIN, 5n, 2n ** 100n, stranger.address]);
    await receiver.prepare(at, again);
    await receiver.prepare(at, buyBack.interface.encodeFunctionData("start", [COIN]));
    await receiver.setHabit(4);
    const before = await sluice.balanceOf(stranger.address);
    const to = await receiver.getAddress();
    const bought = buyBack.connect(stranger).buy(COIN, 4n, 16n, to);
    await expect(bought).to.emit(receiver, "Attempt").withArgs(false, "0x3ee5aeb5"); // ReentrancyGuardReentrantCall()
    expect(await ethers.provider.getBalance(to)).to.equal(4n);
    expect((await buyBack.auction(COIN)).left).to.equal(6n);
    expect(before - (await sluice.balanceOf(stranger.address)) <= 16n).to.equal(true);
  });

  it("passes on SLUICE that came in as a fee, which is never sold", async () => {
    const { buyBack, sluice, stream, stranger } = await money();
    await sluice.connect(stranger).transfer(await buyBack.getAddress(), 7n);
    await buyBack.forward();
    expect(await stream.received()).to.equal(7n);
    await expect(buyBack.list(await sluice.getAddress(), 1n, 1n)).to.be.revertedWithCustomError(
      buyBack,
      "SoldForItself",
    );
  });
});

describe("BuyBack.start", () => {
  /** Ends the running auction, tops the contract up and starts the next; answers its price. */
  async function next(world: Money & { begun: number; at: string }, mint = 0n): Promise<bigint> {
    if (mint > 0n) await world.token.mint(world.at, mint);
    world.begun += DAY;
    await networkHelpers.time.setNextBlockTimestamp(world.begun);
    await world.buyBack.start(world.address);
    return (await world.buyBack.auction(world.address)).price;
  }

  it("goes on from what the lot brought: a lot that did not sell quarters the price, down to one", async () => {
    const world = await onSale();
    for (const price of [PRICE / 4n, PRICE / 16n, PRICE / 64n]) expect(await next(world)).to.equal(price);
    for (let day = 0; day < 40; day += 1) await next(world);
    expect((await world.buyBack.auction(world.address)).price).to.equal(1n);
    expect(await world.buyBack.priceOf(world.address)).to.equal(4n);
  });

  it("weighs what was bought with its share of the lot, so that a little at a high price lifts it a little", async () => {
    const world = await onSale();
    await buyAt(world, 0 + 1, MIN_LOT);
    const { raised, left } = await world.buyBack.auction(world.address);
    const settled = (raised * UNIT) / LOT + (left * (PRICE / 4n)) / LOT;
    expect(await next(world)).to.equal(settled);
    expect(settled < PRICE).to.equal(true);
  });

  it("quadruples the price at most, where the whole lot went in the first second", async () => {
    const world = await onSale();
    await networkHelpers.time.setNextBlockTimestamp(world.begun);
    await world.buyBack.connect(world.stranger).buy(world.address, LOT, 2n ** 200n, world.stranger.address);
    expect(await next(world, LOT)).to.equal(4n * PRICE);
  });

  it("comes once a day: within a day, and within a block, no purchase changes what anybody pays", async () => {
    const world = await onSale();
    const { buyBack, address, begun } = world;
    await buyAt(world, 10, LOT);
    await world.token.mint(world.at, LOT);
    await networkHelpers.time.setNextBlockTimestamp(begun + DAY - 1);
    await expect(buyBack.start(address))
      .to.be.revertedWithCustomError(buyBack, "AuctionRunning")
      .withArgs(address, begun + DAY);
    await next(world);
  });

  it("sells little until a price is found: sixteen smallest lots, then at most twice what sold", async () => {
    const world = await money();
    const { buyBack, token, address } = world;
    const at = await buyBack.getAddress();
    await buyBack.list(address, 1n, 10n);
    await token.mint(at, 1_000_000n);
    let begun = (await networkHelpers.time.latest()) + 100;
    const lots: bigint[] = [];
    for (let day = 0; day < 5; day += 1, begun += DAY) {
      await networkHelpers.time.setNextBlockTimestamp(begun);
      await buyBack.start(address);
      const { lot } = await buyBack.auction(address);
      lots.push(lot);
      if (day < 3) await buyAt({ ...world, begun }, 1, lot);
    }
    expect(lots).to.deep.equal([160n, 320n, 640n, 1_280n, 160n]);
  });

  it("needs a listed token, a lot, and is free for anybody", async () => {
    const { buyBack, address, stranger, token, deployer } = await money();
    const anybody = buyBack.connect(stranger);
    await expect(anybody.start(address)).to.be.revertedWithCustomError(buyBack, "NotListed").withArgs(address);
    await expect(anybody.buy(address, 1n, 1n, stranger.address)).to.be.revertedWithCustomError(buyBack, "NotListed");
    await buyBack.list(address, 1n, 10n);
    await token.mint(await buyBack.getAddress(), 9n);
    await expect(anybody.start(address)).to.be.revertedWithCustomError(buyBack, "LotTooSmall").withArgs(9n, 10n);
    await expect(anybody.buy(address, 1n, 1n, stranger.address)).to.be.revertedWithCustomError(buyBack, "NoAuction");
    for (const act of [
      anybody.list(address, 1n, 1n),
      anybody.setMinLot(address, 1n),
      anybody.returnUnlisted(address),
    ]) {
      await expect(act)
        .to.be.revertedWithCustomError(buyBack, "NotTimelock")
        .withArgs(stranger.address, deployer.address);
    }
  });
});

describe("BuyBack.list", () => {
  it("takes each token once, at a price that fits, with a smallest lot that moves to half or double a week", async () => {
    const { buyBack, address } = await money();
    await expect(buyBack.list(address, 0n, 1n)).to.be.revertedWithCustomError(buyBack, "PriceOutOfBounds");
    await expect(buyBack.list(address, 2n ** 124n + 1n, 1n)).to.be.revertedWithCustomError(buyBack, "PriceOutOfBounds");
    await expect(buyBack.list(address, 1n, 0n)).to.be.revertedWithCustomError(buyBack, "AmountZero");
    await buyBack.list(address, 2n ** 124n, 100n);
    await expect(buyBack.list(address, 1n, 1n)).to.be.revertedWithCustomError(buyBack, "AlreadyListed");
    for (const lot of [49n, 201n]) {
      await expect(buyBack.setMinLot(address, lot))
        .to.be.revertedWithCustomError(buyBack, "MinLotOutOfReach")
        .withArgs(lot, 50n, 200n);
    }
    await buyBack.setMinLot(address, 50n);
    await expect(buyBack.setMinLot(address, 25n)).to.be.revertedWithCustomError(buyBack, "MinLotAtRest");
    await networkHelpers.time.increase(7 * DAY);
    await buyBack.setMinLot(address, 25n);
  });

  it("leaves the highest price and the largest lot within its numbers", async () => {
    const { buyBack, address, token, stranger } = await money();
    await buyBack.list(address, 2n ** 124n, 2n ** 123n);
    await token.mint(await buyBack.getAddress(), 2n ** 127n);
    await buyBack.start(address);
    expect(await buyBack.costOf(address, 2n ** 127n)).to.equal(
      ((await buyBack.priceOf(address)) * 2n ** 127n + UNIT - 1n) / UNIT,
    );
    await expect(buyBack.connect(stranger).buy(address, 2n ** 127n, 2n ** 256n - 1n, stranger.address)).to.revert(
      ethers,
    );
    await networkHelpers.time.increase(DAY);
    await buyBack.start(address);
    expect((await buyBack.auction(address)).price).to.equal(2n ** 122n);
  });

  it("returns tokens of which it was decided that they are not sold to the treasury", async () => {
    const { buyBack, address, token, treasuryAt, sluice } = await money();
    await expect(buyBack.returnUnlisted(address)).to.be.revertedWithCustomError(buyBack, "AmountZero");
    await token.mint(await buyBack.getAddress(), 77n);
    await buyBack.returnUnlisted(address);
    expect(await holds(address, treasuryAt)).to.equal(77n);
    await expect(buyBack.returnUnlisted(await sluice.getAddress())).to.be.revertedWithCustomError(
      buyBack,
      "SoldForItself",
    );
    await buyBack.list(address, 1n, 1n);
    await expect(buyBack.returnUnlisted(address)).to.be.revertedWithCustomError(buyBack, "AlreadyListed");
  });
});
