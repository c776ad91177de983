import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { build } from "esbuild";
import express from "express";
import { chromium } from "playwright-core";

import type { ChannelSite } from "../../sdk/src/index.ts";
import { paywall } from "../../sdk/src/paywall/index.ts";
import { fixture, type Channels } from "../channels/world.ts";
import { key, networkHelpers, UNIT } from "../shared/suite.ts";
import { computeAddress } from "ethers";
import { closeServers, PRICE, sellerOptions, serve } from "./seller.ts";

const browser = "/usr/bin/chromium";
const owner = key("402 browser payer");

/**
 * What the page does. It has no RPC endpoint: the seller submits the deposit, and the page's clock is all it goes by, so the
 * deposit is valid for as long as the tests before this one have moved the chain's time ahead.
 */
const page = (site: ChannelSite, url: string, validSeconds: number): string => `
  import { Wallet } from "ethers";
  import { payFetch } from "./sdk/src/pay402/index.ts";
  const signer = new Wallet("${owner.privateKey}");
  const buy = payFetch({
    signer, channels: ${JSON.stringify({ ...site, chainId: Number(site.chainId) })}, maxPerCall: ${PRICE}n, maxTotal: ${UNIT}n, openWith: { deposit: ${UNIT}n, validSeconds: ${validSeconds} },
  });
  export const result = (async () => {
    const answers = [];
    for (let call = 0; call < 5; call += 1) answers.push((await (await buy("${url}/weather")).json()).weather);
    return answers.join(" ") + " for " + buy.signed();
  })();
  globalThis.result = result;`;

async function bundled(site: ChannelSite, url: string): Promise<string> {
  const ahead = (await networkHelpers.time.latest()) - Math.floor(Date.now() / 1000);
  const { outputFiles } = await build({
    stdin: { contents: page(site, url, Math.max(ahead, 0) + 3_600), resolveDir: process.cwd() },
    ...{ bundle: true, write: false, format: "esm", platform: "browser", target: "es2022", logLevel: "silent" },
  });
  return outputFiles[0]!.text;
}

/** A seller on another origin than the page, as an API is: it answers preflights and lets the header in. */
async function seller(world: Channels): Promise<{ url: string; served: () => number }> {
  let served = 0;
  await world.token.mint(computeAddress(owner), UNIT);
  const app = express();
  app.use((request, response, next) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "payment-signature, payment-stream");
    if (request.method === "OPTIONS") response.status(204).end();
    else next();
  });
  app.get("/weather", paywall(await sellerOptions(world)), (_request, response) => {
    served += 1;
    response.json({ weather: "sun" });
  });
  return { url: await serve(app), served: () => served };
}

const bought = `sun sun sun sun sun for ${5n * PRICE}`;

describe("402: the payer's bundle for browsers", () => {
  afterEach(closeServers);

  it("needs nothing of Node", async () => {
    const world = await fixture();
    const { url, served } = await seller(world);
    const directory = mkdtempSync(join(tmpdir(), "sluice-bundle-"));
    const file = join(directory, "bundle.mjs");
    writeFileSync(file, await bundled(world.channelSite, url));
    const { result } = (await import(file)) as { result: Promise<string> };
    expect(await result).to.equal(bought);
    expect(served()).to.equal(5);
    rmSync(directory, { recursive: true });
  });

  it("buys in a real browser, across origins", async function () {
    if (!existsSync(browser) && process.env["SLUICE_REQUIRE_BROWSER"] !== "1") {
      console.log(`      skipped: there is no ${browser}; SLUICE_REQUIRE_BROWSER=1 makes that a failure`);
      this.skip();
    }
    const world = await fixture();
    const { url, served } = await seller(world);
    const code = await bundled(world.channelSite, url);
    const pages = express();
    pages.get(
      "/",
      (_request, response) => void response.type("html").send("<script type=module src=/bundle.js></script>"),
    );
    pages.get("/bundle.js", (_request, response) => void response.type("js").send(code));
    const chrome = await chromium.launch({
      executablePath: browser,
      args: ["--no-sandbox", "--disable-background-networking"],
    });
    try {
      const tab = await chrome.newPage();
      await tab.goto(await serve(pages));
      await tab.waitForFunction("globalThis.result !== undefined");
      expect(await tab.evaluate("globalThis.result")).to.equal(bought);
      expect(served()).to.equal(5);
    } finally {
      await chrome.close();
    }
  }).timeout(60_000);
});
