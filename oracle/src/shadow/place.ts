import { readFileSync } from "node:fs";

import { parseDeployment, type Deployment } from "@sluice/sdk";

import { HttpRpcClient } from "../chain/rpc.ts";
import { quantity } from "../chain/wire.ts";
import { parseSettings, type NodeSettings } from "../config.ts";
import { messageOf, OracleError } from "../errors.ts";

/** A deployment as it is read for a shadow: an endpoint and the addresses, nothing of a node. */
export interface ShadowPlace {
  readonly deployment: Deployment;
  readonly settings: NodeSettings;
}

const TIMEOUT_MS = 30_000;
const WIDEST_RANGE = 10_000;

/** Settings that follow from an endpoint and a deployment alone. */
export function settingsAt(rpcUrl: string, deployment: Deployment, modelsDir?: string): NodeSettings {
  const { chainId, gate, escrow, deployedBlock, governance } = deployment;
  const lists = governance === undefined ? {} : { listRegistry: governance.listRegistry };
  const reading = { dataDir: ".", rpcTimeoutMs: TIMEOUT_MS, backfillRangeBlocks: WIDEST_RANGE };
  const models = modelsDir === undefined ? {} : { modelsDir };
  const values = { rpcUrl, chainId, gate, escrow, deployedBlock, ...lists, ...reading, ...models };
  return parseSettings(values, {}, process.cwd());
}

/**
 * Reads the deployment of the endpoint's chain.
 *
 * @param file Where it is; deployments/<chain id>.json where absent.
 * @throws OracleError SETTINGS_INVALID, RPC_UNAVAILABLE, CHAIN_MISMATCH.
 */
export async function placeAt(rpcUrl: string, file?: string, modelsDir?: string): Promise<ShadowPlace> {
  const rpc = new HttpRpcClient(rpcUrl, { timeoutMs: TIMEOUT_MS });
  const chainId = quantity(await rpc.call("eth_chainId", []), "chain id");
  const path = file ?? `deployments/${chainId}.json`;
  let deployment: Deployment;
  try {
    deployment = parseDeployment(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OracleError("SETTINGS_INVALID", `deployment ${path} cannot be used: ${messageOf(error)}`, { path });
  }
  if (deployment.chainId !== chainId) {
    throw new OracleError(
      "CHAIN_MISMATCH",
      `${path} is of chain ${deployment.chainId}, the endpoint serves ${chainId}`,
    );
  }
  return { deployment, settings: settingsAt(rpcUrl, deployment, modelsDir) };
}
