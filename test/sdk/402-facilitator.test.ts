import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";
import express from "express";

import { facilitator, type FacilitatorOptions } from "../../sdk/src/facilitator/index.ts";
import { decodeHeader, encodeHeader, headers, networkOf, scheme } from "../../sdk/src/pay402/wire.ts";
import { memoryStore, siteKey, sqliteStore, voucherRedeemer } from "../../sdk/src/paywall/index.ts";
import { fixture, type Channels } from "../channels/world.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";
import { closeServers, native, payerWith, PRICE, serve } from "./seller.ts";

type Reply = { status: number; body: Record<string, unknown> };
type Desk = {
  url: string;
  options: FacilitatorOptions;
  errors: unknown[];
  requirements: Record<string, unknown>;
  ask: (path: string, body: unknown) => Promise<Reply>;
  /** The same for a payload, or for none. */
  about: (path: string, paymentPayload?: unknown) => Promise<Reply>;
};

async function startFacilitator(world: Channels, changes: Partial<FacilitatorOptions> = {}): Promise<Desk> {
  const now = await networkHelpers.time.latest();
  const errors: unknown[] = [];
  const token = await world.token.getAddress();
  const payee = world.payee.address;
  const options: FacilitatorOptions = {
    ...{ site: world.channelSite, store: memoryStore(), provider: ethers.provider, sponsor: world.stranger },
    ...{ confirmations: 0, curve: native, now: () => now, onError: (error: unknown) => errors.push(error) },
    sellers: [{ payee, token, tokenDomain: { name: "Local Token", version: "1" } }],
    ...changes,
  };
  const app = express();
  app.use("/x402", facilitator(options));
  const url = await serve(app);
  const ask = async (path: string, body: unknown): Promise<Reply> => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const json = { "content-type": "application/json" };
    const response = await fetch(`${url}/x402${path}`, { method: "POST", headers: json, body: text });
    return { status: response.status, body: (await response.json()) as Reply["body"] };
  };
  const requirements = {
    ...{ scheme, network: networkOf(world.channelSite), amount: PRICE.toString(), asset: token, payTo: payee },
    ...{ maxTimeoutSeconds: 60, extra: { channels: world.channelSite.channels } },
  };
  const about = (path: string, paymentPayload?: unknown): Promise<Reply> =>
    ask(path, { x402Version: 2, paymentPayload, paymentRequirements: requirements });
  return { url, options, errors, requirements, ask, about };
}

/** A seller of weather who knows nothing of channels: he asks a facilitator before he serves. */
async function startSeller({ about }: Desk): Promise<{ url: string; served: () => number }> {
  let served = 0;
  const app = express();
  app.get("/weather", async (request, response) => {
    const header = request.get(headers.signature);
    const { body } = await about("/settle", header === undefined ? undefined : decodeHeader("payment", header));
    if (body["success"] !== true) {
      const required = body["paymentRequired"] as object;
      return void response.status(402).set(headers.required, encodeHeader(required)).json(required);
    }
    served += 1;
    response.set(headers.response, encodeHeader(body)).json({ weather: "sun" });
  });
  return { url: await serve(app), served: () => served };
}

/** What a payer's wrapper would send for his first call: a deposit with a voucher. */
async function firstPayload(world: Channels, desk: Desk, name: string): Promise<Record<string, unknown>> {
  const seller = await startSeller(desk);
  const sent: string[] = [];
  const holding = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const header = request.headers.get(headers.signature);
    if (header === null) return fetch(request);
    sent.push(header);
    return new Response("held back", { status: 503 });
  };
  const { fetch: buy } = await payerWith(world, name, { fetch: holding });
  await buy(`${seller.url}/weather`);
  return decodeHeader("payment", sent[0] ?? "") as Record<string, unknown>;
}

