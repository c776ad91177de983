import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

import { Pool } from "pg";

import { paywall, postgresStore, sqliteStore, type VoucherStore } from "../../sdk/src/paywall/index.ts";
import { everyChannelOpen } from "./channelAnswer.ts";

/**
 * A seller as a process of its own, to be killed at any moment: `node sellerProcess.ts OPTIONS`, where OPTIONS is JSON of
 * `{ site, payee, token, price, sqlite | postgres, deposit }`. The chain it asks is a provider that answers one open channel
 * for every id: what is tested is the store, and killing a chain as well would only blur it. Prints its URL.
 */
type Options = {
  site: { chainId: number; channels: string };
  payee: string;
  token: string;
  price: string;
  deposit: string;
  sqlite?: string;
  postgres?: string;
};

const options = JSON.parse(process.argv[2] ?? "{}") as Options;

async function storeOf({ sqlite, postgres }: Options): Promise<VoucherStore> {
  if (sqlite !== undefined) return sqliteStore(new DatabaseSync(sqlite));
  return postgresStore(new Pool({ connectionString: postgres }));
}

const middleware = paywall({
  ...options,
  price: BigInt(options.price),
  store: await storeOf(options),
  provider: everyChannelOpen(BigInt(options.deposit)),
  confirmations: 0,
});
const server = createServer((request, response) => {
  middleware(request, response, (error) => {
    response.statusCode = error === undefined ? 200 : 500;
    response.end("served");
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
