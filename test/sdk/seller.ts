import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { Wallet } from "ethers";
import express, { type Express } from "express";

import { payFetch, type PayFetch, type PayFetchOptions } from "../../sdk/src/pay402/index.ts";
import { memoryStore, paywall, type PaywallOptions, type VoucherStore } from "../../sdk/src/paywall/index.ts";
import { nativeCurve } from "../../sdk/src/vouchers/index.ts";
import { HOUR, type Channels } from "../channels/world.ts";
import { ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { createRequire } from "node:module";

export const PRICE = UNIT / 1000n;
export const native = nativeCurve(createRequire(import.meta.url)("secp256k1/bindings"));

export type Seller = {
  url: string;
  store: VoucherStore;
  /** Calls that were served. */
  served: () => number;
  /** What went wrong on the seller's side. */
  errors: unknown[];
  /** Seconds since the Unix epoch, as the seller's clock goes; a test moves it. */
  clock: { seconds: number };
  close: () => Promise<void>;
};

const open: Server[] = [];

/** Serves an app on a free port until `closeServers`. */
export async function serve(app: Express): Promise<string> {
  const server = createServer(app);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function closeServers(): Promise<void> {
  await Promise.all(
    open.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
}

/** The options of a seller on the test chain whose deposits count at once. */
export async function sellerOptions(
  world: Channels,
  changes: Partial<PaywallOptions> = {},
): Promise<PaywallOptions & { clock: Seller["clock"]; errors: unknown[] }> {
  const clock = { seconds: await networkHelpers.time.latest() };
  const errors: unknown[] = [];
  return {
    site: world.channelSite,
    payee: world.payee.address,
    token: await world.token.getAddress(),
    price: PRICE,
    store: memoryStore(),
    provider: ethers.provider,
    tokenDomain: { name: "Local Token", version: "1" },
    sponsor: world.stranger,
    confirmations: 0,
    curve: native,
    now: () => clock.seconds,
    onError: (error: unknown) => errors.push(error),
    clock,
    errors,
    ...changes,
  };
}

/** A seller of weather: `/weather` is paid, `/free` is not, `/broken` is paid and fails. */
export async function startSeller(world: Channels, changes: Partial<PaywallOptions> = {}): Promise<Seller> {
  const options = await sellerOptions(world, changes);
  let served = 0;
  const app = express();
  app.get("/free", (_request, response) => void response.json({ free: true }));
  app.use(paywall(options));
  app.all("/weather", (_request, response) => {
    served += 1;
    response.json({ weather: "sun", served });
  });
  app.get("/broken", (_request, response) => void response.status(503).json({ error: "no weather today" }));
  const url = await serve(app);
  const { store, clock, errors } = options;
  return { url, store, served: () => served, errors, clock, close: closeServers };
}

/** A payer with tokens and without coin, who spends up to 1 token a call and 50 in all. */
export async function payerWith(
  world: Channels,
  name: string,
  changes: Partial<PayFetchOptions> = {},
): Promise<{ fetch: PayFetch; wallet: Wallet }> {
  const wallet = new Wallet(key(name).privateKey, ethers.provider);
  await world.token.mint(wallet.address, 100n * UNIT);
  const fetch = payFetch({
    signer: wallet,
    channels: world.channelSite,
    maxPerCall: UNIT,
    maxTotal: 50n * UNIT,
    openWith: { deposit: 10n * UNIT, maxExitDelay: 48 * HOUR },
    ...changes,
  });
  return { fetch, wallet };
}
