import { expect } from "chai";

import { at, secondOf } from "../shared/moves.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  channelOf,
  expectRefused,
  fixture,
  holdings,
  opened,
  queue,
  QUEUE_DELAY,
  redeem,
  SCORE,
  stateOf,
  termsOf,
} from "./world.ts";

const GONE = {
  deposit: 0n,
  claimed: 0n,
  closeAt: 0n,
  open: false,
  closed: true,
  blocked: false,
  queued: false,
  capped: false,
};

describe("PaymentChannels.requestExit", () => {
  it("starts the window of the terms, once, by the payer", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const tx = await world.channels.connect(world.payer).requestExit(channel.packed);
    const closeAt = (await secondOf(tx)) + BigInt(channel.terms.exitDelay);
    await expect(tx).to.emit(world.channels, "ExitRequested").withArgs(channel.id, closeAt);
    expect((await stateOf(world, channel)).closeAt).to.equal(closeAt);
    const again = () => world.channels.connect(world.payer).requestExit(channel.packed);
    await expectRefused(world, channel, again, "ExitAlreadyRequested", [channel.id, closeAt]);
  });

  it("reverts on a channel that is not open", async () => {
    const world = await fixture();
    const channel = channelOf(world, await termsOf(world));
    const act = () => world.channels.connect(world.payer).requestExit(channel.packed);
    await expectRefused(world, channel, act, "ChannelNotOpen", [channel.id]);
  });
});

describe("PaymentChannels.finalizeExit", () => {
  it("returns the rest from closeAt on, by anybody, without any attestation", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 30n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    const before = await holdings(world);
    await at(closeAt);
    await expect(world.channels.connect(world.stranger).finalizeExit(channel.packed))
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, 30n * UNIT, 50n * UNIT);
    expect(await stateOf(world, channel)).to.deep.equal(GONE);
    expect(await holdings(world)).to.deep.equal({ ...before, payer: before.payer + 50n * UNIT, channels: 0n });
  });

  it("reverts before the window is over, and where nobody asked to leave", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const act = () => world.channels.connect(world.payer).finalizeExit(channel.packed);
    await expectRefused(world, channel, act, "ExitNotRequested", [channel.id]);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    const { closeAt } = await stateOf(world, channel);
    await at(closeAt - 1n);
    await expectRefused(world, channel, act, "ExitTooEarly", [closeAt - 1n, closeAt]);
  });

  it("leaves what is queued for the payee until its time, and ends when it is released", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 200n * UNIT);
    await redeem(world, channel, 10n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await queue(world, channel, 150n * UNIT, world.stranger);
    await networkHelpers.time.increaseTo((await stateOf(world, channel)).closeAt);
    const finalize = () => world.channels.finalizeExit(channel.packed);
    await expect(finalize())
      .to.emit(world.channels, "ExitPending")
      .withArgs(channel.id, 50n * UNIT, 140n * UNIT);
    const { releaseAt } = await world.channels.queueOf(channel.id);
    await expectRefused(world, channel, finalize, "QueuePending", [channel.id, releaseAt]);
    await networkHelpers.time.increaseTo(releaseAt);
    await world.channels.release(channel.packed);
    await expect(finalize())
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, 150n * UNIT, 0n);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(150n * UNIT);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT - 150n * UNIT);
  });

  it("returns what waited after all when a Block comes for it", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 200n * UNIT);
    await queue(world, channel, 150n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await networkHelpers.time.increaseTo((await stateOf(world, channel)).closeAt);
    await world.channels.finalizeExit(channel.packed);
    const attestation = await attestOne(world, channel, 150n * UNIT, SCORE.Block);
    await redeem(world, channel, 150n * UNIT, { attestation });
    await world.channels.finalizeExit(channel.packed);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT);
    expect(await stateOf(world, channel)).to.deep.equal(GONE);
  });
});

describe("PaymentChannels.close", () => {
  it("lets the payee return the rest at once", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, 30n * UNIT);
    await expect(world.channels.connect(world.payee).close(channel.packed))
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, 30n * UNIT, 50n * UNIT);
    expect(await stateOf(world, channel)).to.deep.equal(GONE);
    expect(await world.token.balanceOf(world.payer.address)).to.equal(1_000_000n * UNIT - 30n * UNIT);
  });

  it("keeps what is queued for the payee and takes no more vouchers", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 200n * UNIT);
    await queue(world, channel, 150n * UNIT);
    await world.channels.connect(world.payee).close(channel.packed);
    expect(await stateOf(world, channel)).to.include({ deposit: 150n * UNIT, open: true, queued: true });
    await expect(redeem(world, channel, 151n * UNIT)).to.be.revertedWithCustomError(
      world.channels,
      "VoucherExceedsDeposit",
    );
    await networkHelpers.time.increase(QUEUE_DELAY);
    await world.channels.release(channel.packed);
    await world.channels.connect(world.stranger).finalizeExit(channel.packed);
    expect(await stateOf(world, channel)).to.deep.equal(GONE);
  });

  for (const who of ["payer", "stranger"] as const) {
    it(`reverts when the ${who} closes`, async () => {
      const world = await fixture();
      const channel = await opened(world);
      const act = () => world.channels.connect(world[who]).close(channel.packed);
      await expectRefused(world, channel, act, "NotPayee", [world[who].address, world.payee.address]);
    });
  }
});
