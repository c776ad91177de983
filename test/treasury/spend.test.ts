import { expect } from "chai";

import { DAY, ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { COIN, FIRST_CAP, holds, money, THIRTY_DAYS, type Money } from "./world.ts";

const HELD = 1_000_000n * UNIT;

async function filled(): Promise<Money> {
  const world = await money();
  await world.token.mint(world.treasuryAt, HELD);
  return world;
}

describe("Treasury.spend", () => {
  it("pays what the timelock says, up to the cap's share of the holdings in a period", async () => {
    const world = await filled();
    const { vault, address, payee } = world;
    const most = (HELD * FIRST_CAP) / 10_000n;
    expect(await vault.spendable(address)).to.equal(most);
    await expect(vault.spend(address, payee.address, most / 2n))
      .to.emit(vault, "Spent")
      .withArgs(address, payee.address, most / 2n, most / 2n);
    expect(await vault.spendable(address)).to.equal(most - most / 2n);
    await expect(vault.spend(address, payee.address, most - most / 2n + 1n))
      .to.be.revertedWithCustomError(vault, "AboveCap")
      .withArgs(address, most + 1n, most);
    await vault.spend(address, payee.address, most - most / 2n);
    expect(await holds(address, payee.address)).to.equal(most);
    expect(await vault.spendable(address)).to.equal(0n);
  });

  it("counts a spend for thirty days and no second longer, wherever the period began", async () => {
    const { vault, address, payee } = await filled();
    const most = (HELD * FIRST_CAP) / 10_000n;
    const first = (await networkHelpers.time.latest()) + 100;
    await networkHelpers.time.setNextBlockTimestamp(first);
    await vault.spend(address, payee.address, most / 4n);
    await networkHelpers.time.setNextBlockTimestamp(first + 20 * DAY);
    await vault.spend(address, payee.address, (most * 3n) / 4n);
    await networkHelpers.time.setNextBlockTimestamp(first + THIRTY_DAYS - 1);
    await expect(vault.spend(address, payee.address, 1n)).to.be.revertedWithCustomError(vault, "AboveCap");
    await networkHelpers.time.setNextBlockTimestamp(first + THIRTY_DAYS);
    // The first quarter has left the window; three quarters have not, and the base is what is held plus those.
    const base = HELD - most / 4n;
    const free = (base * FIRST_CAP) / 10_000n - (most * 3n) / 4n;
    await expect(vault.spend(address, payee.address, free + 1n)).to.be.revertedWithCustomError(vault, "AboveCap");
    await networkHelpers.time.setNextBlockTimestamp(first + THIRTY_DAYS + 1);
    await vault.spend(address, payee.address, free);
    expect(await vault.spentOf(address)).to.equal((most * 3n) / 4n + free);
  });

  it("caps each token and the chain's coin on its own, from the first unit, listed by nobody", async () => {
    const world = await filled();
    const { vault, treasuryAt, payee, operator, sluice, stranger } = world;
    await operator.sendTransaction({ to: treasuryAt, value: 50n * UNIT });
    await sluice.connect(stranger).transfer(treasuryAt, 999n);
    await expect(vault.spend(COIN, payee.address, 5n * UNIT)).to.changeEtherBalance(ethers, payee, 5n * UNIT);
    await expect(vault.spend(COIN, payee.address, 1n)).to.be.revertedWithCustomError(vault, "AboveCap");
    const sluiceAt = await sluice.getAddress();
    await expect(vault.spend(sluiceAt, payee.address, 100n))
      .to.be.revertedWithCustomError(vault, "AboveCap")
      .withArgs(sluiceAt, 100n, 99n);
    await vault.spend(sluiceAt, payee.address, 99n);
  });

  it("is the timelock's alone, of something, and fails whole where the receiver refuses", async () => {
    const { vault, address, payee, stranger, deployer, treasuryAt } = await filled();
    await expect(vault.connect(stranger).spend(address, stranger.address, 1n))
      .to.be.revertedWithCustomError(vault, "NotTimelock")
      .withArgs(stranger.address, deployer.address);
    await expect(vault.spend(address, payee.address, 0n)).to.be.revertedWithCustomError(vault, "AmountZero");
    const refuses = await ethers.deployContract("CoinReceiver");
    await refuses.setHabit(1);
    await stranger.sendTransaction({ to: treasuryAt, value: 100n });
    await expect(vault.spend(COIN, await refuses.getAddress(), 10n))
      .to.be.revertedWithCustomError(vault, "TransferFailed")
      .withArgs(COIN, await refuses.getAddress(), 10n);
    expect(await vault.spentOf(COIN)).to.equal(0n);
  });

  it("lets a gift raise the cap by its share only: who gives a hundred opens ten", async () => {
    const { vault, address, token, treasuryAt, payee } = await filled();
    const most = (HELD * FIRST_CAP) / 10_000n;
    await vault.spend(address, payee.address, most);
    await token.mint(treasuryAt, 100n * UNIT);
    expect(await vault.spendable(address)).to.equal(10n * UNIT);
  });
});

describe("Treasury.setCap", () => {
  it("raises by a step at most, after a delay, and not again within a period", async () => {
    const { vault, address } = await filled();
    await expect(vault.setCap(address, 1_251)).to.be.revertedWithCustomError(vault, "CapStepTooLarge");
    const now = (await networkHelpers.time.latest()) + 10;
    await networkHelpers.time.setNextBlockTimestamp(now);
    await expect(vault.setCap(address, 1_250))
      .to.emit(vault, "CapChanged")
      .withArgs(address, 1_000n, 1_250n, now + 14 * DAY);
    await networkHelpers.time.increaseTo(now + 14 * DAY - 1);
    expect((await vault.capOf(address)).bps).to.equal(1_000n);
    await networkHelpers.time.increaseTo(now + 14 * DAY);
    expect((await vault.capOf(address)).bps).to.equal(1_250n);
    await networkHelpers.time.setNextBlockTimestamp(now + THIRTY_DAYS - 1);
    await expect(vault.setCap(address, 1_500))
      .to.be.revertedWithCustomError(vault, "CapAtRest")
      .withArgs(now + THIRTY_DAYS - 1, now + THIRTY_DAYS);
    await networkHelpers.time.increaseTo(now + THIRTY_DAYS);
    await vault.setCap(address, 1_500);
    expect((await vault.capOf(address)).nextBps).to.equal(1_500n);
  });

  it("lowers at once and at any time, which drops a rise that waits", async () => {
    const { vault, address } = await filled();
    await vault.setCap(address, 1_250);
    await vault.setCap(address, 900);
    const cap = await vault.capOf(address);
    expect([cap.bps, cap.nextBps, cap.nextFrom]).to.deep.equal([900n, 0n, 0n]);
    await networkHelpers.time.increase(THIRTY_DAYS);
    expect((await vault.capOf(address)).bps).to.equal(900n);
    expect(await vault.spendable(address)).to.equal((HELD * 900n) / 10_000n);
  });

  it("drops a waiting rise by naming the cap in force again, and is refused where nothing changes", async () => {
    const { vault, address } = await filled();
    await expect(vault.setCap(address, 1_000)).to.be.revertedWithCustomError(vault, "CapUnchanged").withArgs(1_000n);
    await vault.setCap(address, 1_250);
    await vault.setCap(address, 1_000);
    expect((await vault.capOf(address)).nextFrom).to.equal(0n);
  });

  it("stays within 1 % and 25 %, by the timelock alone", async () => {
    const { vault, address, stranger } = await filled();
    for (const bps of [99, 2_501, 0, 10_000]) {
      await expect(vault.setCap(address, bps))
        .to.be.revertedWithCustomError(vault, "CapOutOfBounds")
        .withArgs(bps, 100n, 2_500n);
    }
    await expect(vault.connect(stranger).setCap(address, 900)).to.be.revertedWithCustomError(vault, "NotTimelock");
    await expect(ethers.deployContract("Treasury", [stranger.address, 2_501n])).to.be.revertedWithCustomError(
      vault,
      "CapOutOfBounds",
    );
  });
});
