import { parseHeader, toQuantity } from "../chain/wire.ts";
import { genesisOf } from "../chain/connect.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { endpointsOf } from "../ops/follow.ts";
import { ChainStore } from "../store/chainStore.ts";
import { ContractStore } from "../store/contractStore.ts";
import { openChainOf } from "../store/open.ts";
import { buildRoot, type BuildRequest, type Built, type RebateSite } from "./build.ts";
import { suffixReferrals, type PlaceInBlock } from "./suffixes.ts";
import { readTable } from "./table.ts";

/** The pool that the settings name. @throws OracleError SETTINGS_INVALID */
export function poolOf({ chainId, rebatePool }: NodeSettings): RebateSite {
  if (rebatePool !== undefined) return { chainId, pool: rebatePool.toLowerCase() };
  throw new OracleError("SETTINGS_INVALID", "rebatePool: needed for rebates, here or in the deployment file");
}

/** Blocks without events are forgotten by the store: then the chain is asked. */
function blockReader(store: ChainStore, rpc: RpcClient) {
  return async (number: number): Promise<{ hash: string; timestamp: number }> => {
    const stored = await store.block(number);
    if (stored !== undefined) return stored;
    const header = parseHeader(await rpc.call("eth_getBlockByNumber", [toQuantity(number), false]));
    if (header !== undefined) return header;
    throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lacks block ${number}`, { number });
  };
}

/** A contract that was named after the node's last start is missing from its store: every code would be unknown. */
async function checkRead(settings: NodeSettings, contracts: ContractStore): Promise<void> {
  const read = await contracts.read();
  for (const part of ["rebatePool", "referralCodes"] as const) {
    const address = settings[part]?.toLowerCase();
    if (address === read.get(part)) continue;
    const message = `${part}: the node's store holds the events of ${read.get(part) ?? "none"}: start the node with these settings`;
    throw new OracleError("BEHIND", message, { part, address, read: read.get(part) });
  }
}

/**
 * Computes a root from a node's store, beside the running node.
 *
 * @param tables Files of tier tables, the period's own first.
 * @throws OracleError SETTINGS_INVALID without a pool, CHAIN_MISMATCH, BEHIND, or what `buildRoot` throws.
 */
export async function buildWith(
  settings: NodeSettings,
  tables: readonly string[],
  request: BuildRequest,
): Promise<Built> {
  const named = tables.map(readTable);
  const site = poolOf(settings);
  const abort = new AbortController();
  const database = await openChainOf(settings);
  try {
    const rpc = endpointsOf(settings, abort.signal);
    await genesisOf(rpc, settings.chainId);
    const store = new ChainStore(database, 2 * settings.reorgMarginBlocks);
    await checkRead(settings, new ContractStore(database));
    const { escrow, chainId, referralCodes = "" } = settings;
    const suffixes = (places: readonly PlaceInBlock[]) =>
      suffixReferrals({ rpc, escrow, chainId, referralCodes }, places);
    const deps = { database, store, blockAt: blockReader(store, rpc), site, tables: named };
    return await buildRoot({ ...deps, suffixes, referrals: referralCodes === "" ? "accounts" : "codes" }, request);
  } finally {
    abort.abort();
    await database.destroy();
  }
}
