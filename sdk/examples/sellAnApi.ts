// A seller: one line of middleware before a route, vouchers in a file, one redemption for everything sold.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";

import { parseDeployment } from "@sluice/sdk";
import { paywall, sqliteStore, voucherRedeemer } from "@sluice/sdk/paywall";
import { nativeCurve, type NativeSecp256k1 } from "@sluice/sdk/vouchers";
import { JsonRpcProvider } from "ethers";
import express from "express";

// Where things are. The seller's account pays the gas of payers' deposits and of its own redemptions.
const { SLUICE_DEPLOYMENT = "deployments/31337.json", SLUICE_RPC = "http://127.0.0.1:8545" } = process.env;
const { SLUICE_VOUCHERS = "vouchers.db", PORT = "4020" } = process.env;
const { chainId, channels = "", token } = parseDeployment(await readFile(SLUICE_DEPLOYMENT, "utf8"));
const provider = new JsonRpcProvider(SLUICE_RPC, chainId, { staticNetwork: true });
const seller = await provider.getSigner(2);
const site = { chainId, channels };

// What is sold: a call for a thousandth of a token. A voucher is on the disk before the answer goes out.
const store = sqliteStore(new DatabaseSync(SLUICE_VOUCHERS));
const native = createRequire(import.meta.url)("secp256k1/bindings") as NativeSecp256k1; // optional: some 30 times as fast
const price = 10n ** 15n;
const tokenDomain = { name: "Local Token", version: "1" };
const money = { site, payee: seller.address, token, tokenDomain, price, store, provider, curve: nativeCurve(native) };

const app = express();
app.get("/weather", paywall({ ...money, sponsor: seller, confirmations: 0 }), (_request, response) => {
  response.json({ weather: "sun" });
});
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log("selling on port", PORT));

// Redeems once a whole token is due, once a day, and at once where a payer leaves.
const redeemer = voucherRedeemer({
  site,
  store,
  provider,
  signer: seller,
  minValue: 10n ** 18n,
  maxAgeSeconds: 86_400,
});
const redeem = async (): Promise<void> => {
  for (const { channel, cumulative } of (await redeemer.round()).paid) console.log("redeemed", channel, cumulative);
};
let round = Promise.resolve();
const timer = setInterval(() => {
  round = redeem().catch(console.error);
}, 1_000);

process.once("SIGTERM", () => {
  clearInterval(timer);
  server.close(() => void round.then(() => store.close()).then(() => provider.destroy()));
});
