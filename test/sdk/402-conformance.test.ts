import { readFile } from "node:fs/promises";

import { expect } from "chai";
import express from "express";

import { checkVectors, runConformance, type ChainFixture, type Vectors } from "../../sdk/src/conformance/index.ts";
import { packChannelTerms } from "../../sdk/src/index.ts";
import { paywall } from "../../sdk/src/paywall/index.ts";
import { voucherSigner, voucherVerifier } from "../../sdk/src/vouchers/index.ts";
import { fixture, type Channels } from "../channels/world.ts";
import { key, networkHelpers } from "../shared/suite.ts";
import { vectorsOf } from "./vectors.ts";
import { closeServers, native, sellerOptions, serve, startSeller, type Seller } from "./seller.ts";

const file = "sdk/conformance/vectors.json";

function chainOf(world: Channels, clock: Seller["clock"]): ChainFixture {
  const { privateKey } = key("402 conformance");
  const { channels, payer } = world;
  return {
    payer: payer.address,
    session: voucherSigner(privateKey, world.channelSite, native),
    sessionOn: (site) => voucherSigner(privateKey, site, native),
    open: async (terms, deposit) => void (await channels.connect(payer).open(packChannelTerms(terms), deposit)),
    redeem: async (terms, cumulative, signature) =>
      void (await channels.redeem(packChannelTerms(terms), cumulative, signature, "0x")),
    requestExit: async (terms) => void (await channels.connect(payer).requestExit(packChannelTerms(terms))),
    mine: async (blocks) => void (await networkHelpers.mine(blocks)),
    snapshot: async () => {
      const { restore } = await networkHelpers.takeSnapshot();
      return restore;
    },
    advance: async (seconds) => {
      await networkHelpers.time.increase(seconds);
      clock.seconds = await networkHelpers.time.latest();
    },
    settle: async () => void (clock.seconds += 2),
  };
}

describe("402: the conformance kit", () => {
  afterEach(closeServers);

  it("finds nothing wrong with our seller", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { sponsor: undefined!, confirmations: 2, maxAgeSeconds: 1 });
    const { url } = seller;
    const tested = { url: `${url}/weather`, site: world.channelSite, confirmations: 2 };
    const results = await runConformance(tested, chainOf(world, seller.clock));
    expect(results.filter(({ ok }) => !ok)).to.deep.equal([]);
    expect([...new Set(results.map(({ attack }) => attack))].sort()).to.deep.equal([
      "C1",
      "C11",
      "C4",
      "C5",
      "C6",
      "C8",
      "C9",
    ]);
  }).timeout(60_000);

  it("finds what is wrong with a seller who looks at nothing but the header", async () => {
    const world = await fixture();
    const options = await sellerOptions(world, { sponsor: undefined! });
    const app = express();
    const real = paywall(options);
    app.get("/weather", (request, response, next) => {
      if (request.headers["payment-signature"] === undefined) real(request, response, next);
      else response.json({ weather: "sun" });
    });
    const url = `${await serve(app)}/weather`;
    const tested = { url, site: world.channelSite, confirmations: 2 };
    const wrong = (await runConformance(tested, chainOf(world, options.clock))).filter(({ ok }) => !ok);
    expect([...new Set(wrong.map(({ attack }) => attack))].sort()).to.deep.equal([
      "C1",
      "C11",
      "C4",
      "C5",
      "C6",
      "C8",
      "C9",
    ]);
  }).timeout(60_000);

  it("has vectors that follow from the contracts' types, and that every curve answers", async () => {
    const vectors = JSON.parse(await readFile(file, "utf8")) as Vectors;
    expect(vectors, "made anew by test/sdk/vectors.ts").to.deep.equal(await vectorsOf());
    expect(checkVectors(vectors)).to.deep.equal([]);
    const fast = voucherVerifier(vectors.site, native);
    expect(checkVectors(vectors, { verify: (voucher) => fast.verify(voucher) })).to.deep.equal([]);
    const credulous = checkVectors(vectors, { verify: () => true });
    expect(credulous).to.have.length(vectors.vouchers.filter(({ valid }) => !valid).length);
  });
});
