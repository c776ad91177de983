import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { formatEther, formatUnits, type Provider } from "ethers";
import { network } from "hardhat";

import { deployAll, rehearse, tokenEntries, type WholeParameters } from "../deploy/deployAll.ts";
import { writeDeployment } from "../deploy/deploySluice.ts";
import { firstBlockOf, journalName } from "../deploy/journal.ts";
import { DeployError, readParameters, type DeployParameters } from "../deploy/parameters.ts";
import { connectTo } from "./deploy/connection.ts";
import { shippedModel } from "./stack/model.ts";
import { deploymentsDirectory } from "./stack/stack.ts";
import { fail } from "./stack/fail.ts";

const usage = `usage: npm run deploy -- --parameters FILE --rpc URL [--key-file FILE] [--send] [--deployments DIR] [--deployment NAME]
  Deploys everything to one chain: token, stake, governance, treasury, epoch, gate, escrow and channels. Rehearses it on a chain inside
  the process first and prints what it would cost; only --send sends. A run that broke off goes on where it stood.
  --parameters  the file, one for each chain: docs/guides/deploy.md
  --key-file    the deployer's private key in hex, chmod 600; without it the endpoint's first account deploys
  --deployments where <chainId>.json is written (deployments)
  --deployment  name of Ignition's journal, one for each chain when absent`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        parameters: { type: "string", default: "" },
        rpc: { type: "string", default: "" },
        "key-file": { type: "string" },
        send: { type: "boolean", default: false },
        deployments: { type: "string", default: deploymentsDirectory },
        deployment: { type: "string" },
      },
    });
    if (values.parameters === "" || values.rpc === "") fail(usage);
    return values;
  } catch {
    return fail(usage);
  }
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new DeployError([`the file cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  });
}

async function checkChain(provider: Provider, { chainId }: DeployParameters): Promise<void> {
  const { chainId: served } = await provider.getNetwork();
  if (Number(served) === chainId) return;
  throw new DeployError([`the parameters are for chain ${chainId}, the endpoint serves chain ${served}`]);
}

interface Cost {
  readonly gas: bigint;
  /** In wei. */
  readonly gasPrice: bigint;
  readonly balance: bigint;
}

async function costOf(provider: Provider, deployer: string, gas: bigint): Promise<Cost> {
  const { maxFeePerGas, gasPrice } = await provider.getFeeData();
  return { gas, gasPrice: maxFeePerGas ?? gasPrice ?? 0n, balance: await provider.getBalance(deployer) };
}

/** What is missing for a deployment that has not begun; one that has begun needs less than the whole. */
async function checkBalance({ gas, gasPrice, balance }: Cost, deployer: string, deploymentId: string): Promise<void> {
  if (balance >= gas * gasPrice || (await firstBlockOf(deploymentId)) !== undefined) return;
  const needed = `${formatEther(gas * gasPrice)} of coin may be needed and ${deployer} has ${formatEther(balance)}`;
  throw new DeployError([`${needed}: send it what is missing, and start again`]);
}

function printPlan({ chainId, tokens, signers, quorum }: DeployParameters, deployer: string, cost: Cost): void {
  const { gas, gasPrice, balance } = cost;
  process.stdout.write(`chain     ${chainId}
deployer  ${deployer}, who keeps no power, with ${formatEther(balance)} of coin
tokens    ${tokens.map(({ address }) => address).join(", ")}
signers   ${quorum} of ${signers.length}: ${signers.join(", ")}
model     ${shippedModel.id}
rehearsed ${gas.toLocaleString("en")} gas: at most ${formatEther(gas * gasPrice)} of coin at ${formatUnits(gasPrice, "gwei")} gwei\n`);
}

const afterFailure = `What was deployed stands in ignition/deployments; start the same command again to go on from there. docs/guides/deploy.md
says what to do where a transaction was lost.`;

const given = options();
try {
  const parameters = readParameters(await textOf(given.parameters));
  const connection = await connectTo(given.rpc, given["key-file"]);
  const { provider } = connection.ethers;
  await checkChain(provider, parameters);
  const [signer] = await connection.ethers.getSigners();
  if (signer === undefined) throw new DeployError(["the endpoint has no account to deploy from: name a --key-file"]);
  const [first, ...others] = await tokenEntries(provider, parameters.tokens);
  if (first === undefined) throw new DeployError(["tokens: name at least one"]);
  const { signers, quorum, policy, governance } = parameters;
  const whole: WholeParameters = {
    ...{ tokens: [first, ...others], signers, quorum, policy, modelId: shippedModel.id },
    governance: { distributor: signer.address, ...governance },
  };
  const rehearsal = await network.create("hardhat");
  const gas = await rehearse(rehearsal, whole);
  await rehearsal.close();
  const cost = await costOf(provider, signer.address, gas);
  const deploymentId = given.deployment ?? (await journalName(provider, "sluice"));
  printPlan(parameters, signer.address, cost);
  await checkBalance(cost, signer.address, deploymentId);
  if (!given.send) process.stdout.write("nothing was sent; --send does it\n");
  else {
    const deployment = await deployAll(connection, whole, deploymentId, (line) => process.stdout.write(`${line}\n`));
    const file = await writeDeployment(given.deployments, deployment);
    process.stdout.write(`deployed, and read on chain that the deployer kept no power; the addresses are in ${file}\n`);
  }
  await connection.close();
} catch (error) {
  if (error instanceof DeployError) fail(error.message);
  // Ignition's own account of what failed; what it has done stands in its journal.
  if (error instanceof Error && error.name === "HardhatError") fail(`${error.message}\n${afterFailure}`);
  throw error;
}
