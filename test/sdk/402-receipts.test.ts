import { expect } from "chai";
import express from "express";
import { computeAddress, sha256, toUtf8Bytes, verifyTypedData } from "ethers";

import { SluiceError } from "../../sdk/src/index.ts";
import { domainOf } from "../../sdk/src/channels.ts";
import {
  receiptExtension,
  receiptOf,
  requestDigest,
  unreadBody,
  verifyReceipt,
  type SignedReceipt,
} from "../../sdk/src/pay402/index.ts";
import { decodeHeader, encodeHeader, pick } from "../../sdk/src/pay402/wire.ts";
import {
  paidOf,
  paywall,
  receiptSigner,
  signReceiptKey,
  type PaywallOptions,
  type ReceiptOptions,
  type ReceiptSigner,
} from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR, type Channels } from "../channels/world.ts";
import { ethers, key } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { closeServers, native, payerWith, PRICE, sellerOptions, serve, startSeller } from "./seller.ts";

const cold = key("402 receipts");

/** A seller whose receipts are signed by another key than the payee's, by his consent. */
async function receiptsOf(world: Channels): Promise<ReceiptOptions & { signer: ReceiptSigner }> {
  const signer = receiptSigner(cold.privateKey, world.channelSite, native);
  const expiry = Math.floor(Date.now() / 1000) + HOUR;
  const named = { payee: world.payee.address, key: signer.address, expiry };
  return { signer, consent: { expiry, signature: await signReceiptKey(world.payee, named, world.channelSite) } };
}

async function scene(changes: Partial<PaywallOptions> = {}) {
  const world = await fixture();
  const seller = await startSeller(world, { receipts: await receiptsOf(world), ...changes });
  return { world, seller };
}

function textOf(response: Response): unknown {
  return decodeHeader("response", response.headers.get("PAYMENT-RESPONSE") ?? "");
}

