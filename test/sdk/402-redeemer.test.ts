import { expect } from "chai";
import type { Signer } from "ethers";

import { channels, signBounty, SluiceError } from "../../sdk/src/index.ts";
import {
  memoryStore,
  siteKey,
  voucherRedeemer,
  watchtower,
  type RedeemerOptions,
  type WatchtowerOptions,
} from "../../sdk/src/paywall/index.ts";
import {
  attestRows,
  fixture,
  HOUR,
  opened,
  QUEUE_DELAY,
  SCORE,
  voucher,
  type Channel,
  type Channels,
} from "../channels/world.ts";
import { ethers, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { native } from "./seller.ts";

/** A store that holds a voucher of each channel. */
async function holding(world: Channels, rows: readonly (readonly [Channel, bigint])[], at = 1_000) {
  const store = memoryStore();
  for (const [channel, cumulative] of rows) {
    const signature = await voucher(world, channel, cumulative);
    const known = { site: siteKey(world.channelSite), claimed: 0n, price: cumulative, at };
    await store.accept({ channel: channel.id, terms: channel.terms, cumulative, signature, ...known });
  }
  return store;
}

const callerOf = (world: Channels) => ({
  site: world.channelSite,
  provider: ethers.provider,
  signer: world.stranger,
  now: () => 2_000,
});

describe("402: the redeemer", () => {
  it("waits for value, then redeems every channel of the payee in one transaction", async () => {
    const world = await fixture();
    const [first, second] = [await opened(world), await opened(world, { salt: 2n })];
    const store = await holding(world, [
      [first, 3n * UNIT],
      [second, 4n * UNIT],
    ]);
    const before = await ethers.provider.getTransactionCount(world.stranger.address);
    const patient = voucherRedeemer({ ...callerOf(world), store, minValue: 8n * UNIT });
    expect(await patient.round()).to.deep.equal({ paid: [], queued: [], left: [] });
    const redeemer = voucherRedeemer({ ...callerOf(world), store, minValue: 7n * UNIT });
    const { paid, left } = await redeemer.round();
    expect(paid).to.have.deep.members([
      { channel: first.id, cumulative: 3n * UNIT },
      { channel: second.id, cumulative: 4n * UNIT },
    ]);
    expect(left).to.deep.equal([]);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(7n * UNIT);
    expect(await redeemer.round()).to.deep.equal({ paid: [], queued: [], left: [] });
    expect(await ethers.provider.getTransactionCount(world.stranger.address)).to.equal(before + 1);
  });

  it("redeems by age", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const store = await holding(world, [[channel, UNIT]], 1_000);
    const round = (now: number) =>
      voucherRedeemer({ ...callerOf(world), store, maxAgeSeconds: 500, now: () => now }).round();
    expect((await round(1_499)).paid).to.deep.equal([]);
    expect((await round(1_500)).paid).to.deep.equal([{ channel: channel.id, cumulative: UNIT }]);
  });

  it("redeems a channel whose payer asks to leave, and only that one, known before or not", async () => {
    const world = await fixture();
    const [leaving, staying] = [await opened(world), await opened(world, { salt: 2n })];
    const store = await holding(world, [
      [leaving, UNIT],
      [staying, UNIT],
    ]);
    const watching = voucherRedeemer({ ...callerOf(world), store });
    expect((await watching.round()).paid).to.deep.equal([]);
    await channels.requestExit(world.payer, world.channelSite, leaving.terms);
    expect((await watching.round()).paid).to.deep.equal([{ channel: leaving.id, cumulative: UNIT }]);
    const again = await holding(world, [[staying, UNIT]]);
    await channels.requestExit(world.payer, world.channelSite, staying.terms);
    const fresh = voucherRedeemer({ ...callerOf(world), store: again });
    expect((await fresh.round()).paid).to.deep.equal([{ channel: staying.id, cumulative: UNIT }]);
  });

  it("asks nodes about what is above the risk cap, and redeems with their attestation", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    const small = await opened(world, { salt: 2n });
    const store = await holding(world, [
      [channel, 400n * UNIT],
      [small, UNIT],
    ]);
    const asked: unknown[] = [];
    const redeemer = voucherRedeemer({
      ...callerOf(world),
      store,
      minValue: 1n,
      attest: async (question) => {
        asked.push(question);
        return attestRows(world, question.rows, SCORE.Allow);
      },
    });
    const { paid } = await redeemer.round();
    expect(paid.map(({ cumulative }) => cumulative)).to.have.members([400n * UNIT, UNIT]);
    const rows = [{ channel: channel.id, cumulative: 400n * UNIT }];
    const { terms } = channel;
    const token = await world.token.getAddress();
    expect(asked).to.deep.equal([{ payee: world.payee.address, token, rows, terms: [terms] }]);
  });

  it("asks again in the next round where the attestation came too late, and pays the others meanwhile", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    const small = await opened(world, { salt: 2n });
    const store = await holding(world, [
      [channel, 400n * UNIT],
      [small, UNIT],
    ]);
    let blocks = POLICY.stride;
    const attest: RedeemerOptions["attest"] = async ({ rows }) => {
      const attestation = await attestRows(world, rows, SCORE.Allow);
      await networkHelpers.mine(blocks);
      blocks = 0;
      return attestation;
    };
    const redeemer = voucherRedeemer({ ...callerOf(world), store, minValue: 1n, attest });
    const first = await redeemer.round();
    expect(first.paid).to.deep.equal([{ channel: small.id, cumulative: UNIT }]);
    expect(first.left).to.deep.equal([{ channel: channel.id, problem: "WrongAsOf" }]);
    expect((await redeemer.round()).paid).to.deep.equal([{ channel: channel.id, cumulative: 400n * UNIT }]);
  });

  it("queues what is above the cap where no node answers, and releases it when its time has come", async () => {
    const world = await fixture();
    const channel = await opened(world, {}, 500n * UNIT);
    const store = await holding(world, [[channel, 400n * UNIT]]);
    const clock = { seconds: await networkHelpers.time.latest() };
    const redeemer = voucherRedeemer({ ...callerOf(world), store, minValue: 1n, now: () => clock.seconds });
    const row = { channel: channel.id, cumulative: 400n * UNIT };
    expect(await redeemer.round()).to.deep.equal({ paid: [], queued: [row], left: [] });
    expect(await redeemer.round()).to.deep.equal({ paid: [], queued: [row], left: [] });
    await networkHelpers.time.increase(QUEUE_DELAY + 1);
    clock.seconds = await networkHelpers.time.latest();
    expect(await redeemer.round()).to.deep.equal({ paid: [row], queued: [], left: [] });
    expect(await world.token.balanceOf(world.payee.address)).to.equal(400n * UNIT);
  });

  it("leaves a row that cannot be paid, says why, and pays the others", async () => {
    const world = await fixture();
    const [good, short] = [await opened(world), await opened(world, { salt: 2n }, UNIT)];
    const store = await holding(world, [
      [good, UNIT],
      [short, 2n * UNIT],
    ]);
    const { paid, left } = await voucherRedeemer({ ...callerOf(world), store, minValue: 1n }).round();
    expect(paid).to.deep.equal([{ channel: good.id, cumulative: UNIT }]);
    expect(left).to.deep.equal([{ channel: short.id, problem: "ExceedsDeposit" }]);
  });

  it("redeems nothing while gas is dearer than its limit", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const store = await holding(world, [[channel, UNIT]]);
    const redeemer = voucherRedeemer({ ...callerOf(world), store, minValue: 1n, maxGasPrice: 1n });
    expect((await redeemer.round()).left).to.deep.equal([{ channel: channel.id, problem: "TooDear" }]);
    const rich = voucherRedeemer({ ...callerOf(world), store, minValue: 1n, maxGasPrice: 10n ** 15n });
    expect((await rich.round()).paid).to.have.length(1);
  });
});

