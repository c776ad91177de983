import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SigningKey } from "ethers";

import { parseSettings, type NodeSettings } from "../../../oracle/src/config.ts";
import { startNode, type Node } from "../../../oracle/src/index.ts";
import type { TestChain } from "./chain.ts";

/** Settings of a node with this key; poll interval long, so that tests say when to look. */
export function settingsFor(
  chain: TestChain,
  home: string,
  key: SigningKey,
  changes: Readonly<Record<string, unknown>> = {},
): NodeSettings {
  const keyFile = join(home, "key");
  writeFileSync(keyFile, key.privateKey, { mode: 0o600 });
  const values = {
    rpcUrl: chain.url,
    chainId: chain.site.chainId,
    gate: chain.addresses.gate,
    escrow: chain.addresses.escrow,
    deployedBlock: chain.deployedBlock,
    dataDir: join(home, "data"),
    privateKeyFile: keyFile,
    port: 0,
    pollIntervalMs: 60_000,
    postBands: false,
    logLevel: "silent",
    ...changes,
  };
  return parseSettings(values, {}, home);
}

/** Starts a node and waits until it has read the chain. */
export async function ready(settings: NodeSettings): Promise<Node> {
  const node = await startNode(settings, { processMetrics: false });
  try {
    await node.started;
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends JSON and reads JSON. */
export async function post(url: string, path: string, value: unknown): Promise<Answer> {
  const body = JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
  return send(url, path, body, { "content-type": "application/json" });
}

export async function send(
  url: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }; // every answer is an object
}

export async function get(url: string, path: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }; // see above
}
