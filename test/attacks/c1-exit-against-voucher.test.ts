import { expect } from "chai";

import { at } from "../shared/moves.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";
import { DEPOSIT, expectRefused, fixture, opened, queue, redeem, stateOf } from "../channels/world.ts";

describe("C1: a payer cannot leave while the payee holds a voucher that he can still submit", () => {
  it("finalises nothing before the window is over, and the last voucher submitted in it is paid", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    const finalize = () => world.channels.connect(world.payer).finalizeExit(channel.packed);
    await at(closeAt - 3n);
    await expectRefused(world, channel, finalize, "ExitTooEarly", [closeAt - 3n, closeAt]);
    await at(closeAt - 1n);
    await redeem(world, channel, DEPOSIT, { by: world.stranger });
    await at(closeAt);
    await finalize();
    expect(await world.token.balanceOf(world.payee.address)).to.equal(DEPOSIT);
  });

  it("keeps what was queued in the window out of the payer's reach, though it is above the cap and nobody attests", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    await queue(world, channel, 400n * UNIT, world.stranger);
    await networkHelpers.time.increaseTo(closeAt);
    await world.channels.connect(world.payer).finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT - 400n * UNIT);
    await networkHelpers.time.increaseTo((await world.channels.queueOf(channel.id)).releaseAt);
    await world.channels.release(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(400n * UNIT);
  });
});
