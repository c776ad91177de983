import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { SigningKey, computeAddress, hexlify, keccak256, randomBytes, toUtf8Bytes } from "ethers";

import { startNode, type Managed } from "./processes.ts";

const cli = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const readyPolls = 400;
const readyPauseMs = 50;

/** One oracle node of the stack: its key, its address on the network, its files. */
export type NodePlan = { name: string; signer: string; url: string; settingsFile: string; logFile: string };

/** A node's signing key. From a seed the same on every run; without one random. */
export function nodeKey(index: number, seed?: string): SigningKey {
  return new SigningKey(
    seed === undefined ? hexlify(randomBytes(32)) : keccak256(toUtf8Bytes(`${seed} node ${index}`)),
  );
}

/** Writes key and settings files for nodes that know each other; starts nothing. */
export async function planNodes(options: {
  directory: string;
  rpcUrl: string;
  deploymentFile: string;
  keys: readonly SigningKey[];
  ports: readonly number[];
  pollIntervalMs: number;
}): Promise<NodePlan[]> {
  const plans = options.keys.map((key, index): NodePlan => {
    const home = join(options.directory, `node${index + 1}`);
    return {
      name: `node ${index + 1}`,
      signer: computeAddress(key),
      url: `http://127.0.0.1:${options.ports[index]}`,
      settingsFile: join(home, "settings.json"),
      logFile: join(home, "node.log"),
    };
  });
  for (const [index, plan] of plans.entries()) {
    const home = join(options.directory, `node${index + 1}`);
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(join(home, "key"), `${options.keys[index]?.privateKey}\n`, { mode: 0o600 });
    const settings = {
      rpcUrl: options.rpcUrl,
      deployment: options.deploymentFile,
      dataDir: join(home, "data"),
      privateKeyFile: join(home, "key"),
      port: options.ports[index],
      peers: plans.filter((other) => other !== plan).map(({ url, signer }) => ({ url, signer })),
      pollIntervalMs: options.pollIntervalMs,
      postRankDelayMs: 2_000,
      logLevel: "info",
    };
    await writeFile(plan.settingsFile, `${JSON.stringify(settings, undefined, 2)}\n`);
  }
  return plans;
}

/** Starts a node's process; `untilReady` waits for it. */
export function spawnOracle(plan: NodePlan): Managed {
  return startNode(plan.name, cli, ["serve", "--settings", plan.settingsFile], plan.logFile);
}

/**
 * Waits until a node is ready: its chain is followed and its API answers.
 * @throws when it ends, or is not ready after twenty seconds, with its log file's name
 */
export async function untilReady(plan: NodePlan, managed: Managed): Promise<void> {
  for (let poll = 0; poll < readyPolls; poll += 1) {
    if (managed.child.exitCode !== null) throw new Error(`${plan.name} ended; its log is ${plan.logFile}`);
    if (await isReady(plan.url)) return;
    await wait(readyPauseMs);
  }
  throw new Error(
    `${plan.name} is not ready after ${(readyPolls * readyPauseMs) / 1000} s; its log is ${plan.logFile}`,
  );
}

/** Whether the node answers that it is ready; a node that does not listen yet is not. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
