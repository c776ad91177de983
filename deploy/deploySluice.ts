import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Deployment } from "@sluice/sdk";
import { ZeroAddress } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import sluiceModule from "./sluice.ts";

/** Parameters of the gate's first policy; contracts/types/Policy.sol gives units and bounds. */
export type PolicyParameters = {
  holdAt: number;
  blockAt: number;
  protocolFeeBps: number;
  refreshLog2: number;
  holdDelay: number;
  grace: number;
  appealDelay: number;
  silenceDelay: number;
  silenceCap: bigint;
  chargeCap: bigint;
  channelCap: bigint;
  stride: number;
  auditShare: number;
};

/** A token of the epoch's table; contracts/types/EpochConfig.sol gives ranges. */
export type TokenEntry = {
  readonly token: string;
  /** Decimal exponent that turns the token's smallest unit into micro-units: decimals − 6. */
  readonly shift: number;
  readonly class: number;
};

export type SluiceParameters = {
  /** At least one; the deployment names the first. */
  tokens: readonly [TokenEntry, ...TokenEntry[]];
  /** Attesters' signing addresses in any order. */
  signers: readonly string[];
  quorum: number;
  policy: PolicyParameters;
  governor: string;
  treasury: string;
  /** Stake whose tiers lower the protocol's fee; none where absent. */
  stake?: string;
  modelId: string;
};

/** Highest end of a tier: micro-units saturate one above it. */
const largestMicro = 2n ** 48n - 2n;

/**
 * Deploys epoch, gate and escrow and returns what deployments/<chainId>.json holds.
 * @param deploymentId Name of Ignition's journal; `chain-<chainId>` when absent, so that a run that broke off is resumed.
 * @throws IgnitionError when a transaction fails
 */
export async function deploySluice(
  connection: NetworkConnection<string>,
  parameters: SluiceParameters,
  deploymentId?: string,
): Promise<Deployment> {
  const signers = [...parameters.signers].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  const epochConfig = {
    signers,
    tiers: [{ upTo: largestMicro, quorum: parameters.quorum }],
    tokens: [...parameters.tokens],
  };
  const deployedBlock = await connection.ethers.provider.getBlockNumber();
  const { governor, treasury, stake = ZeroAddress } = parameters;
  const { epoch, gate, escrow } = await connection.ignition.deploy(sluiceModule, {
    parameters: { Sluice: { epochConfig, policy: parameters.policy, governor, treasury, stake } },
    ...(deploymentId === undefined ? {} : { deploymentId }),
  });
  const { chainId } = await connection.ethers.provider.getNetwork();
  return {
    chainId: Number(chainId),
    token: parameters.tokens[0].token,
    gate: await gate.getAddress(),
    epoch: await epoch.getAddress(),
    escrow: await escrow.getAddress(),
    treasury,
    deployedBlock,
    modelId: parameters.modelId,
    quorum: parameters.quorum,
    signers,
  };
}

/** Writes deployments/<chainId>.json, whole or not at all. */
export async function writeDeployment(directory: string, deployment: Deployment): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = join(directory, `${deployment.chainId}.json`);
  await writeFile(`${file}.new`, `${JSON.stringify(deployment, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
  return file;
}