describe("402: receipts", () => {
  afterEach(closeServers);

  it("name channel, amount, price, time and request, and recover to the seller's key by any EIP-712 library", async () => {
    const { world, seller } = await scene();
    const { fetch: buy } = await payerWith(world, "402 receipted", { requireReceipts: true });
    await buy(`${seller.url}/weather`);
    const response = await buy(`${seller.url}/weather?in=Rome`);
    const receipt = receiptOf(response)!;
    const [channel] = buy.purse();
    const request = { method: "GET", path: "/weather?in=Rome", body: sha256("0x") };
    const { issuedAt, signature, signer } = receipt;
    expect(receipt).to.deep.include({ channel: channel!.id, cumulative: 2n * PRICE, price: PRICE });
    expect(receipt.request).to.equal(requestDigest(request.method, request.path, request.body));
    expect(issuedAt).to.equal(Math.floor(seller.clock.seconds));
    const types = {
      Receipt: [
        { name: "channel", type: "bytes32" },
        { name: "cumulative", type: "uint96" },
        { name: "price", type: "uint96" },
        { name: "issuedAt", type: "uint40" },
        { name: "request", type: "Request" },
      ],
      Request: [
        { name: "method", type: "string" },
        { name: "path", type: "string" },
        { name: "body", type: "bytes32" },
      ],
    };
    const recovered = verifyTypedData(domainOf(world.channelSite), types, { ...receipt, request }, signature);
    expect([recovered, signer]).to.deep.equal([computeAddress(cold), computeAddress(cold)]);
    expect(verifyReceipt(receipt, world.channelSite)).to.equal(true);
    expect(verifyReceipt({ ...receipt, price: 1n }, world.channelSite)).to.equal(false);
    expect(channel!.receipt, "the last one is kept with the channel").to.deep.equal(receipt);
    expect(pick(pick(textOf(response), "extensions"), receiptExtension)).to.have.nested.property(
      "info.receipt.format",
      "eip712",
    );
  });

  it("name the body that the handler has read, in whatever way it reads", async () => {
    const world = await fixture();
    const options = await sellerOptions(world, { receipts: await receiptsOf(world) });
    const app = express();
    app.use(paywall(options));
    app.post("/parsed", express.json(), (request, response) => void response.json(request.body));
    app.post("/iterated", async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += (chunk as Uint8Array).length;
      response.json({ length });
    });
    app.post("/unread", (_request, response) => void response.json({}));
    const url = await serve(app);
    const { fetch: buy } = await payerWith(world, "402 poster", { requireReceipts: true });
    const body = JSON.stringify({ where: "Rome".repeat(40_000) });
    const init = { method: "POST", body, headers: { "content-type": "application/json" } };
    for (const [path, hash] of [
      ["/parsed", sha256(toUtf8Bytes(body))],
      ["/iterated", sha256(toUtf8Bytes(body))],
      ["/unread", unreadBody],
    ] as const) {
      const response = await buy(`${url}${path}`, path === "/parsed" ? { ...init, body: '{"a":1}' } : init);
      expect(response.status, path).to.equal(200);
      const named = path === "/parsed" ? sha256(toUtf8Bytes('{"a":1}')) : hash;
      expect(receiptOf(response)?.request, path).to.equal(requestDigest("POST", path, named));
    }
  });

  it("say that a failed call cost nothing", async () => {
    const { world, seller } = await scene();
    const { fetch: buy } = await payerWith(world, "402 unlucky", { requireReceipts: true });
    const response = await buy(`${seller.url}/broken`);
    expect(response.status).to.equal(503);
    expect(receiptOf(response)).to.deep.include({ price: 0n, cumulative: PRICE });
  });

  it("are given for every voucher of a stream", async () => {
    const world = await fixture();
    const options = await sellerOptions(world, { receipts: await receiptsOf(world) });
    const app = express();
    app.get("/story", paywall(options), async (request, response) => {
      const charge = paidOf(request).stream.meter(PRICE);
      for (let word = 0; word < 3; word += 1) {
        await charge(1);
        response.write("word ");
      }
      response.end();
    });
    const url = await serve(app);
    const { fetch: buy } = await payerWith(world, "402 reader", { requireReceipts: true });
    const response = await buy(`${url}/story`);
    expect(await response.text()).to.equal("word word word ");
    while (buy.purse()[0]?.receipt?.cumulative !== 4n * PRICE) await new Promise(setImmediate); // comes by another answer
    const [channel] = buy.purse();
    expect(channel!.receipt).to.include({ cumulative: 4n * PRICE, price: PRICE });
    expect(channel).to.include({ signed: 4n * PRICE, spent: 4n * PRICE });
  });

  it("are wanted: a seller who promises none is not paid", async () => {
    const world = await fixture();
    const seller = await startSeller(world);
    const { fetch: buy } = await payerWith(world, "402 strict", { requireReceipts: true });
    expect(await thrownBy(buy(`${seller.url}/weather`))).to.include({ code: "PAYMENT_REFUSED", field: "receipts" });
    expect(buy.signed()).to.equal(0n);
  });

  it("are refused where a stranger signed, or of another request, amount or price", async () => {
    const { world, seller } = await scene();
    const { signer } = await receiptsOf(world);
    const stranger = receiptSigner(key("402 stranger").privateKey, world.channelSite, native);
    let change = (receipt: SignedReceipt): string => signer.sign(receipt);
    const forge = (response: Response): Response => {
      const header = response.headers.get("PAYMENT-RESPONSE");
      if (header === null) return response;
      const text = decodeHeader("response", header);
      const said = pick(pick(pick(text, "extensions"), receiptExtension), "info") as {
        receipt: { payload: Record<string, string> & { issuedAt: number }; signature: string };
      };
      const { payload } = said.receipt;
      const receipt = {
        ...{
          channel: payload["channelId"]!,
          cumulative: BigInt(payload["cumulative"]!),
          price: BigInt(payload["price"]!),
        },
        ...{ issuedAt: payload.issuedAt, request: payload["request"]!, signature: "", signer: "" },
      };
      said.receipt.signature = change(receipt);
      Object.assign(payload, {
        cumulative: `${receipt.cumulative}`,
        price: `${receipt.price}`,
        request: receipt.request,
      });
      const changed = new Headers(response.headers);
      changed.set("PAYMENT-RESPONSE", encodeHeader(text as object));
      return new Response(response.body, { status: response.status, headers: changed });
    };
    const changes: Record<string, (receipt: SignedReceipt) => string> = {
      "nobody's": () => `0x${"11".repeat(64)}`,
      "a stranger's": (receipt) => stranger.sign(receipt),
      "of less": (receipt) => signer.sign(Object.assign(receipt, { cumulative: receipt.cumulative - 1n })),
      "of a higher price": (receipt) => signer.sign(Object.assign(receipt, { price: 2n * PRICE })),
      "of another request": (receipt) =>
        signer.sign(Object.assign(receipt, { request: requestDigest("GET", "/x", sha256("0x")) })),
    };
    const forging: typeof globalThis.fetch = async (input, init) => forge(await fetch(input, init));
    const { fetch: honest } = await payerWith(world, "402 honest", { fetch: forging, requireReceipts: true });
    expect((await honest(`${seller.url}/weather`)).status, "the forger changes nothing yet").to.equal(200);
    for (const [name, forged] of Object.entries(changes)) {
      change = forged;
      const thrown = (await thrownBy(honest(`${seller.url}/weather`))) as SluiceError;
      expect(thrown, name).to.include({ code: "PAYMENT_REFUSED", field: "receipt" });
      expect(thrown.details, name).to.have.nested.property("response.status", 200);
      const { fetch: easy } = await payerWith(world, `402 easy ${name}`, { fetch: forging });
      const response = await easy(`${seller.url}/weather`);
      expect([response.status, receiptOf(response)], name).to.deep.equal([200, undefined]);
      expect(easy.purse()[0]).to.not.have.property("receipt");
    }
  });

  it("are no seller's whose payee has not named the key, or named it for a time that is over", async () => {
    const world = await fixture();
    const { signer } = await receiptsOf(world);
    await expectOptionRefused(world, { signer });
    const now = Math.floor(Date.now() / 1000);
    const consentBy = async (who: typeof world.payee, expiry: number) => {
      const named = { payee: world.payee.address, key: signer.address, expiry };
      return { signer, consent: { expiry, signature: await signReceiptKey(who, named, world.channelSite) } };
    };
    for (const receipts of [await consentBy(world.stranger, now + HOUR), await consentBy(world.payee, now - 1)]) {
      const seller = await startSeller(world, { receipts });
      const { fetch: buy } = await payerWith(world, "402 careful", { requireReceipts: true });
      expect(await thrownBy(buy(`${seller.url}/weather`))).to.include({ code: "PAYMENT_REFUSED", field: "receipt" });
    }
  });

  it("are named by a payee that is a contract", async () => {
    const world = await fixture();
    const account = await ethers.deployContract("ActorAccount", [world.payee.address]);
    const payee = await account.getAddress();
    const { signer } = await receiptsOf(world);
    const expiry = Math.floor(Date.now() / 1000) + HOUR;
    const signature = await signReceiptKey(world.payee, { payee, key: signer.address, expiry }, world.channelSite);
    const seller = await startSeller(world, { payee, receipts: { signer, consent: { expiry, signature } } });
    const { fetch: buy } = await payerWith(world, "402 buyer of a contract", { requireReceipts: true });
    expect(receiptOf(await buy(`${seller.url}/weather`))).to.include({ cumulative: PRICE });
  });
});

async function expectOptionRefused(world: Channels, receipts: NonNullable<PaywallOptions["receipts"]>): Promise<void> {
  const thrown = await thrownBy(startSeller(world, { receipts }));
  expect(thrown).to.be.instanceOf(SluiceError).and.include({ code: "SIGNATURE_INVALID", field: "receipts" });
}
