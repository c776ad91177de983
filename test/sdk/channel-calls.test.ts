import { expect } from "chai";
import { Wallet } from "ethers";

import { channelId, channels, SluiceError, type SignedVoucher } from "../../sdk/src/index.ts";
import {
  attestRows,
  channelOf,
  DEPOSIT,
  fixture,
  HOUR,
  opened,
  SCORE,
  termsOf,
  voucher,
  type Channel,
  type Channels,
} from "../channels/world.ts";
import { ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { expectRevert, thrownBy } from "./refusals.ts";

async function vouchersOf(world: Channels, rows: readonly (readonly [Channel, bigint])[]): Promise<SignedVoucher[]> {
  return Promise.all(
    rows.map(async ([channel, cumulative]) => {
      return { terms: channel.terms, cumulative, signature: await voucher(world, channel, cumulative) };
    }),
  );
}

describe("sdk: channels", () => {
  it("open out of an allowance, and are read", async () => {
    const world = await fixture();
    const { payer, payee, channelSite } = world;
    const terms = await termsOf(world);
    const { event } = await channels.open(payer, channelSite, terms, DEPOSIT);
    const id = channelId(terms, channelSite);
    expect(event).to.deep.equal({ id, payer: payer.address, payee: payee.address, deposit: DEPOSIT });
    const view = await channels.readChannel(ethers.provider, channelSite, terms);
    expect(view).to.include({
      id,
      deposit: DEPOSIT,
      claimed: 0n,
      closeAt: 0,
      open: true,
      closed: false,
      blocked: false,
    });
    await expectRevert(channels.open(payer, channelSite, terms, DEPOSIT), "ChannelExists", { id });
  });

  it("open by the signature of a payer without coin, sent by another", async () => {
    const world = await fixture();
    const payer = new Wallet(key("sdk channel payer").privateKey, ethers.provider);
    await world.token.mint(payer.address, DEPOSIT);
    const terms = await termsOf(world, { payer: payer.address });
    const validBefore = (await networkHelpers.time.latest()) + HOUR;
    const token = { tokenName: "Local Token", tokenVersion: "1", validBefore };
    const sent = await channels.openByAuthorization(world.stranger, world.channelSite, terms, DEPOSIT, payer, token);
    expect(sent.event).to.include({ payer: payer.address, deposit: DEPOSIT });
    expect(sent.receipt.from).to.equal(world.stranger.address);
  });

  it("redeem a batch, and tell what was paid and what was left out", async () => {
    const world = await fixture();
    const [first, second] = [await opened(world), await opened(world, { salt: 2n })];
    const unopened = channelOf(world, await termsOf(world, { salt: 3n }));
    const vouchers = await vouchersOf(world, [
      [first, 3n * UNIT],
      [second, 4n * UNIT],
      [unopened, UNIT],
    ]);
    const { redemption } = await channels.redeemMany(world.payee, world.channelSite, vouchers);
    expect(redemption.amount).to.equal(7n * UNIT);
    const paid = [
      { channel: first.id, cumulative: 3n * UNIT },
      { channel: second.id, cumulative: 4n * UNIT },
    ];
    expect(redemption.paid).to.have.deep.members(paid);
    expect(redemption.skipped.map(({ problem }) => problem)).to.deep.equal(["NotOpen"]);
    expect(redemption).to.deep.include({ queued: [], blocked: [], releaseAt: 0 });
    expect(await world.token.balanceOf(world.payee.address)).to.equal(7n * UNIT);
  });

  it("tell which rows the gate holds or blocks", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const row = { channel: channel.id, cumulative: UNIT };
    const vouchers = await vouchersOf(world, [[channel, UNIT]]);
    const redeem = async (score: number) => {
      const attestation = await attestRows(world, [row], score);
      return (await channels.redeemMany(world.payee, world.channelSite, vouchers, { attestation })).redemption;
    };
    const held = await redeem(SCORE.Hold);
    expect(held).to.deep.include({ amount: 0n, paid: [], queued: [row], blocked: [] });
    expect(held.releaseAt).to.be.greaterThan(await networkHelpers.time.latest());
    const blocked = await redeem(SCORE.Block);
    expect(blocked).to.deep.include({ amount: 0n, paid: [], blocked: [row] });
  });

  it("let the payer out after the exit window", async () => {
    const world = await fixture();
    const { payer, stranger, channelSite } = world;
    const { terms, id } = await opened(world);
    const { event } = await channels.requestExit(payer, channelSite, terms);
    expect(event).to.deep.equal({ id, closeAt: (await networkHelpers.time.latest()) + terms.exitDelay });
    const early = await thrownBy(channels.finalizeExit(stranger, channelSite, terms));
    expect(early).to.have.nested.property("details.name", "ExitTooEarly");
    await networkHelpers.time.increaseTo(event.closeAt);
    const exit = await channels.finalizeExit(stranger, channelSite, terms);
    expect(exit.event).to.deep.equal({ id, returned: DEPOSIT, pending: 0n, closed: true });
  });

  it("say what is still pending when the payer leaves", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const attestation = await attestRows(world, [{ channel: channel.id, cumulative: UNIT }], SCORE.Hold);
    const vouchers = await vouchersOf(world, [[channel, UNIT]]);
    await channels.redeemMany(world.payee, world.channelSite, vouchers, { attestation });
    const { event } = await channels.requestExit(world.payer, world.channelSite, channel.terms);
    await networkHelpers.time.increaseTo(event.closeAt);
    const exit = await channels.finalizeExit(world.stranger, world.channelSite, channel.terms);
    const expected = { id: channel.id, returned: DEPOSIT - UNIT, pending: UNIT, closed: false };
    expect(exit.event).to.deep.equal(expected);
  });

  it("with impossible terms are refused before anything is signed or sent", async () => {
    const world = await fixture();
    const terms = { ...(await termsOf(world)), exitDelay: 1 };
    const token = { tokenName: "Local Token", tokenVersion: "1", validBefore: 0 };
    const { payer, channelSite } = world;
    for (const call of [
      channels.open(payer, channelSite, terms, UNIT),
      channels.openByAuthorization(payer, channelSite, terms, UNIT, payer, token),
    ]) {
      expect(await thrownBy(call))
        .to.be.instanceOf(SluiceError)
        .and.include({ code: "TERMS_INVALID", field: "exitDelay" });
    }
  });
});
