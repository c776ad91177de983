import { expect } from "chai";
import express from "express";
import { Wallet } from "ethers";

import { installPermit2, permit2Address } from "../../scripts/stack/permit2.ts";
import { SluiceError } from "../../sdk/src/index.ts";
import { payFetch, type PayFetchOptions } from "../../sdk/src/pay402/index.ts";
import { decodeHeader, encodeHeader, pick } from "../../sdk/src/pay402/wire.ts";
import { paidOf, paywall, siteKey, type PaywallOptions } from "../../sdk/src/paywall/index.ts";
import { setPolicy } from "../shared/moves.ts";
import { fixture, type Channels } from "../channels/world.ts";
import { epochConfig, ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { thrownBy } from "./refusals.ts";
import { closeServers, payerWith, PRICE, sellerOptions, serve, startSeller } from "./seller.ts";

const byPermit2 = { deposits: ["permit2"] } as const;

/** A chain with the real Permit2, and a payer who has let it take his tokens once. */
async function permit2World(name: string, changes: Partial<PayFetchOptions> = {}) {
  const world = await fixture();
  await installPermit2(world.deployer, (address, code) => networkHelpers.setCode(address, code));
  const payer = await payerWith(world, name, { openWith: { deposit: 3n * PRICE }, ...changes });
  await networkHelpers.setBalance(payer.wallet.address, 10n ** 18n);
  await world.token.connect(payer.wallet).approve(permit2Address, 2n ** 256n - 1n);
  return { world, ...payer };
}

function paidBy(response: Response): unknown {
  return decodeHeader("response", response.headers.get("PAYMENT-RESPONSE") ?? "");
}

function askedBy(response: Response): unknown {
  const required = decodeHeader("required", response.headers.get("PAYMENT-REQUIRED") ?? "");
  return pick((pick(required, "accepts") as unknown[])[0], "extra");
}

describe("402: deposits that the seller submits", () => {
  afterEach(closeServers);

  it("come by Permit2: each channel is opened by one signature, another one when it is used up", async () => {
    const { world, fetch: buy, wallet } = await permit2World("402 permit2");
    const seller = await startSeller(world, { ...byPermit2, tokenDomain: undefined! });
    const asked = askedBy(await fetch(`${seller.url}/weather`));
    expect(asked).to.deep.include({ sponsored: false, deposits: ["permit2"], assetTransferMethod: "permit2" });
    const sent = await ethers.provider.getTransactionCount(wallet.address);
    const first = await buy(`${seller.url}/weather`);
    expect(paidBy(first)).to.include({ amount: (3n * PRICE).toString() });
    expect(pick(paidBy(first), "transaction")).to.match(/^0x[0-9a-f]{64}$/);
    for (let call = 1; call < 7; call += 1) expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(sent);
    const records = await seller.store.all(siteKey(world.channelSite));
    expect(records.map(({ spent }) => spent).sort()).to.deep.equal([PRICE, 3n * PRICE, 3n * PRICE].sort());
    expect(buy.purse(), "all are kept, the one in use first").to.have.length(3);
    expect(buy.purse()[0]).to.include({ signed: PRICE });
    expect(seller.errors).to.deep.equal([]);
  });

  it("come by EIP-2612 of a payer without coin, and by no transaction of his", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("PermitToken");
    const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(plain.keys, 2, await token.getAddress())]);
    await setPolicy(plain, {}, epoch);
    // what sellers and payers do with it PermitToken does, too
    const world = { ...plain, token: token as unknown as Channels["token"] };
    const tokenDomain = { name: "Permit Token", version: "1" };
    const seller = await startSeller(world, { deposits: ["eip2612"], tokenDomain });
    const { fetch: buy, wallet } = await payerWith(world, "402 permit", { openWith: { deposit: 2n * PRICE } });
    for (let call = 0; call < 5; call += 1) expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
    expect(await ethers.provider.getBalance(wallet.address)).to.equal(0n);
    expect(await ethers.provider.getTransactionCount(wallet.address)).to.equal(0);
    expect(await token.balanceOf(world.channelSite.channels)).to.equal(6n * PRICE);
  });

  it("come in the way the payer likes best among the seller's", async () => {
    const { world, fetch: buy } = await permit2World("402 chooser", {
      openWith: { deposit: UNIT, deposits: ["permit2", "eip3009"] },
    });
    const seen: unknown[] = [];
    const seller = await startSeller(world, { deposits: ["eip3009", "permit2"] });
    const watching = payFetch({
      ...{ signer: new Wallet(key("402 chooser").privateKey, ethers.provider), channels: world.channelSite },
      ...{ maxPerCall: UNIT, maxTotal: UNIT, openWith: { deposit: UNIT, deposits: ["permit2", "eip3009"] } },
      fetch: async (input, init) => {
        const header = (input as Request).headers.get("PAYMENT-SIGNATURE");
        if (header !== null) seen.push(pick(pick(decodeHeader("signature", header), "payload"), "deposit"));
        return fetch(input, init);
      },
    });
    expect((await watching(`${seller.url}/weather`)).status).to.equal(200);
    expect(seen[0]).to.have.nested.property("authorization.permit2Authorization");
    expect((await buy(`${seller.url}/weather`)).status).to.equal(200);
  });

  it("go on inside a stream: another channel takes over where one is used up", async () => {
    const { world, fetch: buy } = await permit2World("402 long reader");
    const options = await sellerOptions(world, { ...byPermit2, tokenDomain: undefined! });
    const app = express();
    app.get("/story", paywall(options), async (request, response) => {
      const charge = paidOf(request).stream.meter(PRICE);
      for (let word = 0; word < 6; word += 1) {
        await charge(1);
        response.write("word ");
      }
      response.end();
    });
    const response = await buy(`${await serve(app)}/story`);
    expect(await response.text()).to.equal("word ".repeat(6));
    expect(buy.signed()).to.equal(7n * PRICE);
    expect(buy.purse()).to.have.length(3);
  });

  it("are signed again in a way that the seller does take", async () => {
    const { world, fetch: first } = await permit2World("402 mover", {
      fetch: async (input, init) => {
        if ((input as Request).headers.get("PAYMENT-SIGNATURE") !== null) throw new TypeError("the line is cut");
        return fetch(input, init);
      },
    });
    const old = await startSeller(world);
    await thrownBy(first(`${old.url}/weather`));
    const purse = first.purse();
    expect(purse[0]?.pending).to.have.nested.property("authorization.erc3009Authorization");
    const seller = await startSeller(world, byPermit2);
    const { fetch: again } = await payerWith(world, "402 mover", { purse, openWith: { deposit: 3n * PRICE } });
    expect((await again(`${seller.url}/weather`)).status).to.equal(200);
    expect(seller.errors).to.deep.equal([]);
  });

  it("are refused below the seller's least, with x402's code", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { minDeposit: UNIT });
    const hiding: typeof globalThis.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const header = response.headers.get("PAYMENT-REQUIRED");
      if (header === null) return response;
      const required = decodeHeader("required", header);
      delete (pick((pick(required, "accepts") as unknown[])[0], "extra") as { minDeposit?: string }).minDeposit;
      const changed = new Headers(response.headers);
      changed.set("PAYMENT-REQUIRED", encodeHeader(required as object));
      return new Response(response.body, { status: response.status, headers: changed });
    };
    const { fetch: buy } = await payerWith(world, "402 small", { fetch: hiding, openWith: { deposit: 2n * PRICE } });
    const response = await buy(`${seller.url}/weather`);
    expect(response.status).to.equal(402);
    expect(await response.json()).to.include({ error: "invalid_batch_settlement_evm_deposit_below_min_deposit" });
  });

  it("are not signed for a seller who wants more at least than the payer may spend in all", async () => {
    const world = await fixture();
    const seller = await startSeller(world, { minDeposit: 51n * UNIT });
    const { fetch: buy } = await payerWith(world, "402 not so rich");
    expect(await thrownBy(buy(`${seller.url}/weather`))).to.include({ code: "PAYMENT_REFUSED", field: "minDeposit" });
    const { fetch: willing } = await payerWith(world, "402 willing", {
      openWith: { deposit: UNIT, maxDeposit: 60n * UNIT },
    });
    expect((await willing(`${seller.url}/weather`)).status).to.equal(200);
  });

  it("need the token's domain where the token is what is signed for", async () => {
    const world = await fixture();
    for (const deposits of [["eip3009"], ["eip2612", "permit2"]] satisfies PaywallOptions["deposits"][]) {
      const thrown = await thrownBy(startSeller(world, { deposits, tokenDomain: undefined! }));
      expect(thrown).to.be.instanceOf(SluiceError).and.include({ code: "TERMS_INVALID", field: "tokenDomain" });
    }
  });
});
