import { signClose } from "@sluice/sdk";
import type { Signer } from "ethers";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { channelOf, expectRefused, fixture, HOUR, opened } from "../channels/world.ts";

describe("C12: nobody closes a stranger's channel", () => {
  it("refuses a stranger's request, close and finalisation", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const { stranger, payer, payee, channels } = world;
    const calls = channels.connect(stranger);
    const request = () => calls.requestExit(channel.packed);
    await expectRefused(world, channel, request, "NotPayer", [stranger.address, payer.address]);
    await expectRefused(world, channel, () => calls.close(channel.packed), "NotPayee", [
      stranger.address,
      payee.address,
    ]);
    await expectRefused(world, channel, () => calls.finalizeExit(channel.packed), "ExitNotRequested", [channel.id]);
    const byPayee = () => channels.connect(payee).requestExit(channel.packed);
    await expectRefused(world, channel, byPayee, "NotPayer", [payee.address, payer.address]);
  });

  it("refuses a close with one side's signature twice, or with a stranger's", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const sign = (signer: Signer) => signClose(signer, channel.id, 0n, deadline, world.channelSite);
    const [payer, payee, stranger] = [await sign(world.payer), await sign(world.payee), await sign(world.stranger)];
    const cases = [
      [payer, payer, world.payee.address],
      [payee, payee, world.payer.address],
      [stranger, payee, world.payer.address],
      [payer, stranger, world.payee.address],
      [payer, "0x", world.payee.address],
      ["0x", payee, world.payer.address],
    ] as const;
    for (const [first, second, blamed] of cases) {
      const act = () =>
        world.channels.connect(world.stranger).coopClose(channel.packed, 0n, deadline, first, second, "0x");
      await expectRefused(world, channel, act, "CloseSignatureInvalid", [channel.id, blamed]);
    }
  });

  it("gives a stranger who names himself payer or payee another channel, which is not open", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 9n * UNIT);
    const { stranger } = world;
    const asPayee = channelOf(world, { ...channel.terms, payee: stranger.address });
    const close = () => world.channels.connect(stranger).close(asPayee.packed);
    await expectRefused(world, channel, close, "ChannelNotOpen", [asPayee.id]);
    const asPayer = channelOf(world, { ...channel.terms, payer: stranger.address });
    const request = () => world.channels.connect(stranger).requestExit(asPayer.packed);
    await expectRefused(world, channel, request, "ChannelNotOpen", [asPayer.id]);
  });
});
