import { createRequire } from "node:module";
import { createServer } from "node:http";
import { Worker } from "node:worker_threads";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

import {
  memoryStore,
  paywall,
  receiptSigner,
  sqliteStore,
  threadedVerifier,
  type VoucherStore,
} from "@sluice/sdk/paywall";
import { nativeCurve } from "@sluice/sdk/vouchers";
import { JsonRpcProvider } from "ethers";
import express from "express";

/**
 * The seller of `bench:vouchers` as a process of its own: `node seller.ts OPTIONS`. Announces itself with one JSON line;
 * `GET /cpu` answers the CPU it has used, in microseconds.
 */
export type SellerOptions = {
  rpcUrl: string;
  site: { chainId: number; channels: string };
  payee: string;
  token: string;
  price: string;
  /** `threaded`: process-safe, and a thread verifies; `receipts`: process-safe, and each answer has a signed receipt. */
  durability: "off" | "process" | "threaded" | "receipts" | "grouped" | "perCall";
  /** Signs receipts: the payee's key. */
  payeeKey: string;
  file: string;
};

// Written by main.ts of this folder.
const options = JSON.parse(process.argv[2] ?? "{}") as SellerOptions;
// The package's types say nothing about its bindings file, which has the same functions.
const native = createRequire(import.meta.url)("secp256k1/bindings") as Parameters<typeof nativeCurve>[0];

function storeOf({ durability, file }: SellerOptions): VoucherStore {
  if (durability === "off") return memoryStore();
  const database = new DatabaseSync(file);
  if (["process", "threaded", "receipts"].includes(durability)) return sqliteStore(database, { durability: "process" });
  return sqliteStore(database, durability === "perCall" ? { mostTogether: 1 } : {});
}

const app = express();
app.disable("x-powered-by");
app.get("/cpu", (_request, response) => {
  const { user, system } = process.cpuUsage();
  response.json({ microseconds: user + system });
});
app.get("/free", (_request, response) => void response.json({ weather: "sun" }));
const { site, payee, token, rpcUrl } = options;
const provider = new JsonRpcProvider(rpcUrl, site.chainId, { staticNetwork: true });
const money = { site, payee, token, price: BigInt(options.price), provider, confirmations: 0 };
const curve = nativeCurve(native);
const threads = options.durability === "threaded" ? [new Worker(new URL("thread.ts", import.meta.url))] : [];
const verified = threads.length > 0 ? { verifier: threadedVerifier(site, threads, curve) } : { curve };
const receipts = { signer: receiptSigner(options.payeeKey, site, curve) };
const extra = options.durability === "receipts" ? { receipts } : {};
app.use("/paid", paywall({ ...money, store: storeOf(options), ...verified, ...extra }));
app.get("/paid", (_request, response) => void response.json({ weather: "sun" }));
const server = createServer(app);
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo; // a TCP address is an object
  process.stdout.write(`${JSON.stringify({ port })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