describe("402: a facilitator", () => {
  afterEach(closeServers);

  it("serves a seller without a paywall: deposit, calls, and one redemption out of the same store", async () => {
    const world = await fixture();
    const desk = await startFacilitator(world);
    const seller = await startSeller(desk);
    const { fetch: buy, wallet } = await payerWith(world, "402 facilitated");
    for (let call = 1n; call <= 5n; call += 1n) {
      const response = await buy(`${seller.url}/weather`);
      expect(response.status).to.equal(200);
      const said = decodeHeader("response", response.headers.get(headers.response) ?? "");
      expect(said).to.include({ success: true, payer: wallet.address });
      expect(said).to.have.nested.property("extra.signedMaxClaimable", (call * PRICE).toString());
    }
    expect(seller.served()).to.equal(5);
    expect(await ethers.provider.getTransactionCount(wallet.address), "the sponsor sent the deposit").to.equal(0);
    const { site, store, provider, now } = desk.options;
    const before = await world.token.balanceOf(world.payee.address);
    const signer = world.stranger;
    const { paid } = await voucherRedeemer({ site, store, provider, signer, minValue: 1n, now: now! }).round();
    expect(paid.map(({ cumulative }) => cumulative)).to.deep.equal([5n * PRICE]);
    expect((await world.token.balanceOf(world.payee.address)) - before).to.equal(5n * PRICE);
    expect(desk.errors).to.deep.equal([]);
  });

  it("verifies without accepting or sending, and settles one of fifty that come at once", async () => {
    const world = await fixture();
    const desk = await startFacilitator(world);
    const payload = await firstPayload(world, desk, "402 verified");
    const sponsored = await ethers.provider.getTransactionCount(world.stranger.address);
    for (let again = 0; again < 2; again += 1) {
      const { status, body } = await desk.about("/verify", payload);
      expect([status, body["isValid"]]).to.deep.equal([200, true]);
      expect(body["payer"]).to.match(/^0x/);
    }
    expect(await ethers.provider.getTransactionCount(world.stranger.address)).to.equal(sponsored);
    expect(await desk.options.store.all(siteKey(world.channelSite))).to.deep.equal([]);
    const replies = await Promise.all(Array.from({ length: 50 }, () => desk.about("/settle", payload)));
    const settled = replies.filter(({ body }) => body["success"] === true);
    expect(settled).to.have.length(1);
    expect(settled[0]!.body["transaction"]).to.match(/^0x[0-9a-f]{64}$/);
    expect(await ethers.provider.getTransactionCount(world.stranger.address)).to.equal(sponsored + 1);
    const { body } = await desk.about("/verify", { ...payload, payload: withoutDeposit(payload) });
    expect(body).to.include({ isValid: false, invalidReason: refusedAmount });
    const extra = "paymentRequired.accepts[0].extra";
    expect(body).to.have.nested.property(`${extra}.nextAmount`, (2n * PRICE).toString());
    expect(body).to.have.nested.property(`${extra}.voucherState.signedMaxClaimable`, PRICE.toString());
  });

  it("says why a deposit or a voucher would not be taken, as settling does", async () => {
    const world = await fixture();
    const desk = await startFacilitator(world);
    const payload = (await firstPayload(world, desk, "402 refused")) as { payload: Deposited };
    const { deposit, voucher } = payload.payload;
    const { erc3009Authorization } = deposit.authorization;
    const stolen = { erc3009Authorization: { ...erc3009Authorization, signature: `0x${"11".repeat(65)}` } };
    const prefix = "invalid_batch_settlement_evm_";
    for (const [changes, reason] of [
      [{ deposit: { ...deposit, authorization: stolen } }, `${prefix}deposit_simulation_failed`],
      [{ voucher: { ...voucher, maxClaimableAmount: "7" } }, `${prefix}voucher_signature`],
      [{ voucher: { ...voucher, channelId: `0x${"77".repeat(32)}` } }, `${prefix}channel_id_mismatch`],
      [{ type: "voucher" }, `${prefix}channel_not_found`],
      [{ type: "refund" }, "invalid_payload"],
    ] as const) {
      const changed = { ...payload, payload: { ...payload.payload, ...changes } };
      const verified = await desk.about("/verify", changed);
      expect(verified.body, reason).to.deep.include({ isValid: false, invalidReason: reason });
      const settled = await desk.about("/settle", changed);
      expect(settled.body, reason).to.deep.include({ success: false, errorReason: reason, transaction: "" });
    }
    expect(await desk.options.store.all(siteKey(world.channelSite))).to.deep.equal([]);
  });

  it("answers nobody else's requirements, and bodies that are none with status 400", async () => {
    const world = await fixture();
    const desk = await startFacilitator(world);
    const paymentPayload = await firstPayload(world, desk, "402 strange");
    const { requirements } = desk;
    const other = world.stranger.address;
    for (const [changes, invalidReason] of [
      [{ scheme: "exact" }, "unsupported_scheme"],
      [{ network: "eip155:1" }, "invalid_network"],
      [{ payTo: other }, "invalid_payment_requirements"],
      [{ asset: other }, "invalid_payment_requirements"],
      [{ extra: { channels: other } }, "invalid_payment_requirements"],
      [{ amount: "1" }, "invalid_payment_requirements"],
      [{ amount: "0" }, "invalid_payment_requirements"],
      [{ amount: 5 }, "invalid_payment_requirements"],
      [{ payTo: "nobody" }, "invalid_payment_requirements"],
    ] as const) {
      const body = { x402Version: 2, paymentPayload, paymentRequirements: { ...requirements, ...changes } };
      const verified = await desk.ask("/verify", body);
      expect(verified, invalidReason).to.deep.equal({ status: 200, body: { isValid: false, invalidReason } });
      expect((await desk.ask("/settle", body)).body).to.include({ success: false, errorReason: invalidReason });
    }
    const old = await desk.ask("/verify", { x402Version: 1, paymentPayload, paymentRequirements: requirements });
    expect(old.body).to.deep.equal({ isValid: false, invalidReason: "invalid_x402_version" });
    for (const text of ["", "{", `"${"x".repeat(70_000)}"`]) {
      expect(await desk.ask("/verify", text)).to.deep.equal({
        status: 400,
        body: { isValid: false, invalidReason: "invalid_payload" },
      });
    }
  });

  it("says what it supports, hands on what is not its own, and answers its own failure with x402's codes", async () => {
    const world = await fixture();
    const database = new DatabaseSync(":memory:");
    const desk = await startFacilitator(world, { store: sqliteStore(database) });
    const network = networkOf(world.channelSite);
    const { channels } = world.channelSite;
    expect(await (await fetch(`${desk.url}/x402/supported`)).json()).to.deep.equal({
      kinds: [{ x402Version: 2, scheme, network, extra: { channels } }],
      extensions: [],
      signers: { [network]: [world.stranger.address] },
    });
    for (const path of ["/x402/verify", "/x402/__proto__", "/x402/other", "/elsewhere"]) {
      expect((await fetch(`${desk.url}${path}`)).status, path).to.equal(404);
    }
    const nothing = await desk.about("/verify");
    expect(nothing.body).to.deep.include({ isValid: false, invalidReason: "payment_required" });
    expect(nothing.body).to.have.nested.property("paymentRequired.accepts[0].extra.deposits").deep.equal(["eip3009"]);
    const payload = await firstPayload(world, desk, "402 unlucky");
    database.close();
    const failed = await desk.about("/settle", payload);
    expect(failed.status).to.equal(500);
    expect(failed.body).to.deep.equal({
      ...{ success: false, errorReason: "unexpected_settle_error", transaction: "", network },
    });
    expect(desk.errors).to.have.length(1);
  });
});

const refusedAmount = "invalid_batch_settlement_evm_cumulative_amount_mismatch";

type Deposited = {
  deposit: { authorization: { erc3009Authorization: object } };
  voucher: object;
};

function withoutDeposit({ payload }: Record<string, unknown>): object {
  const { deposit: _, ...rest } = payload as Record<string, unknown>;
  return { ...rest, type: "voucher" };
}
