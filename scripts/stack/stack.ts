import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { Deployment } from "@sluice/sdk";
import { computeAddress, parseEther } from "ethers";
import { network } from "hardhat";

import { deployAll } from "../../deploy/deployAll.ts";
import { localGovernance } from "../../deploy/localGovernance.ts";
import { writeDeployment } from "../../deploy/deploySluice.ts";
import localTokenModule from "../../deploy/localToken.ts";
import { shippedModel } from "./model.ts";
import { nodeKey, planNodes, spawnOracle, untilReady, type NodePlan } from "./nodes.ts";
import { localPolicy } from "./policy.ts";
import { checkFree, freePorts } from "./ports.ts";
import { startNode, stop, type Managed } from "./processes.ts";

const chainFile = new URL("chain.ts", import.meta.url).pathname;
const ignitionDirectory = new URL("../../ignition/deployments", import.meta.url).pathname;
export const deploymentsDirectory = new URL("../../deployments", import.meta.url).pathname;

const tokenDecimalsBeyondMicro = 12;
const gasMoney = parseEther("10");

export type StackOptions = {
  /** Where chain log and nodes' files go. */
  directory: string;
  /** Time of the chain's first block in seconds since the Unix epoch; now, when absent. */
  genesisSeconds?: number;
  /** Ports of chain and three nodes; free ones, when absent. */
  ports?: readonly number[];
  /** Makes the nodes' keys the same on every run; random, when absent. */
  keySeed?: string;
  pollIntervalMs: number;
  /** Share of payments held although they would be allowed, in 1/10,000; the local policy's, when absent. */
  auditShare?: number;
  /** Lowest score that is held; the local policy's, when absent. */
  holdAt?: number;
  /** Filled with each process as it starts, for a caller who may have to stop before the stack stands. */
  running?: Managed[];
  /** Where <chainId>.json is written; the project's deployments/, when absent. */
  deployments?: string;
  /** Called with a line for each part that stands. */
  progress: (line: string) => void;
};

export type Stack = Awaited<ReturnType<typeof startStack>>;

/**
 * Starts a chain, deploys token, epoch, gate and escrow on it, and starts three oracle nodes with quorum two, each a
 * process with its own key, port and data directory. What was started is stopped again when a later step fails.
 */
export async function startStack(options: StackOptions) {
  const ports = options.ports ?? (await freePorts(4));
  await checkFree(ports);
  const [chainPort = 0, ...nodePorts] = ports;
  const running = options.running ?? [];
  const stopAll = async (): Promise<void> => {
    for (const managed of running.toReversed()) await stop(managed);
  };
  try {
    await startChain(options, chainPort, running);
    const rpcUrl = `http://127.0.0.1:${chainPort}`;
    const connection = await network.create({ network: "local", override: { url: rpcUrl } });
    options.progress(`chain      ${rpcUrl}, a process of its own`);
    const keys = [1, 2, 3].map((index) => nodeKey(index, options.keySeed));
    const signers = keys.map((key) => computeAddress(key));
    const deployment = await deployLocal(connection, signers, options);
    const deploymentFile = await writeDeployment(options.deployments ?? deploymentsDirectory, deployment);
    options.progress(`contracts  escrow ${deployment.escrow}, gate ${deployment.gate}, written to ${deploymentFile}`);
    const { directory, pollIntervalMs } = options;
    const plans = await planNodes({ directory, rpcUrl, deploymentFile, keys, ports: nodePorts, pollIntervalMs });
    const nodes = new Map<NodePlan, Managed>();
    for (const plan of plans) {
      const managed = spawnOracle(plan);
      running.push(managed);
      nodes.set(plan, managed);
    }
    for (const [plan, managed] of nodes) await untilReady(plan, managed);
    options.progress(
      `oracle     ${plans.length} nodes, quorum ${deployment.quorum}: ${plans.map((p) => p.url).join(", ")}`,
    );
    /** Starts a node anew on its own files, after it was stopped or killed. */
    const restart = async (plan: NodePlan): Promise<void> => {
      const managed = spawnOracle(plan);
      running.push(managed);
      nodes.set(plan, managed);
      await untilReady(plan, managed);
    };
    return { restart, rpcUrl, connection, deployment, deploymentFile, plans, nodes, running, stopAll };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** Starts the chain as a process of its own and waits until it listens. */
export async function startChain(
  options: Pick<StackOptions, "directory" | "genesisSeconds">,
  port: number,
  running: Managed[],
): Promise<void> {
  const genesis = options.genesisSeconds === undefined ? [] : [String(options.genesisSeconds)];
  const chain = startNode("chain", chainFile, [String(port), ...genesis], join(options.directory, "chain.log"));
  running.push(chain);
  await chain.announced;
}

type Connection = Awaited<ReturnType<typeof network.create>>;

/** Gives each signer gas money and deploys everything, with these signers in the epoch and quorum two. */
export async function deployLocal(
  connection: Connection,
  signers: readonly string[],
  { auditShare = localPolicy.auditShare, holdAt = localPolicy.holdAt }: Pick<StackOptions, "auditShare" | "holdAt">,
): Promise<Deployment> {
  const [deployer] = await connection.ethers.getSigners();
  if (deployer === undefined) throw new Error("the local chain has no unlocked accounts");
  for (const signer of signers) {
    const sent = await deployer.sendTransaction({ to: signer, value: gasMoney });
    await sent.wait();
  }
  // A local chain begins anew each time, so no journal of an earlier one may be resumed.
  const deploymentId = `local-${process.pid}`;
  const { token } = await connection.ignition.deploy(localTokenModule, { deploymentId });
  const parameters = {
    tokens: [{ token: await token.getAddress(), shift: tokenDecimalsBeyondMicro, class: 0 }] as const,
    ...{ signers: [...signers], quorum: 2, modelId: shippedModel.id },
    policy: { ...localPolicy, auditShare, holdAt },
    governance: localGovernance(deployer.address),
  };
  const deployment = await deployAll(connection, parameters, deploymentId);
  await rm(join(ignitionDirectory, deploymentId), { recursive: true, force: true });
  return deployment;
}
