import { packSession, sessionId, signVoucher } from "@sluice/sdk";
import { expect } from "chai";

import { DAILY, DAY, openedFor, redeemBySession, sessionOf } from "../channels/sessions.ts";
import { channelOf, expectRefused, fixture, HOUR, stateOf } from "../channels/world.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";

describe("C7: a session's key never exceeds its scope, and the chain says so", () => {
  it("signs nothing for a channel that names another session, or the same one with a larger cap", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    for (const changes of [
      { capPerPeriod: 1_000n * UNIT },
      { expiry: session.expiry + DAY },
      { payees: [] },
      { salt: 2n },
    ]) {
      const wider = { ...session, ...changes };
      const act = () => redeemBySession(world, wider, channel, UNIT);
      const id = sessionId(wider, world.channelSite);
      await expectRefused(world, channel, act, "SessionMismatch", [channel.id, id]);
    }
  });

  it("opens no channel for a payee the payer did not name", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const honest = await openedFor(world, session);
    const forged = channelOf(world, { ...honest.terms, payee: world.stranger.address }, world.stranger);
    await world.channels.connect(world.payer).open(forged.packed, 50n * UNIT);
    const act = () => redeemBySession(world, session, forged, UNIT);
    const id = sessionId(session, world.channelSite);
    await expectRefused(world, forged, act, "SessionPayee", [id, world.stranger.address]);
  });

  it("counts neither before its start nor from its expiry on, to the second", async () => {
    const world = await fixture();
    const start = (await networkHelpers.time.latest()) + HOUR;
    const session = await sessionOf(world, { start, expiry: start + HOUR });
    const channel = await openedFor(world, session);
    const id = sessionId(session, world.channelSite);
    const act = () => redeemBySession(world, session, channel, UNIT);
    await networkHelpers.time.setNextBlockTimestamp(start - 1);
    await expect(act())
      .to.be.revertedWithCustomError(world.channels, "SessionClosed")
      .withArgs(id, start - 1, start, start + HOUR);
    await networkHelpers.time.setNextBlockTimestamp(start);
    await act();
    await networkHelpers.time.setNextBlockTimestamp(start + HOUR);
    await expect(redeemBySession(world, session, channel, 2n * UNIT))
      .to.be.revertedWithCustomError(world.channels, "SessionClosed")
      .withArgs(id, start + HOUR, start, start + HOUR);
  });

  it("pays no more than the cap in a period, over many channels, vouchers, relayers and blocks", async () => {
    const world = await fixture();
    const session = await sessionOf(world, { payees: [] });
    const channels = [];
    for (const payee of [world.payee, world.feeReceiver, world.arbiter]) {
      channels.push(await openedFor(world, session, payee.address));
    }
    for (let round = 1n; round <= 3n; round += 1n) {
      for (const channel of channels) {
        await redeemBySession(world, session, channel, round * 4n * UNIT).catch(() => undefined);
      }
    }
    let claimed = 0n;
    for (const channel of channels) claimed += (await stateOf(world, channel)).claimed;
    expect(claimed).to.equal(DAILY);
  });

  it("takes no signature of another key, of the payer among them, and no key of another length", async () => {
    const world = await fixture();
    const session = await sessionOf(world);
    const channel = await openedFor(world, session);
    const id = sessionId(session, world.channelSite);
    for (const key of [world.payer, world.payee]) {
      const act = () => redeemBySession(world, session, channel, UNIT, { key });
      await expectRefused(world, channel, act, "SessionSignatureInvalid", [id, channel.id]);
    }
    const packed = { ...packSession(session), key: "0x1122" };
    const signature = await signVoucher(world.stranger, channel.id, UNIT, world.channelSite);
    const odd = () => world.channels.redeemBySession(channel.packed, UNIT, packed, signature, "0x");
    await expect(odd()).to.be.revertedWithCustomError(world.channels, "SessionMismatch");
  });
});
