import { expect } from "chai";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { DEPOSIT, expectRefused, fixture, HOUR, opened, queue, QUEUE_DELAY, redeem } from "../channels/world.ts";

describe("C11: an old voucher closes nothing, and what waits is counted once", () => {
  it("an older voucher submitted in the exit window changes nothing after a newer one, and may be followed by it", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await redeem(world, channel, 2n * UNIT, { by: world.stranger });
    await redeem(world, channel, 9n * UNIT);
    const stale = () => redeem(world, channel, 2n * UNIT, { by: world.payer });
    await expectRefused(world, channel, stale, "VoucherNotHigher", [2n * UNIT, 9n * UNIT]);
    await networkHelpers.time.increase(25 * HOUR);
    await world.channels.finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(9n * UNIT);
  });

  it("what is queued is neither returned at the exit nor paid twice, with a payout before and one within it", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    const before = await world.token.balanceOf(world.payer.address);
    await redeem(world, channel, 50n * UNIT);
    await queue(world, channel, 300n * UNIT);
    await redeem(world, channel, 60n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increase(25 * HOUR);
    await world.channels.finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(before + 200n * UNIT);
    await networkHelpers.time.increase(QUEUE_DELAY);
    await world.channels.release(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(300n * UNIT);
    expect(await world.token.balanceOf(world.channelSite.channels)).to.equal(0n);
    await expect(world.channels.release(channel.packed)).to.be.revertedWithCustomError(world.channels, "NothingQueued");
  });

  it("what is queued and then paid directly is not paid again by its release", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await queue(world, channel, 20n * UNIT);
    await redeem(world, channel, 30n * UNIT);
    await networkHelpers.time.increase(QUEUE_DELAY);
    await world.channels.release(channel.packed).catch(() => undefined); // it may have nothing left to do
    expect(await world.token.balanceOf(world.payee.address)).to.equal(30n * UNIT);
    expect(await world.token.balanceOf(world.channelSite.channels)).to.equal(DEPOSIT - 30n * UNIT);
  });
});
