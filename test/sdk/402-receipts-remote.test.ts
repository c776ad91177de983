import { expect } from "chai";
import express from "express";
import { computeAddress, getBytes, hexlify, sha256, SigningKey, toUtf8Bytes } from "ethers";

import { receiptOf, requestDigest, unreadBody, verifyReceipt } from "../../sdk/src/pay402/index.ts";
import { paywall, remoteReceiptSigner, signReceiptKey, type PaywallOptions } from "../../sdk/src/paywall/index.ts";
import { fixture, HOUR, type Channels } from "../channels/world.ts";
import { key } from "../shared/suite.ts";
import { closeServers, native, payerWith, PRICE, sellerOptions, serve, startSeller } from "./seller.ts";

type Vault = { key: SigningKey; down: boolean; signed: number };

/** A service that signs digests with a key of its own, as a KMS does, over HTTP. */
async function startVault(): Promise<{ vault: Vault; signDigest: (digest: Uint8Array) => Promise<string> }> {
  const vault: Vault = { key: new SigningKey(key("402 vault").privateKey), down: false, signed: 0 };
  const app = express();
  app.post("/sign", express.text(), (request, response) => {
    if (vault.down) return void response.status(503).end();
    vault.signed += 1;
    response.send(vault.key.sign(getBytes(String(request.body))).serialized);
  });
  const url = await serve(app);
  const signDigest = async (digest: Uint8Array): Promise<string> => {
    const headers = { "content-type": "text/plain" };
    const response = await fetch(`${url}/sign`, { method: "POST", headers, body: hexlify(digest) });
    if (!response.ok) throw new Error(`the vault answered ${response.status}`);
    return response.text();
  };
  return { vault, signDigest };
}

async function scene(): Promise<{
  world: Channels;
  vault: Vault;
  receipts: NonNullable<PaywallOptions["receipts"]>;
}> {
  const world = await fixture();
  const { vault, signDigest } = await startVault();
  const signer = remoteReceiptSigner(computeAddress(vault.key), world.channelSite, signDigest, native);
  const expiry = Math.floor(Date.now() / 1000) + HOUR;
  const named = { payee: world.payee.address, key: signer.address, expiry };
  const consent = { expiry, signature: await signReceiptKey(world.payee, named, world.channelSite) };
  return { world, vault, receipts: { signer, consent } };
}

describe("402: receipts whose key is elsewhere", () => {
  afterEach(closeServers);

  it("are those of a key that is here, one signature a call without a body", async () => {
    const { world, vault, receipts } = await scene();
    const seller = await startSeller(world, { receipts });
    const { fetch: buy } = await payerWith(world, "402 vaulted", { requireReceipts: true });
    for (let call = 1n; call <= 3n; call += 1n) {
      const receipt = receiptOf(await buy(`${seller.url}/weather?day=${call}`))!;
      expect(receipt).to.include({ cumulative: call * PRICE, price: PRICE });
      expect(receipt.request).to.equal(requestDigest("GET", `/weather?day=${call}`, sha256("0x")));
      expect(verifyReceipt(receipt, world.channelSite)).to.equal(true);
    }
    expect(vault.signed).to.equal(3);
    expect(seller.errors).to.deep.equal([]);
  });

  it("name the body where the answer ends at once, and an unread one where its head goes out earlier", async () => {
    const { world, receipts } = await scene();
    const app = express();
    app.use(paywall(await sellerOptions(world, { receipts })), express.text());
    app.post("/echo", (request, response) => void response.send(request.body));
    app.post("/stream", (request, response) => {
      response.write(String(request.body));
      response.end();
    });
    const url = await serve(app);
    const { fetch: buy } = await payerWith(world, "402 vaulted bodies", { requireReceipts: true });
    const post = { method: "POST", headers: { "content-type": "text/plain" }, body: "rain?" };
    const [whole, early] = [await buy(`${url}/echo`, post), await buy(`${url}/stream`, post)];
    expect([await whole.text(), await early.text()]).to.deep.equal(["rain?", "rain?"]);
    expect(receiptOf(whole)!.request).to.equal(requestDigest("POST", "/echo", sha256(toUtf8Bytes("rain?"))));
    expect(receiptOf(early)!.request).to.equal(requestDigest("POST", "/stream", unreadBody));
  });

  it("that cannot be signed cost nothing, and the handler does not run", async () => {
    const { world, vault, receipts } = await scene();
    const seller = await startSeller(world, { receipts });
    const { fetch: buy } = await payerWith(world, "402 vault down", { requireReceipts: true });
    await buy(`${seller.url}/weather`);
    const [channel] = buy.purse();
    const standing = async () => (await seller.store.find(channel!.id))!;
    vault.down = true;
    expect((await buy(`${seller.url}/weather`)).status).to.equal(500);
    vault.down = false;
    vault.key = new SigningKey(key("402 another vault").privateKey);
    expect((await buy(`${seller.url}/weather`)).status).to.equal(500);
    expect(seller.errors.at(-1)).to.include({ code: "SIGNATURE_INVALID", field: "receipts" });
    expect(await standing()).to.include({ spent: PRICE });
    expect(seller.served()).to.equal(1);
    vault.key = new SigningKey(key("402 vault").privateKey);
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(await standing()).to.include({ spent: 2n * PRICE });
  });

  it("of a failing answer say that it cost nothing", async () => {
    const { world, receipts } = await scene();
    const seller = await startSeller(world, { receipts });
    const { fetch: buy } = await payerWith(world, "402 vaulted failure");
    const response = await buy(`${seller.url}/broken`);
    expect([response.status, receiptOf(response)?.price]).to.deep.equal([503, 0n]);
  });
});
