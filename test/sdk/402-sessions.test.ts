import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";

import { channels, packSession, sessionTerms, type Session } from "../../sdk/src/index.ts";
import { memoryStore, siteKey, sqliteStore, voucherRedeemer } from "../../sdk/src/paywall/index.ts";
import { payFetch } from "../../sdk/src/pay402/index.ts";
import { voucherSigner } from "../../sdk/src/vouchers/index.ts";
import { DAY, sessionOf } from "../channels/sessions.ts";
import { fixture, HOUR, type Channels } from "../channels/world.ts";
import { ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { closeServers, PRICE, startSeller, type Seller } from "./seller.ts";

const agent = key("402 session agent");

/** A payer whose agent holds a key of a session, and buys with it. */
async function agentOf(world: Channels, changes: Partial<Session> = {}) {
  const sessionKey = voucherSigner(agent.privateKey, world.channelSite);
  const session = await sessionOf(world, { key: sessionKey.address.toLowerCase(), notice: 2 * HOUR, ...changes });
  const buy = payFetch({
    ...{ signer: world.payer, sessionKey, session, channels: world.channelSite },
    ...{ maxPerCall: 20n * UNIT, maxTotal: 80n * UNIT, openWith: { deposit: 80n * UNIT } },
  });
  return { session, buy };
}

async function answerOf(response: Response): Promise<unknown> {
  const body = (await response.json()) as { error?: string };
  return response.status === 200 ? 200 : body.error;
}

const redeemerOf = (world: Channels, { store, clock }: Seller, minValue?: bigint) =>
  voucherRedeemer({
    ...{ site: world.channelSite, provider: ethers.provider, signer: world.stranger, store },
    ...{ now: () => clock.seconds, ...(minValue === undefined ? {} : { minValue }) },
  });

describe("402: channels of sessions", () => {
  afterEach(closeServers);

  for (const [name, storeOf] of [
    ["memory", memoryStore],
    ["SQLite", () => sqliteStore(new DatabaseSync(":memory:"))],
  ] as const) {
    it(`are paid by the session's key and redeemed one by one, out of a store in ${name}`, async () => {
      const world = await fixture();
      const seller = await startSeller(world, { store: storeOf() });
      const { buy } = await agentOf(world);
      for (let call = 0; call < 3; call += 1) expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal(200);
      const { paid, left } = await redeemerOf(world, seller, 1n).round();
      expect([paid.map((row) => row.cumulative), left]).to.deep.equal([[3n * PRICE], []]);
      expect(await world.token.balanceOf(world.payee.address)).to.equal(3n * PRICE);
      expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal(200);
    });
  }

  it("are accepted up to what the period still pays, and go on in the next one", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { price: 4n * UNIT });
    const { buy } = await agentOf(world);
    const call = async () => answerOf(await buy(`${seller.url}/weather`));
    expect([await call(), await call(), await call()]).to.deep.equal([200, 200, "sluice_session_cap_reached"]);
    expect((await redeemerOf(world, seller, 1n).round()).paid).to.have.length(1);
    seller.clock.seconds += 60;
    expect(await call()).to.equal("sluice_session_cap_reached");
    await networkHelpers.time.increase(DAY);
    seller.clock.seconds = await networkHelpers.time.latest();
    expect(await call()).to.equal(200);
    expect((await redeemerOf(world, seller, 1n).round()).paid).to.have.length(1);
    // Two vouchers were signed and refused, and each is one unit above the one before: what is more than the price is credit.
    expect(await world.token.balanceOf(world.payee.address)).to.equal(12n * UNIT + 2n);
  });

  it("are refused within the margin of the session's end, and redeemed then whatever they are worth", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { session, buy } = await agentOf(world);
    const redeemer = redeemerOf(world, seller);
    await networkHelpers.time.setNextBlockTimestamp(session.expiry - HOUR - 60);
    await networkHelpers.mine();
    seller.clock.seconds = session.expiry - HOUR - 1;
    expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal(200);
    expect((await redeemer.round()).paid).to.deep.equal([]);
    seller.clock.seconds = session.expiry - HOUR;
    expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal("sluice_session_not_accepted");
    expect((await redeemer.round()).paid.map((row) => row.cumulative)).to.deep.equal([PRICE]);
  });

  it("are refused once a revocation is near its effect, and what was accepted before is redeemed in time", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { session, buy } = await agentOf(world);
    expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal(200);
    await world.channels.connect(world.payer).revokeSession(packSession(session));
    const revokedAt = (await networkHelpers.time.latest()) + session.notice;
    const redeemer = redeemerOf(world, seller);
    seller.clock.seconds = revokedAt - HOUR - 1;
    expect((await redeemer.round()).paid).to.deep.equal([]);
    seller.clock.seconds = revokedAt - HOUR;
    expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal("sluice_session_not_accepted");
    expect((await redeemer.round()).paid.map((row) => row.cumulative)).to.deep.equal([PRICE]);
  });

  it("are refused where others may be paid too, the notice is short, or it has not begun", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const both = [world.payee.address, world.stranger.address];
    const wrong: Partial<Session>[] = [{ payees: [] }, { payees: both }, { notice: 2 * HOUR - 1 }];
    for (const [index, changes] of [...wrong, { start: seller.clock.seconds + DAY }].entries()) {
      const { buy } = await agentOf(world, { ...changes, salt: BigInt(index + 2) });
      expect(await answerOf(await buy(`${seller.url}/weather`)), `case ${index}`).to.equal(
        "sluice_session_not_accepted",
      );
    }
    expect(seller.served()).to.equal(0);
    expect(await seller.store.all(siteKey(world.channelSite))).to.deep.equal([]);
  });

  it("are refused where the channel names another session than it shows", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { session } = await agentOf(world);
    const shown = { ...session, capPerPeriod: 1_000n * UNIT };
    const terms = sessionTerms(session, { payee: world.payee.address, exitDelay: DAY }, world.channelSite);
    const { id } = (await channels.open(world.payer, world.channelSite, terms, 80n * UNIT)).event;
    const sessionKey = voucherSigner(agent.privateKey, world.channelSite);
    const known = { id, terms: { ...terms, session: shown }, deposit: 80n * UNIT, signed: 0n, spent: 0n };
    const buy = payFetch({
      ...{ signer: world.payer, sessionKey, session: shown, channels: world.channelSite, maxPerCall: UNIT },
      ...{ maxTotal: UNIT, openWith: { deposit: UNIT }, purse: [{ ...known, pending: undefined }] },
    });
    expect(await answerOf(await buy(`${seller.url}/weather`))).to.equal("sluice_session_not_accepted");
  });
});
