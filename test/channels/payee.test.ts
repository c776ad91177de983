import { signBounty, signClose, type Bounty } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { batchOf, expectRefused, fixture, HOUR, opened, redeem, stateOf, voucher, type Channels } from "./world.ts";

describe("PaymentChannels.movePayee", () => {
  it("pays the new payee from then on, who alone may move again, close and agree", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const to = world.feeReceiver;
    await redeem(world, channel, UNIT);
    await expect(world.channels.connect(world.payee).movePayee(channel.packed, to.address))
      .to.emit(world.channels, "PayeeMoved")
      .withArgs(channel.id, world.payee.address, to.address);
    expect(await world.channels.payeeOf(channel.packed)).to.equal(to.address);
    const before = await world.token.balanceOf(to.address);
    await redeem(world, channel, 5n * UNIT);
    expect((await world.token.balanceOf(to.address)) - before).to.equal(4n * UNIT);
    for (const act of [
      () => world.channels.connect(world.payee).close(channel.packed),
      () => world.channels.connect(world.payee).movePayee(channel.packed, world.payee.address),
    ]) {
      await expectRefused(world, channel, act, "NotPayee", [world.payee.address, to.address]);
    }
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const signed = await signClose(world.payer, channel.id, 9n * UNIT, deadline, world.channelSite);
    await world.channels.connect(to).coopClose(channel.packed, 9n * UNIT, deadline, signed, "0x", "0x");
    expect((await world.token.balanceOf(to.address)) - before).to.equal(8n * UNIT);
  });

  it("is left out of a batch, which names one payee, and reported", async () => {
    const world = await fixture();
    const [moved, stays] = [await opened(world), await opened(world, { salt: 2n })];
    await world.channels.connect(world.payee).movePayee(moved.packed, world.feeReceiver.address);
    const batch = await batchOf(world, [
      [moved, UNIT],
      [stays, UNIT],
    ]);
    const { paid, report } = await world.channels.redeemMany.staticCall(batch.header, batch.rows, "0x");
    // Rows stand in the order of their channels' ids, which follow from addresses.
    expect([paid, report]).to.deep.equal([UNIT, moved.id < stays.id ? "0x000009" : "0x000109"]);
  });

  it("is the payee's, to somebody", async () => {
    const world = await fixture();
    const channel = await opened(world);
    for (const who of [world.payer, world.stranger]) {
      const act = () => world.channels.connect(who).movePayee(channel.packed, who.address);
      await expectRefused(world, channel, act, "NotPayee", [who.address, world.payee.address]);
    }
    for (const to of [ZeroAddress, world.channelSite.channels]) {
      const act = () => world.channels.connect(world.payee).movePayee(channel.packed, to);
      await expectRefused(world, channel, act, "ChannelPartyInvalid", [to]);
    }
  });
});

describe("PaymentChannels.redeemForBounty", () => {
  async function bountyOf(world: Channels, changes: Partial<Bounty> = {}): Promise<Bounty> {
    const token = await world.token.getAddress();
    const deadline = (await networkHelpers.time.latest()) + 48 * HOUR;
    return { payee: world.payee.address, token, feeBps: 50, largest: UNIT, deadline, ...changes };
  }

  async function submit(world: Channels, channel: Awaited<ReturnType<typeof opened>>, bounty: Bounty, amount: bigint) {
    const promise = await signBounty(world.payee, bounty, world.channelSite);
    const signature = await voucher(world, channel, amount);
    const byStranger = world.channels.connect(world.stranger);
    return byStranger.redeemForBounty(channel.packed, amount, signature, "0x", bounty, promise);
  }

  it("pays whoever submits the last voucher in the exit window what the payee promised, and the payee the rest", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const [payee, stranger] = [world.payee.address, world.stranger.address];
    const before = [await world.token.balanceOf(payee), await world.token.balanceOf(stranger)] as const;
    const fee = (60n * UNIT * 50n) / 10_000n;
    await expect(submit(world, channel, await bountyOf(world), 60n * UNIT))
      .to.emit(world.channels, "BountyPaid")
      .withArgs(channel.id, stranger, fee);
    expect((await world.token.balanceOf(payee)) - before[0]).to.equal(60n * UNIT - fee);
    expect((await world.token.balanceOf(stranger)) - before[1]).to.equal(fee);
    expect((await stateOf(world, channel)).claimed).to.equal(60n * UNIT);
  });

  it("is never above the largest amount the payee named, nor above one in a hundred", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const high = await bountyOf(world, { feeBps: 101 });
    await expectRefused(world, channel, () => submit(world, channel, high, UNIT), "BountyTooHigh", [101, 100]);
    const before = await world.token.balanceOf(world.stranger.address);
    await submit(world, channel, await bountyOf(world, { feeBps: 100, largest: 7n }), 60n * UNIT);
    expect((await world.token.balanceOf(world.stranger.address)) - before).to.equal(7n);
  });

  it("is paid in the exit window only, in time, for the payee and token it names, on his signature", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const bounty = await bountyOf(world);
    await expect(submit(world, channel, bounty, UNIT)).to.be.revertedWithCustomError(
      world.channels,
      "BountyOutsideExit",
    );
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const other = await bountyOf(world, { payee: world.stranger.address });
    const mismatch = [channel.id, world.stranger.address, bounty.token];
    await expectRefused(world, channel, () => submit(world, channel, other, UNIT), "BountyMismatch", mismatch);
    const signature = await voucher(world, channel, UNIT);
    const forged = await signBounty(world.stranger, bounty, world.channelSite);
    const steal = () => world.channels.redeemForBounty(channel.packed, UNIT, signature, "0x", bounty, forged);
    await expectRefused(world, channel, steal, "BountySignatureInvalid", [world.payee.address]);
    const late = await bountyOf(world, { deadline: (await networkHelpers.time.latest()) + 10 });
    await networkHelpers.time.setNextBlockTimestamp(late.deadline);
    await expect(submit(world, channel, late, UNIT))
      .to.be.revertedWithCustomError(world.channels, "BountyExpired")
      .withArgs(late.deadline, late.deadline);
  });
});
