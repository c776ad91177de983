import { expect } from "chai";

import {
  batchOf,
  channelOf,
  DEPOSIT,
  fixture,
  opened,
  redeem,
  signedOpening,
  termsOf,
  voucher,
} from "../channels/world.ts";
import { key, networkHelpers, UNIT } from "../shared/suite.ts";
import { Wallet } from "ethers";

describe("C4: a deposit counts when it is there, and not after a reorganisation has taken it away", () => {
  it("pays nobody out of a deposit that a reorganisation removed, and pays once it is back", async () => {
    const world = await fixture();
    const kept = await opened(world, { salt: 1n });
    const before = await networkHelpers.takeSnapshot();
    const removed = await opened(world, { salt: 2n });
    const signature = await voucher(world, removed, 10n * UNIT);
    await before.restore();

    await expect(redeem(world, removed, 10n * UNIT, { signature }))
      .to.be.revertedWithCustomError(world.channels, "ChannelNotOpen")
      .withArgs(removed.id);
    const batch = await batchOf(world, [
      [kept, 5n * UNIT],
      [removed, 10n * UNIT],
    ]);
    await world.channels.connect(world.payee).redeemMany(batch.header, batch.rows, "0x");
    expect(await world.token.balanceOf(world.payee.address)).to.equal(5n * UNIT);

    await opened(world, { salt: 2n });
    await redeem(world, removed, 10n * UNIT, { signature });
    expect(await world.token.balanceOf(world.payee.address)).to.equal(15n * UNIT);
  });

  it("credits nothing for an opening whose money does not come", async () => {
    const world = await fixture();
    const wallet = new Wallet(key("C4 has no tokens"));
    const channel = channelOf(world, await termsOf(world, { payer: wallet.address }), wallet);
    const { validBefore, signature } = await signedOpening(world, channel, DEPOSIT);
    await expect(world.channels.openWithAuthorization(channel.packed, DEPOSIT, validBefore, signature))
      .to.be.revertedWithCustomError(world.token, "BalanceTooLow")
      .withArgs(0n, DEPOSIT);
    expect((await world.channels.channel(channel.id)).open).to.equal(false);
  });
});
