import { expect } from "chai";

import { UNIT } from "../shared/suite.ts";
import { fixture, HOUR, opened, stateOf } from "../channels/world.ts";
import { networkHelpers } from "../shared/suite.ts";

describe("C2: a top-up neither shortens nor cancels the closing clock", () => {
  it("leaves closeAt as it is before, in and after the window, whoever pays", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const topUp = async (by: "payer" | "stranger") => {
      const { closeAt } = await stateOf(world, channel);
      await world.channels.connect(world[by]).topUp(channel.packed, UNIT);
      expect((await stateOf(world, channel)).closeAt).to.equal(closeAt);
      return closeAt;
    };
    expect(await topUp("payer")).to.equal(0n);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await topUp("payer");
    await topUp("stranger");
    await networkHelpers.time.increase(25 * HOUR);
    await topUp("stranger");
    await world.channels.finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.channelSite.channels)).to.equal(0n);
  });
});
