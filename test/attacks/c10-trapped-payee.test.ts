import { signClose } from "@sluice/sdk";
import { expect } from "chai";

import { withToken } from "../shared/moves.ts";
import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { batchOf, fixture, HOUR, opened, redeem, stateOf } from "../channels/world.ts";

/** A channel in a listed token with a deny list. */
async function scene() {
  const plain = await fixture();
  const token = await ethers.deployContract("DenyListToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  await token.connect(suite.payer).approve(plain.channelSite.channels, 2n ** 255n);
  const world = { ...plain, epoch: suite.epoch };
  const channel = await opened(world, { token: address });
  return { world, token, address, channel };
}

describe("C10: a deny-listed side traps nobody", () => {
  it("closes for the payee when the payer cannot be paid, and pays the payer by sweep later", async () => {
    const { world, token, address, channel } = await scene();
    await token.setDenied(world.payer.address, true);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const signature = await signClose(world.payer, channel.id, 30n * UNIT, deadline, world.channelSite);
    const close = [channel.packed, 30n * UNIT, deadline, signature, "0x", "0x"] as const;
    await expect(world.channels.connect(world.payee).coopClose(...close))
      .to.emit(world.channels, "Credited")
      .withArgs(address, world.payer.address, 50n * UNIT);
    expect(await token.balanceOf(world.payee.address)).to.equal(30n * UNIT);
    await expect(world.channels.sweep(address, world.payer.address))
      .to.be.revertedWithCustomError(world.channels, "TransferFailed")
      .withArgs(address, world.channelSite.channels, world.payer.address, 50n * UNIT);
    await token.setDenied(world.payer.address, false);
    await expect(world.channels.connect(world.stranger).sweep(address, world.payer.address))
      .to.emit(world.channels, "CreditSwept")
      .withArgs(address, world.payer.address, 50n * UNIT);
    expect(await token.balanceOf(world.channelSite.channels)).to.equal(0n);
    await expect(world.channels.sweep(address, world.payer.address))
      .to.be.revertedWithCustomError(world.channels, "NothingToSweep")
      .withArgs(address, world.payer.address);
  });

  it("lets the payer leave when the payee cannot be paid, and credits the payee one by one and in a batch", async () => {
    const { world, token, address, channel } = await scene();
    await token.setDenied(world.payee.address, true);
    await expect(redeem(world, channel, 10n * UNIT, { by: world.stranger }))
      .to.emit(world.channels, "Credited")
      .withArgs(address, world.payee.address, 10n * UNIT);
    const batch = await batchOf(world, [[channel, 30n * UNIT]]);
    await world.channels.redeemMany(batch.header, batch.rows, "0x");
    expect(await world.channels.credit(address, world.payee.address)).to.equal(30n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increase(25 * HOUR);
    await world.channels.finalizeExit(channel.packed);
    expect((await stateOf(world, channel)).closed).to.equal(true);
    expect(await token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT - 30n * UNIT);
    await token.setDenied(world.payee.address, false);
    await world.channels.sweep(address, world.payee.address);
    expect(await token.balanceOf(world.payee.address)).to.equal(30n * UNIT);
  });
});
