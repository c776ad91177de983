import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";

import { getAddress, isAddress } from "ethers";
import { network } from "hardhat";

import { writeDeployment } from "../deploy/deploySluice.ts";
import { checkFree } from "./stack/ports.ts";
import { stop, type Managed } from "./stack/processes.ts";
import { deployLocal, deploymentsDirectory, startChain } from "./stack/stack.ts";
import { fail } from "./stack/fail.ts";

const usage = `usage: npm run devnet -- --signers ADDRESS,ADDRESS,ADDRESS [--port 8545] [--directory DIR]
  Starts a local chain, deploys everything with these signers in the epoch (quorum two), gives each 10 ETH for gas, writes
  deployments/31337.json and stays up until Ctrl-C. The nodes are yours to start.`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        signers: { type: "string", default: "" },
        port: { type: "string", default: "8545" },
        directory: { type: "string", default: ".data/devnet" },
      },
    });
    const signers = values.signers.split(",").filter((text) => text !== "");
    if (new Set(signers).size < 3 || !signers.every((text) => isAddress(text))) fail(usage);
    return { ...values, port: Number(values.port), signers: signers.map((text) => getAddress(text)) };
  } catch {
    return fail(usage);
  }
}

const { signers, port, directory } = options();
await checkFree([port]).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
await mkdir(directory, { recursive: true });
const running: Managed[] = [];
let stopping = false;
async function shutDown(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  for (const managed of running) await stop(managed);
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void shutDown(0));

await startChain({ directory }, port, running);
const url = `http://127.0.0.1:${port}`;
const connection = await network.create({ network: "local", override: { url } });
const deployment = await deployLocal(connection, signers, {});
const file = await writeDeployment(deploymentsDirectory, deployment);
process.stdout.write(`the chain listens on ${url}, chain id ${deployment.chainId}; the deployment is in ${file}\n`);
running[0]?.child.once("exit", () => void shutDown(1));
