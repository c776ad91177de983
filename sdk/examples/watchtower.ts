// A watchtower: sellers who go away leave their last vouchers and a bounty; it submits them when a payer leaves.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";

import { parseDeployment, type SignedVoucher } from "@sluice/sdk";
import { sqliteStore, watchtower, type SignedBounty } from "@sluice/sdk/paywall";
import { JsonRpcProvider } from "ethers";

// Its account pays the gas of submissions; what a bounty promises comes to it.
const { SLUICE_DEPLOYMENT = "deployments/31337.json", SLUICE_RPC = "http://127.0.0.1:8545" } = process.env;
const {
  SLUICE_HELD = "held.db",
  SLUICE_BOUNTIES = "bounties.json",
  ROUND_SECONDS = "600",
  PORT = "4021",
} = process.env;
const { chainId, channels = "" } = parseDeployment(await readFile(SLUICE_DEPLOYMENT, "utf8"));
const provider = new JsonRpcProvider(SLUICE_RPC, chainId, { staticNetwork: true });

// A list of what sellers signed by signBounty; amounts are decimal text.
const signed = JSON.parse(await readFile(SLUICE_BOUNTIES, "utf8")) as (SignedBounty & { largest: string })[];
const bounties = signed.map((bounty) => ({ ...bounty, largest: BigInt(bounty.largest) }));
const store = sqliteStore(new DatabaseSync(SLUICE_HELD));
const tower = watchtower({
  ...{ site: { chainId, channels }, store, provider, signer: await provider.getSigner(3) },
  ...{ bounties, maxGasPrice: 200_000_000_000n },
});

/** A voucher as a seller posts it: JSON, with its amounts as decimal text. */
function voucherIn(text: string): SignedVoucher {
  const { terms, cumulative, signature } = JSON.parse(text) as SignedVoucher; // `hold` checks every field
  return { terms: { ...terms, salt: BigInt(terms.salt) }, cumulative: BigInt(cumulative), signature };
}

const server = createServer((request, response) => {
  void (async () => {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const kept = await tower.hold(voucherIn(text));
    response.end(JSON.stringify({ kept }));
  })().catch((error: unknown) => {
    response.statusCode = 400;
    response.end(JSON.stringify({ error: String(error) }));
  });
});
server.listen(Number(PORT), "127.0.0.1", () => console.log("watching, vouchers on port", PORT));

const watch = async (): Promise<void> => {
  for (const { channel, cumulative } of (await tower.round()).paid) console.log(`submitted ${channel} ${cumulative}`);
};
let round = Promise.resolve();
const timer = setInterval(
  () => {
    round = round.then(watch).catch(console.error);
  },
  Number(ROUND_SECONDS) * 1_000,
);

process.once("SIGTERM", () => {
  clearInterval(timer);
  server.close(() => void round.then(() => store.close()).then(() => provider.destroy()));
});
