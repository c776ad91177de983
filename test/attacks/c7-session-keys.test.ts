import { signClose, signVoucher } from "@sluice/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";

import { expectRefused, fixture, HOUR, opened, redeem, stateOf, voucher, type Channel } from "../channels/world.ts";
import { ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";

/** A channel whose vouchers a session key signs. */
async function scene() {
  const world = await fixture();
  const session = new Wallet(key("C7 session").privateKey, ethers.provider);
  await networkHelpers.setBalance(session.address, 10n ** 18n);
  const channel: Channel = { ...(await opened(world, { signer: session.address })), signer: session };
  return { world, session, channel };
}

describe("C7: a session key spends one channel's deposit at one payee, and nothing else", () => {
  it("pays the payee up to the deposit", async () => {
    const { world, channel } = await scene();
    await redeem(world, channel, 80n * UNIT);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(80n * UNIT);
    await expectRefused(world, channel, () => redeem(world, channel, 80n * UNIT + 1n), "VoucherExceedsDeposit", [
      80n * UNIT + 1n,
      80n * UNIT,
    ]);
  });

  it("counts on no other channel of the same payer, where he signs himself", async () => {
    const { world, session } = await scene();
    const other = await opened(world, { salt: 2n });
    const signature = await signVoucher(session, other.id, UNIT, world.channelSite);
    const act = () => redeem(world, other, UNIT, { signature });
    await expectRefused(world, other, act, "VoucherSignatureInvalid", [other.id, world.payer.address]);
  });

  it("opens, leaves and closes nothing, and cannot take the deposit", async () => {
    const { world, session, channel } = await scene();
    const calls = world.channels.connect(session);
    await expectRefused(world, channel, () => calls.requestExit(channel.packed), "NotPayer", [
      session.address,
      world.payer.address,
    ]);
    await expectRefused(world, channel, () => calls.close(channel.packed), "NotPayee", [
      session.address,
      world.payee.address,
    ]);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const own = await signClose(session, channel.id, 0n, deadline, world.channelSite);
    const act = () => calls.coopClose(channel.packed, 0n, deadline, own, own, "0x");
    await expectRefused(world, channel, act, "CloseSignatureInvalid", [channel.id, world.payee.address]);
    const mine = { ...channel.packed, payer: session.address, salt: 9n };
    await expect(calls.open(mine, UNIT)).to.be.revertedWithCustomError(world.channels, "TransferFailed");
    expect((await stateOf(world, channel)).open).to.equal(true);
  });

  it("ends with its channel: after the exit nothing more goes out, whatever it signs", async () => {
    const { world, channel } = await scene();
    const signature = await voucher(world, channel, 5n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increase(25 * HOUR);
    await world.channels.finalizeExit(channel.packed);
    const act = () => redeem(world, channel, 5n * UNIT, { signature });
    await expectRefused(world, channel, act, "ChannelNotOpen", [channel.id]);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(0n);
  });
});
