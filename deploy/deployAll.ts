import type { Deployment } from "@sluice/sdk";
import { Contract, isError, type Provider } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import channelsModule from "./channels.ts";
import { deployGovernance, deployTreasury, type GovernanceParameters } from "./deployGovernance.ts";
import { deploySluice, type SluiceParameters, type TokenEntry } from "./deploySluice.ts";
import { firstBlockOf } from "./journal.ts";
import { DeployError, type DeployParameters } from "./parameters.ts";

type Connection = NetworkConnection<string>;

/** Everything that is deployed together; the deployer is the gate's governor until governance takes over. */
export type WholeParameters = Omit<SluiceParameters, "governor" | "treasury" | "stake"> & {
  readonly governance: GovernanceParameters;
};

/** Decimals of a micro-unit: a millionth of a token. */
const microDecimals = 6;

/**
 * Deploys treasury, epoch, gate, escrow, channels and governance, hands everything over, and proves on chain that the deployer kept
 * nothing. Goes on where an earlier run with the same journal stopped.
 *
 * @param deploymentId Name of Ignition's journal.
 * @param progress Told what begins.
 * @throws IgnitionError when a transaction fails; PowersError when a power is not where it belongs
 */
export async function deployAll(
  connection: Connection,
  parameters: WholeParameters,
  deploymentId: string,
  progress: (line: string) => void = () => undefined,
): Promise<Deployment> {
  const { governance: voting, ...rest } = parameters;
  const [deployer] = await connection.ethers.getSigners();
  if (deployer === undefined) throw new DeployError(["the network has no account to deploy from"]);
  progress("1 of 4: token, stake, timelock, treasury, fee splitter");
  const { feeSplitter: treasury, stake } = await deployTreasury(connection, voting, deploymentId);
  const sluice = { ...rest, governor: deployer.address, treasury, stake };
  progress("2 of 4: epoch with its model, gate, escrow");
  const deployment = await deploySluice(connection, sluice, deploymentId);
  const { gate, escrow } = deployment;
  progress("3 of 4: channels");
  const channels = await deployChannels(connection, gate, deploymentId);
  progress("4 of 4: governor, registries, rewards, and the hand-over");
  // A run that broke off began earlier than this one.
  const since = (await firstBlockOf(deploymentId)) ?? deployment.deployedBlock;
  const options = { deploymentId, escrow, since };
  const { gate: _, ...governance } = await deployGovernance(connection, gate, voting, options);
  return { ...deployment, deployedBlock: since, channels, governance };
}

async function deployChannels(connection: Connection, gate: string, deploymentId?: string): Promise<string> {
  const { channels } = await connection.ignition.deploy(channelsModule, {
    parameters: { SluiceChannels: { gate } },
    ...(deploymentId === undefined ? {} : { deploymentId }),
  });
  return channels.getAddress();
}

/**
 * Deploys everything on a chain inside this process, for nothing: whatever the contracts refuse, they refuse here.
 *
 * @param connection To a chain that is thrown away.
 * @returns Gas that the whole deployment takes.
 * @throws DeployError with the contract's own error where a parameter is out of its bounds
 */
export async function rehearse(connection: Connection, parameters: WholeParameters): Promise<bigint> {
  try {
    return await deployHere(connection, parameters);
  } catch (error) {
    if (error instanceof Error && error.name === "HardhatError") throw new DeployError([refusalOf(error.message)]);
    throw error;
  }
}

/** Ignition's account of a failure without its heading, names of parameters as text. */
function refusalOf(message: string): string {
  const told = message.slice(message.indexOf("* ") + 2).trim();
  return told.replace(/"(0x[0-9a-f]{64})"/g, (quoted, word: string) => {
    const text = Buffer.from(word.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
    return /^[\x20-\x7e]+$/.test(text) ? text : quoted;
  });
}

async function deployHere(connection: Connection, parameters: WholeParameters): Promise<bigint> {
  const { governance, ...rest } = parameters;
  const { ethers } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) throw new DeployError(["the network has no account to deploy from"]);
  const { address } = deployer;
  const { gate } = await deploySluice(connection, { ...rest, governor: address, treasury: address });
  await deployChannels(connection, gate);
  await deployGovernance(connection, gate, governance);
  const blocks = Array.from({ length: (await ethers.provider.getBlockNumber()) + 1 }, (_, number) => number);
  const used = await Promise.all(blocks.map(async (number) => (await ethers.provider.getBlock(number))?.gasUsed ?? 0n));
  return used.reduce((sum, gas) => sum + gas, 0n);
}

/**
 * The epoch's entries for tokens, their decimals as the chain says.
 *
 * @throws DeployError where an address is no token, or its units are larger than micro-units
 */
export async function tokenEntries(provider: Provider, tokens: DeployParameters["tokens"]): Promise<TokenEntry[]> {
  const findings: string[] = [];
  const entries = await Promise.all(
    tokens.map(async ({ address, class: tokenClass }) => {
      const decimals = await decimalsOf(provider, address);
      if (decimals === undefined) findings.push(`tokens: there is no token with decimals at ${address} on this chain`);
      else if (decimals < microDecimals) findings.push(`tokens: ${address} has ${decimals} decimals, fewer than six`);
      return { token: address, shift: (decimals ?? microDecimals) - microDecimals, class: tokenClass };
    }),
  );
  if (findings.length > 0) throw new DeployError(findings);
  return entries;
}

async function decimalsOf(provider: Provider, address: string): Promise<number | undefined> {
  if ((await provider.getCode(address)) === "0x") return undefined;
  const token = new Contract(address, ["function decimals() view returns (uint8)"], provider);
  try {
    return Number(await token.getFunction("decimals").staticCall());
  } catch (error) {
    // Whatever is there, it is not a token that says its decimals. An endpoint that fails is another matter.
    if (isError(error, "CALL_EXCEPTION") || isError(error, "BAD_DATA")) return undefined;
    throw error;
  }
}
