import { signReceiveAuthorization, topUpAuthorization } from "@sluice/sdk";
import { expect } from "chai";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  channelOf,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  HOUR,
  opened,
  redeem,
  SCORE,
  stateOf,
  termsOf,
} from "./world.ts";

describe("PaymentChannels.topUp", () => {
  for (const who of ["payer", "stranger"] as const) {
    it(`adds what the ${who} pays`, async () => {
      const world = await fixture();
      const channel = await opened(world);
      const before = await holdings(world);
      await expect(world.channels.connect(world[who]).topUp(channel.packed, 5n * UNIT))
        .to.emit(world.channels, "ToppedUp")
        .withArgs(channel.id, world[who].address, 5n * UNIT, DEPOSIT + 5n * UNIT);
      const after = { ...before, channels: before.channels + 5n * UNIT, [who]: before[who] - 5n * UNIT };
      expect(await holdings(world)).to.deep.equal(after);
      expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT + 5n * UNIT);
    });
  }

  it("reverts on nothing, on a channel that is not open, and on a deposit of 2^96", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const topUp = (to: typeof channel, amount: bigint) => () =>
      world.channels.connect(world.payer).topUp(to.packed, amount);
    await expectRefused(world, channel, topUp(channel, 0n), "DepositZero");
    const unopened = channelOf(world, await termsOf(world, { salt: 2n }));
    await expectRefused(world, unopened, topUp(unopened, 1n), "ChannelNotOpen", [unopened.id]);
    const largest = 2n ** 96n - 1n;
    const args = [DEPOSIT + largest, largest];
    await expectRefused(world, channel, topUp(channel, largest), "DepositTooLarge", args);
  });

  it("reverts on a blocked channel, whose payee gets nothing more", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 1n, { attestation: await attestOne(world, channel, 1n, SCORE.Block) });
    const act = () => world.channels.connect(world.payer).topUp(channel.packed, 1n);
    await expectRefused(world, channel, act, "PayoutBlocked", [channel.id]);
  });
});

describe("PaymentChannels.topUpWithAuthorization", () => {
  it("adds the same amount twice under two salts, and once under one", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const validBefore = (await networkHelpers.time.latest()) + HOUR;
    const signing = { tokenName: "Local Token", tokenVersion: "1", validBefore };
    const from = world.stranger;
    const act = async (salt: bigint) => {
      const pull = topUpAuthorization(channel.terms, from.address, UNIT, salt, world.channelSite, signing);
      const signature = await signReceiveAuthorization(from, pull);
      return world.channels.topUpWithAuthorization(channel.packed, from.address, UNIT, salt, validBefore, signature);
    };
    await act(1n);
    await expect(act(2n))
      .to.emit(world.channels, "ToppedUp")
      .withArgs(channel.id, from.address, UNIT, DEPOSIT + 2n * UNIT);
    await expect(act(2n)).to.be.revertedWithCustomError(world.token, "AuthorizationWasUsed");
    expect((await stateOf(world, channel)).deposit).to.equal(DEPOSIT + 2n * UNIT);
  });

  it("reverts when the signature was given for another channel", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const other = await opened(world, { payee: world.stranger.address });
    const validBefore = (await networkHelpers.time.latest()) + HOUR;
    const signing = { tokenName: "Local Token", tokenVersion: "1", validBefore };
    const pull = topUpAuthorization(channel.terms, world.payer.address, UNIT, 1n, world.channelSite, signing);
    const signature = await signReceiveAuthorization(world.payer, pull);
    const act = () =>
      world.channels.topUpWithAuthorization(other.packed, world.payer.address, UNIT, 1n, validBefore, signature);
    await expectRefused(world, other, act, "AuthorizationSignatureInvalid", [world.payer.address], world.token);
  });
});
