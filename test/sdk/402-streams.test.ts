import { expect } from "chai";
import express from "express";

import { siteKey, paidOf, paywall } from "../../sdk/src/paywall/index.ts";
import { fixture, type Channels } from "../channels/world.ts";
import { closeServers, payerWith, PRICE, sellerOptions, serve } from "./seller.ts";
import { UNIT } from "../shared/suite.ts";

const words = "It will be sunny in Rome and it will rain in Bergen as it always does".split(" ");

/** A seller who streams words, each a token, and asks for payment of five at a time. */
async function wordSeller(world: Channels, topUpTimeoutMs = 5_000) {
  const options = await sellerOptions(world, { topUpTimeoutMs });
  const sent: string[] = [];
  let stopped: unknown;
  const app = express();
  app.get("/story", paywall(options), async (request, response) => {
    const charge = paidOf(request).stream.meter(PRICE);
    try {
      for (let start = 0; start < words.length; start += 5) {
        const some = words.slice(start, start + 5);
        await charge(some.length);
        for (const word of some) {
          sent.push(word);
          response.write(`${word} `);
        }
      }
      response.end();
    } catch (error) {
      stopped = error;
      response.destroy();
    }
  });
  const url = `${await serve(app)}/story`;
  return { url, sent, store: options.store, stopped: () => stopped, errors: options.errors };
}

describe("402: streams", () => {
  afterEach(closeServers);

  it("are paid while they run, unit by unit, and cost what was sent", async () => {
    const world = await fixture();
    const seller = await wordSeller(world);
    const { fetch: buy } = await payerWith(world, "402 listener");
    const response = await buy(seller.url);
    expect(response.status).to.equal(200);
    expect((await response.text()).trim()).to.equal(words.join(" "));
    const [record] = await seller.store.all(siteKey(world.channelSite));
    expect(record?.spent).to.equal(PRICE + BigInt(words.length) * PRICE);
    expect(record?.signed).to.equal(record?.spent);
    expect(buy.signed()).to.equal(record?.signed);
    expect(seller.errors).to.deep.equal([]);
  });

  it("end where the payer's limit for a call ends, with no word unpaid", async () => {
    const world = await fixture();
    const seller = await wordSeller(world, 300);
    const told: unknown[] = [];
    const { fetch: buy } = await payerWith(world, "402 brief listener", {
      maxPerCall: 12n * PRICE,
      onStreamError: (error) => told.push(error),
    });
    const response = await buy(seller.url);
    const ended = await response.text().then(
      () => "whole",
      () => "cut",
    );
    expect(ended).to.equal("cut");
    expect(seller.sent).to.deep.equal(words.slice(0, 10));
    expect(seller.stopped()).to.include({ code: "PAYMENT_STOPPED" });
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ code: "PAYMENT_LIMIT", field: "maxPerCall" });
    expect(buy.signed()).to.equal(11n * PRICE);
  });

  it("are topped up on chain on the way where the deposit is used up", async () => {
    const world = await fixture();
    const seller = await wordSeller(world);
    const { fetch: buy } = await payerWith(world, "402 small purse", { openWith: { deposit: 7n * PRICE } });
    const response = await buy(seller.url);
    expect((await response.text()).trim()).to.equal(words.join(" "));
    expect(buy.purse()[0]?.deposit).to.equal(21n * PRICE);
    expect(seller.errors).to.deep.equal([]);
  });

  it("take the credit of an earlier call first", async () => {
    const world = await fixture();
    const seller = await wordSeller(world);
    const { fetch: buy } = await payerWith(world, "402 creditor", { maxPerCall: UNIT });
    await (await buy(seller.url)).text();
    await (await buy(seller.url)).text();
    const [record] = await seller.store.all(siteKey(world.channelSite));
    expect(record?.spent).to.equal(2n * (PRICE + BigInt(words.length) * PRICE));
  });

  it("that are not there answer 410, paid or not", async () => {
    const world = await fixture();
    const seller = await wordSeller(world);
    const response = await fetch(seller.url, { headers: { "PAYMENT-STREAM": "00".repeat(16) } });
    expect(response.status).to.equal(410);
  });
});
