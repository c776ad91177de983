import { expect } from "chai";

import { at, secondOf } from "../shared/moves.ts";
import { ethers, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import {
  attestOne,
  DEPOSIT,
  expectRefused,
  fixture,
  holdings,
  opened,
  queue,
  QUEUE_DELAY,
  queueOf,
  redeem,
  SCORE,
  stateOf,
  voucher,
} from "./world.ts";

const BIG = 200n * UNIT;

describe("PaymentChannels.queue", () => {
  it("makes a voucher above the cap payable after silence and hold, by anybody, with every attester gone", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    const before = await holdings(world);
    const tx = await queue(world, channel, BIG, world.stranger);
    const releaseAt = (await secondOf(tx)) + BigInt(QUEUE_DELAY);
    await expect(tx).to.emit(world.channels, "VoucherQueued").withArgs(channel.id, BIG, releaseAt);
    expect(await queueOf(world, channel)).to.deep.equal({ cumulative: BIG, releaseAt });
    await at(releaseAt - 1n);
    const early = () => world.channels.release(channel.packed);
    await expectRefused(world, channel, early, "ReleaseTooEarly", [releaseAt - 1n, releaseAt]);
    await at(releaseAt);
    await expect(world.channels.connect(world.stranger).release(channel.packed))
      .to.emit(world.channels, "Redeemed")
      .withArgs(channel.id, BIG);
    expect(await holdings(world)).to.deep.equal({
      ...before,
      payee: before.payee + BIG,
      channels: before.channels - BIG,
    });
    await expectRefused(world, channel, () => world.channels.release(channel.packed), "NothingQueued", [channel.id]);
  });

  it("is refused to a payer who would put the payee off with one unit more, and open to the payee", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    for (const who of [world.payer, world.stranger]) {
      const act = () => queue(world, channel, 150n * UNIT + 1n, who);
      await expectRefused(world, channel, act, "VoucherAlreadyQueued", [channel.id, 150n * UNIT + 1n, 150n * UNIT]);
    }
    await queue(world, channel, 160n * UNIT);
    expect((await queueOf(world, channel)).cumulative).to.equal(160n * UNIT);
  });

  it("is refused for the same amount again and for less", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    for (const amount of [150n * UNIT, 149n * UNIT]) {
      const act = () => queue(world, channel, amount);
      await expectRefused(world, channel, act, "VoucherAlreadyQueued", [channel.id, amount, 150n * UNIT]);
    }
  });

  it("lets anybody bring the last voucher in the exit window, and nobody after it", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    await world.channels.connect(world.payer).requestExit(channel.packed);
    await queue(world, channel, 160n * UNIT, world.stranger);
    expect((await queueOf(world, channel)).cumulative).to.equal(160n * UNIT);
    const { closeAt } = await stateOf(world, channel);
    await networkHelpers.time.increaseTo(closeAt);
    const late = () => queue(world, channel, 170n * UNIT);
    await expect(late()).to.be.revertedWithCustomError(world.channels, "ExitWindowClosed");
  });

  it("pays at once when an Allow arrives, and a later smaller payout does not disturb what waits", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    await redeem(world, channel, 40n * UNIT);
    expect((await queueOf(world, channel)).cumulative).to.equal(150n * UNIT);
    const attestation = await attestOne(world, channel, 150n * UNIT, SCORE.Allow);
    await redeem(world, channel, 150n * UNIT, { attestation });
    expect(await queueOf(world, channel)).to.deep.equal({ cumulative: 0n, releaseAt: 0n });
    expect(await stateOf(world, channel)).to.include({ claimed: 150n * UNIT, queued: false });
  });

  it("comes earlier by a Hold, never later", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    const { releaseAt } = await queueOf(world, channel);
    await redeem(world, channel, 150n * UNIT, {
      attestation: await attestOne(world, channel, 150n * UNIT, SCORE.Hold),
    });
    const sooner = await queueOf(world, channel);
    expect(sooner.cumulative).to.equal(150n * UNIT);
    expect(sooner.releaseAt < releaseAt).to.equal(true);
    const again = await attestOne(world, channel, 150n * UNIT, SCORE.Hold);
    const act = () => redeem(world, channel, 150n * UNIT, { attestation: again });
    await expectRefused(world, channel, act, "VoucherAlreadyQueued", [channel.id, 150n * UNIT, 150n * UNIT]);
  });

  it("goes to nobody after a Block", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, BIG);
    await queue(world, channel, 150n * UNIT);
    await redeem(world, channel, 150n * UNIT, {
      attestation: await attestOne(world, channel, 150n * UNIT, SCORE.Block),
    });
    await networkHelpers.time.increase(QUEUE_DELAY);
    await expectRefused(world, channel, () => world.channels.release(channel.packed), "PayoutBlocked", [channel.id]);
    await expect(world.channels.finalizeExit(channel.packed))
      .to.emit(world.channels, "Closed")
      .withArgs(channel.id, 0n, BIG);
  });

  it("checks vouchers as redeem does", async () => {
    const world = await fixture();
    const channel = await opened(world);
    await redeem(world, channel, UNIT);
    await expectRefused(world, channel, () => queue(world, channel, UNIT), "VoucherNotHigher", [UNIT, UNIT]);
    const tooMuch = () => queue(world, channel, DEPOSIT + 1n);
    await expectRefused(world, channel, tooMuch, "VoucherExceedsDeposit", [DEPOSIT + 1n, DEPOSIT]);
    const foreign = await voucher(world, { ...channel, signer: world.stranger }, 2n * UNIT);
    const act = () => world.channels.queue(channel.packed, 2n * UNIT, foreign);
    await expectRefused(world, channel, act, "VoucherSignatureInvalid", [channel.id, world.payer.address]);
  });

  for (const [mode, epoch] of ["reverts", "burns all gas", "answers nothing"].entries()) {
    it(`still works, with the longest delays, when the epoch ${epoch}`, async () => {
      const world = await fixture();
      const channel = await opened(world, {}, BIG);
      const broken = await ethers.deployContract("BrokenEpoch", [mode]);
      await world.gate.setPolicy(POLICY, await broken.getAddress());
      await networkHelpers.mine(1);
      await expectRefused(world, channel, () => redeem(world, channel, 1n), "AttestationNeeded", [channel.id, 1n, 0n]);
      const tx = await queue(world, channel, BIG);
      const longest = BigInt(37 * 24 * 3_600);
      expect((await queueOf(world, channel)).releaseAt).to.equal((await secondOf(tx)) + longest);
      await networkHelpers.time.increase(longest);
      await world.channels.release(channel.packed);
      expect(await world.token.balanceOf(world.payee.address)).to.equal(BIG);
    });
  }
});
