import { expect } from "chai";

import { expectRefused, fixture, HOUR, opened, redeem, stateOf } from "../channels/world.ts";
import { at } from "../shared/moves.ts";
import { UNIT } from "../shared/suite.ts";

describe("C8: no deposit is withdrawn without notice", () => {
  it("goes back only through an exit that every payee can see, a whole exit delay earlier", async () => {
    const world = await fixture();
    const channel = await opened(world, { exitDelay: HOUR });
    const finalize = () => world.channels.connect(world.payer).finalizeExit(channel.packed);
    await expectRefused(world, channel, finalize, "ExitNotRequested", [channel.id]);
    await expect(world.channels.connect(world.payer).requestExit(channel.packed)).to.emit(
      world.channels,
      "ExitRequested",
    );
    const { closeAt } = await stateOf(world, channel);
    await at(closeAt - 1n);
    await expectRefused(world, channel, finalize, "ExitTooEarly", [closeAt - 1n, closeAt]);
  });

  it("leaves the payee his whole window: a voucher of its last second is paid before the rest goes back", async () => {
    const world = await fixture();
    const channel = await opened(world, { exitDelay: HOUR });
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    await at(closeAt - 1n);
    await redeem(world, channel, 7n * UNIT);
    await at(closeAt);
    await world.channels.finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(7n * UNIT);
  });

  it("has no shorter notice than an hour", async () => {
    const world = await fixture();
    await expect(opened(world, { exitDelay: HOUR - 1 })).to.be.revertedWithCustomError(
      world.channels,
      "ExitDelayOutOfRange",
    );
  });
});