describe("402: the watchtower", () => {
  it("submits the last voucher of a seller who is away, at the exit and not before", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const tower = watchtower({ ...callerOf(world), store: memoryStore(), curve: native });
    for (const amount of [2n * UNIT, 5n * UNIT]) {
      const signature = await voucher(world, channel, amount);
      expect(await tower.hold({ terms: channel.terms, cumulative: amount, signature })).to.equal(true);
    }
    const lower = { terms: channel.terms, cumulative: UNIT, signature: await voucher(world, channel, UNIT) };
    expect(await tower.hold(lower)).to.equal(false);
    expect((await tower.round()).paid).to.deep.equal([]);
    await channels.requestExit(world.payer, world.channelSite, channel.terms);
    expect((await tower.round()).paid).to.deep.equal([{ channel: channel.id, cumulative: 5n * UNIT }]);
    await networkHelpers.time.increase(25 * HOUR);
    await channels.finalizeExit(world.payer, world.channelSite, channel.terms);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(5n * UNIT);
  });

  /** A seller's promise of half a percent, up to a tenth of a token, and a tower that knows it. */
  async function promised(world: Channels, by: Signer & { address: string } = world.payee) {
    const deadline = (await networkHelpers.time.latest()) + 48 * HOUR;
    const token = await world.token.getAddress();
    const bounty = { payee: world.payee.address, token, feeBps: 50, largest: UNIT / 10n, deadline };
    return { ...bounty, payeeSignature: await signBounty(by, bounty, world.channelSite) };
  }

  async function towerFor(world: Channels, changes: Partial<WatchtowerOptions>) {
    const tower = watchtower({ ...callerOf(world), store: memoryStore(), curve: native, ...changes });
    return async (channel: Channel, cumulative: bigint) => {
      const signature = await voucher(world, channel, cumulative);
      await tower.hold({ terms: channel.terms, cumulative, signature });
      await channels.requestExit(world.payer, world.channelSite, channel.terms);
      const before = [world.payee, world.stranger].map(({ address }) => world.token.balanceOf(address));
      const [payee = 0n, submitter = 0n] = await Promise.all(before);
      const round = await tower.round();
      return {
        round,
        payee: (await world.token.balanceOf(world.payee.address)) - payee,
        submitter: (await world.token.balanceOf(world.stranger.address)) - submitter,
      };
    };
  }

  it("takes what the payee promised for it, never more", async () => {
    const world = await fixture();
    const leave = await towerFor(world, { bounties: [await promised(world)] });
    const small = await leave(await opened(world), 10n * UNIT);
    expect([small.payee, small.submitter]).to.deep.equal([(10n * UNIT * 995n) / 1_000n, (10n * UNIT * 5n) / 1_000n]);
    const large = await leave(await opened(world, { salt: 2n }), 60n * UNIT);
    expect([large.payee, large.submitter]).to.deep.equal([60n * UNIT - UNIT / 10n, UNIT / 10n]);
    expect([small, large].map(({ round }) => round.paid.length)).to.deep.equal([1, 1]);
  });

  it("redeems without it where the promise has expired or is another's, and says what the contract refused", async () => {
    const world = await fixture();
    const told: SluiceError[] = [];
    const bounty = await promised(world);
    const late = await towerFor(world, { bounties: [bounty], now: () => bounty.deadline });
    const expired = await late(await opened(world), 10n * UNIT);
    const bounties = [await promised(world, world.payer)];
    const forged = await (
      await towerFor(world, { bounties, onError: (error) => told.push(error) })
    )(await opened(world, { salt: 2n }), 10n * UNIT);
    for (const { payee, submitter } of [expired, forged]) expect([payee, submitter]).to.deep.equal([10n * UNIT, 0n]);
    expect(told.map(({ code, field }) => [code, field])).to.deep.equal([["SIGNATURE_INVALID", "bounties"]]);
  });

  it("asks nodes about what is above the risk cap, with its bounty", async () => {
    const world = await fixture();
    const attest: RedeemerOptions["attest"] = ({ rows }) => attestRows(world, rows, SCORE.Allow);
    const leave = await towerFor(world, { bounties: [await promised(world)], attest });
    const { payee, submitter, round } = await leave(await opened(world, {}, 500n * UNIT), 400n * UNIT);
    expect(round.left).to.deep.equal([]);
    expect([payee, submitter]).to.deep.equal([400n * UNIT - UNIT / 10n, UNIT / 10n]);
  });

  it("holds nothing that the terms' signer did not sign", async () => {
    const world = await fixture();
    const channel = await opened(world);
    const tower = watchtower({ ...callerOf(world), store: memoryStore() });
    const signature = await voucher(world, { ...channel, signer: world.stranger }, UNIT);
    const refused = await thrownBy(tower.hold({ terms: channel.terms, cumulative: UNIT, signature }));
    expect(refused).to.be.instanceOf(SluiceError).and.include({ code: "SIGNATURE_INVALID" });
  });
});
