import { expect } from "chai";

import { channelId, signVoucher } from "../../sdk/src/index.ts";
import { configOf, encodeHeader, headers, scheme } from "../../sdk/src/pay402/wire.ts";
import { siteKey } from "../../sdk/src/paywall/index.ts";
import { fixture, opened, type Channel, type Channels } from "../channels/world.ts";
import { closeServers, PRICE, startSeller, type Seller } from "../sdk/seller.ts";

async function send(
  world: Channels,
  seller: Seller,
  { terms, signer }: Channel,
  cumulative: bigint,
  signature?: string,
): Promise<number> {
  const id = channelId(terms, world.channelSite);
  const { token: asset, payee: payTo } = terms;
  const accepted = { scheme, network: "eip155:31337", amount: PRICE.toString(), asset, payTo };
  const signed = signature ?? (await signVoucher(signer, id, cumulative, world.channelSite));
  const voucher = { channelId: id, maxClaimableAmount: cumulative.toString(), signature: signed };
  const payload = { type: "voucher", channelConfig: configOf(terms), voucher };
  const header = encodeHeader({ x402Version: 2, accepted, payload });
  return (await fetch(`${seller.url}/weather`, { headers: { [headers.signature]: header } })).status;
}

describe("C6: a seller checks every signature and serves each voucher once", () => {
  afterEach(closeServers);

  it("refuses lower and equal amounts with whatever signature, and a higher one with a wrong signature", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const channel = await opened(world);
    expect(await send(world, seller, channel, 3n * PRICE)).to.equal(200);
    for (const amount of [3n * PRICE, 3n * PRICE - 1n, PRICE, 0n]) {
      expect(await send(world, seller, channel, amount), `${amount}, signed`).to.equal(402);
      expect(await send(world, seller, channel, amount, "0x"), `${amount}, not signed`).to.equal(402);
    }
    const forged = await signVoucher(world.stranger, channel.id, 9n * PRICE, world.channelSite);
    expect(await send(world, seller, channel, 9n * PRICE, forged)).to.equal(402);
    expect(await send(world, seller, channel, 9n * PRICE, `0x${"11".repeat(65)}`)).to.equal(402);
    expect(seller.served()).to.equal(1);
    const [record] = await seller.store.all(siteKey(world.channelSite));
    expect(record).to.include({ signed: 3n * PRICE, spent: PRICE });
  });

  it("serves one of 100 calls with one voucher that come at once", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const channel = await opened(world);
    const signature = await signVoucher(channel.signer, channel.id, PRICE, world.channelSite);
    const calls = Array.from({ length: 100 }, () => send(world, seller, channel, PRICE, signature));
    expect((await Promise.all(calls)).filter((status) => status === 200)).to.have.length(1);
    expect(seller.served()).to.equal(1);
  });

  it("refuses a voucher for what the chain has paid already", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const channel = await opened(world);
    const signature = await signVoucher(channel.signer, channel.id, 5n * PRICE, world.channelSite);
    await world.channels.connect(world.payee).redeem(channel.packed, 5n * PRICE, signature, "0x");
    expect(await send(world, seller, channel, 5n * PRICE)).to.equal(402);
    expect(await send(world, seller, channel, 6n * PRICE - 1n)).to.equal(402);
    expect(await send(world, seller, channel, 6n * PRICE)).to.equal(200);
  });
});
