import { expect } from "chai";

import { channels, SluiceError } from "../../sdk/src/index.ts";
import { payFetch } from "../../sdk/src/pay402/index.ts";
import { decodeHeader } from "../../sdk/src/pay402/wire.ts";
import { siteKey } from "../../sdk/src/paywall/index.ts";
import { voucherSigner } from "../../sdk/src/vouchers/index.ts";
import { fixture, HOUR } from "../channels/world.ts";
import { ethers, key, UNIT } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { closeServers, payerWith, PRICE, startSeller } from "./seller.ts";

describe("402: paid calls", () => {
  afterEach(closeServers);

  it("say what to pay in x402's header, and leave other routes alone", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    expect((await fetch(`${seller.url}/free`)).status).to.equal(200);
    const response = await fetch(`${seller.url}/weather?in=Rome`);
    expect(response.status).to.equal(402);
    const required = decodeHeader("required", response.headers.get("PAYMENT-REQUIRED") ?? "");
    expect(await response.json()).to.deep.equal(required);
    expect(required).to.deep.equal({
      x402Version: 2,
      error: "payment_required",
      resource: { url: "/weather?in=Rome" },
      accepts: [
        {
          scheme: "batch-settlement",
          network: "eip155:31337",
          amount: PRICE.toString(),
          asset: await world.token.getAddress(),
          payTo: world.payee.address,
          maxTimeoutSeconds: 60,
          extra: {
            channels: world.channelSite.channels,
            withdrawDelay: 24 * HOUR,
            sponsored: true,
            deposits: ["eip3009"],
            name: "Local Token",
            version: "1",
          },
        },
      ],
    });
    expect(seller.served()).to.equal(0);
  });

  it("are bought by a payer without coin: one deposit, a voucher a call, one redemption", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy, wallet } = await payerWith(world, "402 buyer");
    for (let call = 1; call <= 20; call += 1) {
      const response = await buy(`${seller.url}/weather`);
      expect(response.status).to.equal(200);
      expect(await response.json()).to.deep.equal({ weather: "sun", served: call });
      const receipt = decodeHeader("response", response.headers.get("PAYMENT-RESPONSE") ?? "") as Record<
        string,
        unknown
      >;
      expect(receipt).to.include({ success: true, payer: wallet.address, network: "eip155:31337" });
      expect(receipt["extra"]).to.deep.include({ chargedAmount: PRICE.toString() });
      expect(receipt["transaction"], "only the first call takes a deposit").to.have.length(call === 1 ? 66 : 0);
    }
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(0);
    expect(buy.signed()).to.equal(20n * PRICE);
    const [record] = await seller.store.all(siteKey(world.channelSite));
    expect(record).to.include({ signed: 20n * PRICE, spent: 20n * PRICE, redeemed: 0n });
    const { terms, signed: cumulative, signature } = record!;
    const { redemption } = await channels.redeemMany(world.stranger, world.channelSite, [
      { terms, cumulative, signature },
    ]);
    expect(redemption.amount).to.equal(20n * PRICE);
    expect(await world.token.balanceOf(world.payee.address)).to.equal(20n * PRICE);
    expect(seller.errors).to.deep.equal([]);
  });

  it("are bought at once by one payer, each served once and none paid twice", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy } = await payerWith(world, "402 hasty buyer");
    const responses = await Promise.all(Array.from({ length: 30 }, () => buy(`${seller.url}/weather`)));
    expect(responses.map(({ status }) => status)).to.deep.equal(Array.from({ length: 30 }, () => 200));
    expect(seller.served()).to.equal(30);
    expect(buy.signed()).to.equal(30n * PRICE);
  });

  it("send the body again with the voucher", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy } = await payerWith(world, "402 poster");
    const response = await buy(`${seller.url}/weather`, { method: "POST", body: "where?" });
    expect(response.status).to.equal(200);
  });

  it("are signed by a session key that holds nothing", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const session = voucherSigner(key("402 session").privateKey, world.channelSite);
    const { fetch: buy, wallet } = await payerWith(world, "402 owner", { sessionKey: session });
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(buy.purse()[0]?.terms).to.include({ payer: wallet.address, signer: session.address });
  });

  it("open the channel by the payer's own transaction where the seller submits none", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { sponsor: undefined! });
    const buy = payFetch({
      signer: world.payer,
      channels: world.channelSite,
      maxPerCall: PRICE,
      maxTotal: UNIT,
      openWith: { deposit: 2n * PRICE },
    });
    for (let call = 0; call < 5; call += 1) {
      expect((await buy(`${seller.url}/weather`)).status, `call ${call}`).to.equal(200);
      seller.clock.seconds += 2; // so that the chain is asked again
    }
    const [channel] = buy.purse();
    const view = await channels.readChannel(ethers.provider, world.channelSite, channel!.terms);
    expect(view.deposit, "topped up twice on the way").to.equal(6n * PRICE);
  });

  it("add to the deposit by the seller when it is used up", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy } = await payerWith(world, "402 topper", { openWith: { deposit: 3n * PRICE } });
    for (let call = 0; call < 10; call += 1) expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    const [channel] = buy.purse();
    const view = await channels.readChannel(ethers.provider, world.channelSite, channel!.terms);
    expect(view.deposit).to.equal(12n * PRICE);
  });

  it("that fail are not charged: the price is credit, and the next call costs the least that a voucher can grow", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy } = await payerWith(world, "402 unlucky");
    const broken = await buy(`${seller.url}/broken`);
    expect(broken.status).to.equal(503);
    expect(await broken.json()).to.deep.equal({ error: "no weather today" });
    const receipt = decodeHeader("response", broken.headers.get("PAYMENT-RESPONSE") ?? "") as { extra: object };
    expect(receipt.extra).to.include({ chargedAmount: "0" });
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(buy.signed()).to.equal(PRICE + 1n);
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(buy.signed(), "the unit is credit, too").to.equal(2n * PRICE);
  });

  it("never cost more than the payer's limits, and nothing is signed beyond them", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: thrifty } = await payerWith(world, "402 thrifty", { maxPerCall: PRICE - 1n });
    expect(await thrownBy(thrifty(`${seller.url}/weather`)))
      .to.be.instanceOf(SluiceError)
      .and.include({ code: "PAYMENT_LIMIT", field: "maxPerCall" });
    expect(thrifty.signed()).to.equal(0n);
    const { fetch: poor } = await payerWith(world, "402 poor", { maxTotal: 2n * PRICE });
    await poor(`${seller.url}/weather`);
    await poor(`${seller.url}/weather`);
    const refused = await thrownBy(poor(`${seller.url}/weather`));
    expect(refused).to.include({ code: "PAYMENT_LIMIT", field: "maxTotal" });
    expect(refused).to.have.nested.property("details.needed", 3n * PRICE);
    expect(seller.served()).to.equal(2);
  });

  it("go on with a purse from before, and with one that has lost its count", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: first } = await payerWith(world, "402 forgetful");
    await first(`${seller.url}/weather`);
    const early = first.purse();
    await first(`${seller.url}/weather`);
    await first(`${seller.url}/weather`);
    const { fetch: again } = await payerWith(world, "402 forgetful", { purse: early });
    expect((await again(`${seller.url}/weather`)).status).to.equal(200);
    expect(again.purse()[0]).to.include({ signed: 4n * PRICE, spent: 4n * PRICE });
    expect(seller.served()).to.equal(4);
  });

  it("follow a price that changes between two calls", async () => {
    const world = await fixture();
    let price = PRICE;
    const seller = await startSeller(world, { price: () => price });
    const { fetch: buy } = await payerWith(world, "402 follower");
    await buy(`${seller.url}/weather`);
    price = 5n * PRICE;
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    price = 2n * PRICE;
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    const [record] = await seller.store.all(siteKey(world.channelSite));
    expect(record?.spent).to.equal(8n * PRICE);
    expect(buy.signed() <= 11n * PRICE).to.equal(true);
  });
});
