// An agent: a session key, a deposit that the seller submits, and a thousand calls that wait for no chain.
import { readFile } from "node:fs/promises";

import { localTokenAbi, parseDeployment } from "@sluice/sdk";
import { payFetch } from "@sluice/sdk/fetch";
import { voucherSigner } from "@sluice/sdk/vouchers";
import { Contract, JsonRpcProvider, Wallet, formatEther, parseEther } from "ethers";

const { SLUICE_DEPLOYMENT = "deployments/31337.json", SLUICE_RPC = "http://127.0.0.1:8545" } = process.env;
const { SELLER = "http://127.0.0.1:4020", CALLS = "1000" } = process.env;
const { chainId, channels = "", token } = parseDeployment(await readFile(SLUICE_DEPLOYMENT, "utf8"));
const provider = new JsonRpcProvider(SLUICE_RPC, chainId, { staticNetwork: true });
const site = { chainId, channels };

// The owner of the money has tokens and no coin; the agent has a key that can spend one deposit at one seller.
const owner = Wallet.createRandom(provider);
const faucet = new Contract(token, localTokenAbi, await provider.getSigner(1));
await (await faucet.getFunction("mint").send(owner.address, parseEther("10"))).wait();
const sessionKey = voucherSigner(Wallet.createRandom().privateKey, site);

const buy = payFetch({
  ...{ signer: owner, sessionKey, channels: site },
  ...{ maxPerCall: parseEther("0.002"), maxTotal: parseEther("2"), openWith: { deposit: parseEther("2") } },
});
let served = 0;
for (let call = 0; call < Number(CALLS); call += 1) {
  const response = await buy(`${SELLER}/weather`);
  if (response.status !== 200) throw new Error(`call ${call}: status ${response.status}`);
  await response.json();
  served += 1;
}
console.log("bought", served, "calls for", formatEther(buy.signed()), "tokens");
console.log("transactions sent by the payer:", await provider.getTransactionCount(owner.address));
provider.destroy();
