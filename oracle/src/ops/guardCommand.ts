import type { Kysely } from "kysely";

import { loadKeyring } from "../attest/nodeKeys.ts";
import { genesisOf } from "../chain/connect.ts";
import { HttpRpcClient, type RpcClient } from "../chain/rpc.ts";
import { quantity } from "../chain/wire.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { GuardCopy } from "../store/guardCopy.ts";
import { readMeta, writeMeta } from "../store/guardMeta.ts";
import { exportGuard, importGuard } from "../store/guardTransfer.ts";
import { openGuardOf, openStores } from "../store/open.ts";
import type { GuardTables } from "../store/schema.ts";

/** A fence further above the chain than this is a slip of the pen. */
const MOST_BLOCKS_AHEAD = 100_000;

function refusedTo(message: string): OracleError {
  return new OracleError("SETTINGS_INVALID", `--to: ${message}`);
}

/** Opens the guard of a node that is stopped, as the copy in use from now on. */
async function withGuard<T>(settings: NodeSettings, task: (guard: Kysely<GuardTables>) => Promise<T>): Promise<T> {
  const stores = await openStores(settings);
  try {
    const { dataDir } = settings;
    await new GuardCopy(stores.guard, { dataDir, clock: () => performance.now() }).claim();
    return await task(stores.guard);
  } finally {
    await stores.close();
  }
}

/** The newest block any endpoint knows: a node that is restored may have seen what one that lags has not. */
async function newestBlock(settings: NodeSettings, genesis: string | undefined): Promise<number> {
  const { rpcUrl, rpcUrls, rpcTimeoutMs: timeoutMs, rpcAgreement, chainId } = settings;
  const headOf = async (rpc: RpcClient): Promise<number> => {
    const actual = await genesisOf(rpc, chainId);
    if (genesis !== undefined && actual !== genesis) {
      throw new OracleError("CHAIN_MISMATCH", `rpcUrl: first block ${actual}, the guard's chain has ${genesis}`);
    }
    return quantity(await rpc.call("eth_blockNumber", []), "block number");
  };
  const clients = [rpcUrl, ...rpcUrls].map((url) => new HttpRpcClient(url, { timeoutMs }));
  const settled = await Promise.allSettled(clients.map(headOf));
  const heads = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (heads.length >= rpcAgreement) return Math.max(...heads);
  throw settled.find((one) => one.status === "rejected")?.reason;
}

async function fenceBlock(guard: Kysely<GuardTables>, settings: NodeSettings, to: string): Promise<number> {
  if (to !== "head" && !/^\d{1,15}$/.test(to)) throw refusedTo(`a block or "head", got ${to}`);
  const head = await newestBlock(settings, await readMeta(guard, "genesisHash"));
  const { newest } = await guard
    .selectFrom("guard")
    .select((all) => all.fn.max("as_of").as("newest"))
    .executeTakeFirstOrThrow();
  const least = Math.max(head + settings.reorgMarginBlocks, Number(newest ?? 0));
  const block = to === "head" ? least : Number(to);
  if (block < least) {
    throw refusedTo(
      `at least ${least}, which is the chain's newest block ${head} and reorgMarginBlocks, or the newest row: below ` +
        `it the node may have signed what it no longer knows; got ${block}`,
    );
  }
  if (block > head + MOST_BLOCKS_AHEAD) throw refusedTo(`at most ${head + MOST_BLOCKS_AHEAD}, got ${block}`);
  return block;
}

/** Sets up to which block the node signs only what is in its guard. */
async function fence(settings: NodeSettings, to: string): Promise<string> {
  return withGuard(settings, async (guard) => {
    const block = await fenceBlock(guard, settings, to);
    await writeMeta(guard, "fence", String(block));
    return `fence at block ${block}: up to it only what is in the guard is signed, above it everything`;
  });
}

async function importFile(settings: NodeSettings, path: string): Promise<string> {
  const keys = await loadKeyring(settings);
  await keys.close();
  const { rows, inserted } = await withGuard(settings, (guard) =>
    importGuard(guard, path, { ...settings, signers: keys.addresses }),
  );
  return `${rows} rows, ${inserted} of them new; nothing is signed until \`oracle guard fence --to head\` has run`;
}

async function exportFile(settings: NodeSettings, path: string): Promise<string> {
  const guard = await openGuardOf(settings);
  try {
    const { rows, newestAsOf } = await exportGuard(guard, path);
    return `${rows} rows, the newest as of block ${newestAsOf ?? "–"}, in ${path}`;
  } finally {
    await guard.destroy();
  }
}

/**
 * Exports the guard, beside a running node, too; imports an export, or sets a fence, while the node is stopped.
 *
 * @returns Text to print, undefined where there is no such verb.
 * @throws OracleError BACKUP_INVALID, DATA_DIR_LOCKED, DATA_DIR_OTHER_CHAIN, DATA_DIR_OTHER_SIGNER, GUARD_CONFLICT,
 *   SETTINGS_INVALID, RPC_UNAVAILABLE or STORE_UNAVAILABLE.
 */
export async function guardCommand(
  verb: string,
  option: (name: string) => string,
  settings: () => NodeSettings,
): Promise<string | undefined> {
  if (verb === "export") return exportFile(settings(), option("out"));
  if (verb === "import") return importFile(settings(), option("in"));
  if (verb === "fence") return fence(settings(), option("to"));
  return undefined;
}
