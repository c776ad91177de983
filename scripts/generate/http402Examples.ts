import { getAddress, JsonRpcProvider, Wallet } from "ethers";

import { channelId, openAuthorization } from "../../sdk/src/channels.ts";
import { configOf, networkOf, problems, type PaymentPayload } from "../../sdk/src/pay402/wire.ts";
import { memoryStore } from "../../sdk/src/paywall/memoryStore.ts";
import { settle, type Settled } from "../../sdk/src/paywall/options.ts";
import type { PaidRequest } from "../../sdk/src/paywall/http.ts";
import { receiptOf, receiptSigner } from "../../sdk/src/paywall/receipts.ts";
import { paymentResponse, required } from "../../sdk/src/paywall/responses.ts";
import { siteKey } from "../../sdk/src/paywall/store.ts";
import { signReceiveAuthorization } from "../../sdk/src/tokens.ts";
import { voucherSigner } from "../../sdk/src/vouchers/sign.ts";

export type WireExample = { about: string; json: string };

const site = { chainId: 8453, channels: getAddress(`0x${"c1".repeat(20)}`) };
const token = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
const tokenDomain = { name: "USD Coin", version: "2" };
const price = 1_000n;
const second = 1_800_000_000;
/** Of nobody: they sign the examples. */
const [payer, seller] = ["41", "42"].map((byte) => new Wallet(`0x${byte.repeat(32)}`)) as [Wallet, Wallet];

/** One exchange as the code writes it, by the type of what is said. */
export async function http402Examples(): Promise<Record<string, WireExample[]>> {
  const provider = new JsonRpcProvider("http://127.0.0.1:1", site.chainId, { staticNetwork: true }); // nobody asks it
  const signer = receiptSigner(seller.privateKey, site);
  const settled: Settled<PaidRequest> = settle({
    ...{ site, payee: seller.address, token, price, store: memoryStore(), provider, tokenDomain },
    ...{ sponsor: seller, minDeposit: 1_000_000n, receipts: { signer }, now: () => second },
  });
  const first = required(settled, { problem: problems.required, transaction: "" }, price, "/weather");
  const [accepted] = first.accepts;
  if (accepted === undefined) throw new Error("a 402 has one entry");
  const paid = await paymentOf(accepted);
  const { terms, channel, voucher, deposit } = paid;
  const signed = BigInt(voucher.maxClaimableAmount);
  const record = {
    ...{ channel, site: siteKey(site), terms, signed, signature: voucher.signature, spent: signed },
    ...{ redeemed: 0n, unredeemedSince: second },
  };
  const funds = { deposit: BigInt(deposit.amount), claimed: 0n, closeAt: 0, usable: true, readAtMs: second * 1_000 };
  const known = { terms, channel, funds, record, transaction: `0x${"7a".repeat(32)}`, deposited: funds.deposit };
  const receipt = receiptOf({ method: "GET", url: "/weather", headers: {} }, { signer });
  const response = await paymentResponse(
    settled,
    { ...known, problem: undefined },
    { charged: price, record },
    receipt,
  );
  const again = required(settled, { ...known, problem: problems.amount }, price, "/weather");
  provider.destroy();
  return {
    PaymentRequired: [
      example("To a call that brings nothing:", first),
      example("To a voucher that came twice:", again),
    ],
    PaymentPayload: [example("The first call, which opens the channel:", paid.payload)],
    PaymentResponse: [example("Its answer:", response)],
  };
}

async function paymentOf(accepted: PaymentPayload["accepted"]) {
  const session = voucherSigner(payer.privateKey, site);
  const parties = { payer: payer.address, payee: seller.address, token, signer: session.address };
  const terms = { ...parties, exitDelay: accepted.extra.withdrawDelay, salt: 1n };
  const channel = channelId(terms, site);
  const voucher = { channelId: channel, maxClaimableAmount: `${price}`, signature: session.sign(channel, price) };
  const [amount, validBefore] = [1_000_000n, second + 3_600];
  const pull = openAuthorization(terms, amount, site, { tokenName: "USD Coin", tokenVersion: "2", validBefore });
  const signature = await signReceiveAuthorization(payer, pull);
  const salt = `0x${"00".repeat(32)}`;
  const consent = { validAfter: "0", validBefore: `${validBefore}`, salt, signature } as const;
  const deposit = { amount: `${amount}`, authorization: { erc3009Authorization: consent } };
  const payload: PaymentPayload = {
    x402Version: 2,
    accepted: { ...accepted, network: networkOf(site) },
    payload: { type: "deposit", channelConfig: configOf(terms), voucher, deposit },
  };
  return { terms, channel, voucher, deposit, payload };
}

function example(about: string, value: object): WireExample {
  return { about, json: ["```json", JSON.stringify(value, undefined, 2), "```"].join("\n") };
}
