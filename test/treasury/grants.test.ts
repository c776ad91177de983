import { expect } from "chai";

import { DAY, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { COIN, holds, money, type Money } from "./world.ts";

const AMOUNT = 1_000n * UNIT + 7n;
const LENGTH = 100 * DAY;

/** A grant over a hundred days with a cliff after ten, funded by a spend in the same transaction's stead. */
async function granted(): Promise<Money & { start: number }> {
  const world = await money();
  const { token, grants, payee, address } = world;
  await token.mint(await grants.getAddress(), AMOUNT);
  const start = (await networkHelpers.time.latest()) + 1_000;
  await grants.open(address, payee.address, AMOUNT, start, start + 10 * DAY, start + LENGTH);
  return { ...world, start };
}

describe("GrantStreams.open", () => {
  it("needs money that no grant has a claim to", async () => {
    const { grants, address, payee, start } = await granted();
    await expect(grants.open(address, payee.address, 1n, start, start, start + 1))
      .to.be.revertedWithCustomError(grants, "GrantNotFunded")
      .withArgs(address, 0n, 1n);
    expect(await grants.committedOf(address)).to.equal(AMOUNT);
  });

  it("refuses times out of order, more than ten years, nothing and nobody, and any other caller", async () => {
    const { grants, address, payee, stranger, token } = await money();
    await token.mint(await grants.getAddress(), 10n);
    const open = (amount: bigint, to: string, ...times: [number, number, number]) =>
      grants.open(address, to, amount, ...times);
    for (const times of [
      [10, 10, 10],
      [10, 9, 20],
      [10, 21, 20],
      [0, 0, 10 * 365 * DAY + 1],
    ] as const) {
      await expect(open(1n, payee.address, times[0], times[1], times[2])).to.be.revertedWithCustomError(
        grants,
        "GrantTimesInvalid",
      );
    }
    await expect(open(0n, payee.address, 1, 1, 2)).to.be.revertedWithCustomError(grants, "AmountZero");
    await expect(open(1n, COIN, 1, 1, 2)).to.be.revertedWithCustomError(grants, "AddressZero");
    await expect(grants.connect(stranger).open(address, payee.address, 1n, 1, 1, 2)).to.be.revertedWithCustomError(
      grants,
      "NotTimelock",
    );
  });
});

describe("GrantStreams.withdraw", () => {
  it("pays nothing before the cliff, then to the second and the unit what time has earned, by anybody's call", async () => {
    const { grants, address, payee, stranger, start } = await granted();
    await networkHelpers.time.increaseTo(start + 10 * DAY - 2);
    await expect(grants.connect(stranger).withdraw(1n)).to.be.revertedWithCustomError(grants, "NothingVested");
    let paid = 0n;
    for (const second of [10 * DAY, 10 * DAY + 1, 37 * DAY + 12_345, LENGTH - 1]) {
      await networkHelpers.time.setNextBlockTimestamp(start + second);
      const vested = (AMOUNT * BigInt(second)) / BigInt(LENGTH);
      await expect(grants.connect(stranger).withdraw(1n))
        .to.emit(grants, "GrantWithdrawn")
        .withArgs(1n, payee.address, vested - paid);
      paid = vested;
      expect(await holds(address, payee.address)).to.equal(paid);
    }
    await networkHelpers.time.increaseTo(start + LENGTH);
    await grants.withdraw(1n);
    expect(await holds(address, payee.address)).to.equal(AMOUNT);
    expect(await grants.committedOf(address)).to.equal(0n);
    await expect(grants.withdraw(1n)).to.be.revertedWithCustomError(grants, "NothingVested").withArgs(1n);
    await expect(grants.withdraw(2n)).to.be.revertedWithCustomError(grants, "NoSuchGrant").withArgs(2n);
  });

  it("goes to the account the recipient names when the token refuses his own", async () => {
    const world = await money();
    const { grants, payee, stranger } = world;
    const denying = await ethers.deployContract("DenyListToken");
    const at = await denying.getAddress();
    await denying.mint(await grants.getAddress(), 100n);
    const start = await networkHelpers.time.latest();
    await grants.open(at, payee.address, 100n, start, start, start + 100);
    await networkHelpers.time.increase(200);
    await denying.setDenied(payee.address, true);
    await expect(grants.withdraw(1n)).to.be.revertedWithCustomError(grants, "TransferFailed");
    await expect(grants.connect(stranger).move(1n, stranger.address))
      .to.be.revertedWithCustomError(grants, "NotRecipient")
      .withArgs(stranger.address, payee.address);
    await expect(grants.connect(payee).move(1n, COIN)).to.be.revertedWithCustomError(grants, "AddressZero");
    await grants.connect(payee).move(1n, stranger.address);
    await grants.withdraw(1n);
    expect(await denying.balanceOf(stranger.address)).to.equal(100n);
  });

  it("pays the chain's coin, too", async () => {
    const { grants, payee, operator } = await money();
    await operator.sendTransaction({ to: await grants.getAddress(), value: UNIT });
    const start = await networkHelpers.time.latest();
    await grants.open(COIN, payee.address, UNIT, start, start, start + 10);
    await networkHelpers.time.increase(20);
    await expect(grants.withdraw(1n)).to.changeEtherBalance(ethers, payee, UNIT);
  });
});

describe("GrantStreams.cancel", () => {
  it("leaves what has vested with the recipient and returns the rest to the treasury, to the unit", async () => {
    const { grants, address, payee, treasuryAt, start } = await granted();
    await networkHelpers.time.setNextBlockTimestamp(start + 20 * DAY);
    await grants.withdraw(1n);
    await networkHelpers.time.setNextBlockTimestamp(start + 33 * DAY + 1);
    const vested = (AMOUNT * BigInt(33 * DAY + 1)) / BigInt(LENGTH);
    await expect(grants.cancel(1n))
      .to.emit(grants, "GrantCancelled")
      .withArgs(1n, vested, AMOUNT - vested);
    expect(await holds(address, treasuryAt)).to.equal(AMOUNT - vested);
    await networkHelpers.time.increase(LENGTH);
    await grants.withdraw(1n);
    expect(await holds(address, payee.address)).to.equal(vested);
    expect(await holds(address, await grants.getAddress())).to.equal(0n);
    await expect(grants.cancel(1n)).to.be.revertedWithCustomError(grants, "GrantOver").withArgs(1n);
  });

  it("returns everything before the cliff, and is the timelock's alone", async () => {
    const { grants, address, treasuryAt, start, stranger } = await granted();
    await networkHelpers.time.increaseTo(start + 9 * DAY);
    await expect(grants.connect(stranger).cancel(1n)).to.be.revertedWithCustomError(grants, "NotTimelock");
    await grants.cancel(1n);
    expect(await holds(address, treasuryAt)).to.equal(AMOUNT);
    expect(await grants.vestedOf(1n)).to.equal(0n);
    const { cancelled } = await grants.grant(1n);
    expect(cancelled).to.equal(true);
    await expect(grants.withdraw(1n)).to.be.revertedWithCustomError(grants, "NothingVested");
  });
});

describe("GrantStreams.returnFree", () => {
  it("sends what belongs to no grant to the treasury, by anybody's call, and nothing else", async () => {
    const { grants, address, token, stranger, treasuryAt } = await granted();
    const free = grants.connect(stranger);
    await expect(free.returnFree(address)).to.be.revertedWithCustomError(grants, "NothingFree").withArgs(address);
    await token.mint(await grants.getAddress(), 5n);
    await free.returnFree(address);
    expect(await holds(address, treasuryAt)).to.equal(5n);
    expect(await holds(address, await grants.getAddress())).to.equal(AMOUNT);
  });
});
