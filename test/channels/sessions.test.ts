import { packSession, sessionId, signClose, signVoucher } from "@sluice/sdk";
import { expect } from "chai";

import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { DAILY, DAY, DEPOSIT, openedFor, redeemBySession, sessionOf } from "./sessions.ts";
import { attestOne, expectRefused, fixture, HOUR, queueOf, redeem, SCORE, stateOf } from "./world.ts";

describe("PaymentChannels.redeemBySession", () => {
  it("pays what the session's key signed, and counts it", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const id = sessionId(session, world.channelSite);
    expect(await world.channels.sessionId(packSession(session))).to.equal(id);
    await expect(redeemBySession(world, session, channel, 4n * UNIT))
      .to.emit(world.channels, "SessionSpent")
      .withArgs(id, channel.id, 0, 4n * UNIT, 4n * UNIT);
    expect((await stateOf(world, channel)).claimed).to.equal(4n * UNIT);
    const { spent, index, revokedAt } = await world.channels.sessionUse(id);
    expect([spent, index, revokedAt]).to.deep.equal([4n * UNIT, 0n, 0n]);
  });

  it("pays as far as the day's cap reaches, and the rest of the same voucher the next day", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    await redeemBySession(world, session, channel, 25n * UNIT);
    expect((await stateOf(world, channel)).claimed).to.equal(DAILY);
    const id = sessionId(session, world.channelSite);
    const again = () => redeemBySession(world, session, channel, 25n * UNIT);
    await expectRefused(world, channel, again, "SessionCapReached", [id, DAILY, DAILY]);
    await networkHelpers.time.increaseTo(session.start + DAY);
    await again();
    expect((await stateOf(world, channel)).claimed).to.equal(2n * DAILY);
    await networkHelpers.time.increaseTo(session.start + 5 * DAY);
    await again();
    expect((await stateOf(world, channel)).claimed).to.equal(25n * UNIT);
  });

  it("shares one cap among the channels of the session", async () => {
    const world = await fixture();
    const session = await sessionOf(world, { payees: [] });
    const first = await openedFor(world, session);
    const second = await openedFor(world, session, world.feeReceiver.address);
    await redeemBySession(world, session, first, 7n * UNIT);
    await redeemBySession(world, session, second, 7n * UNIT);
    expect((await stateOf(world, second)).claimed).to.equal(3n * UNIT);
  });

  it("asks the gate like every payout: Hold queues the part, Block ends it, the risk cap holds", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const signature = await signVoucher(world.stranger, channel.id, 25n * UNIT, world.channelSite);
    const held = await attestOne(world, channel, 25n * UNIT, SCORE.Hold);
    await world.channels.redeemBySession(channel.packed, 25n * UNIT, packSession(session), signature, held);
    expect((await queueOf(world, channel)).cumulative).to.equal(DAILY);
    await networkHelpers.time.increaseTo(session.start + DAY);
    const attestation = await attestOne(world, channel, 25n * UNIT, SCORE.Block);
    await world.channels.redeemBySession(channel.packed, 25n * UNIT, packSession(session), signature, attestation);
    expect((await stateOf(world, channel)).blocked).to.equal(true);
  });

  it("queues against the same cap, and what was queued is not counted twice", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const signature = await signVoucher(world.stranger, channel.id, 8n * UNIT, world.channelSite);
    const byPayee = world.channels.connect(world.payee);
    await byPayee.queueBySession(channel.packed, 8n * UNIT, packSession(session), signature);
    expect((await queueOf(world, channel)).cumulative).to.equal(8n * UNIT);
    await redeemBySession(world, session, channel, 8n * UNIT);
    const { spent } = await world.channels.sessionUse(sessionId(session, world.channelSite));
    expect(spent).to.equal(8n * UNIT);
  });

  it("leaves the agreed end to the payer's own signature", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const deadline = (await networkHelpers.time.latest()) + HOUR;
    const byPayer = await signClose(world.payer, channel.id, 20n * UNIT, deadline, world.channelSite);
    await world.channels.connect(world.payee).coopClose(channel.packed, 20n * UNIT, deadline, byPayer, "0x", "0x");
    expect((await stateOf(world, channel)).closed).to.equal(true);
  });
});

describe("PaymentChannels.revokeSession", () => {
  it("ends the session after its notice, in which the payee submits what he holds", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const id = sessionId(session, world.channelSite);
    const revoke = () => world.channels.connect(world.payer).revokeSession(packSession(session));
    const sent = await revoke();
    const revokedAt = ((await sent.getBlock())?.timestamp ?? 0) + HOUR;
    await expect(sent).to.emit(world.channels, "SessionRevoked").withArgs(id, world.payer.address, revokedAt);
    await expect(revoke())
      .to.be.revertedWithCustomError(world.channels, "SessionRevokedBefore")
      .withArgs(id, revokedAt);
    await redeemBySession(world, session, channel, UNIT);
    await networkHelpers.time.increaseTo(revokedAt);
    const late = () => redeemBySession(world, session, channel, 2n * UNIT);
    await expectRefused(world, channel, late, "SessionClosed", [id, revokedAt, session.start, revokedAt]);
  });

  it("is the payer's", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    await expect(world.channels.connect(world.stranger).revokeSession(packSession(session)))
      .to.be.revertedWithCustomError(world.channels, "NotPayer")
      .withArgs(world.stranger.address, world.payer.address);
  });
});

describe("sessions of contracts", () => {
  it("take what a contract accepts by EIP-1271", async () => {
    const world = await fixture();
    const actor = await ethers.deployContract("ActorAccount", [world.stranger.address]);
    const key = (await actor.getAddress()).toLowerCase();
    const session = await sessionOf(world, { keyKind: "Erc1271", key });
    const channel = await openedFor(world, session);
    await redeemBySession(world, session, channel, 3n * UNIT);
    expect((await stateOf(world, channel)).claimed).to.equal(3n * UNIT);
    expect(DEPOSIT > 3n * UNIT).to.equal(true);
    await expect(redeem(world, channel, 4n * UNIT)).to.be.revertedWithCustomError(
      world.channels,
      "VoucherSignatureInvalid",
    );
  });
});
