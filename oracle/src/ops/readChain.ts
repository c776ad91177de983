import { readHeaders } from "../chain/blocks.ts";
import { genesisOf } from "../chain/connect.ts";
import { Follower } from "../chain/follower.ts";
import { agreeingReader } from "../chain/reader.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { ChainState } from "../chain/state.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import type { QuantisedModel } from "../model/network.ts";
import { ChainStore, type BlockRef } from "../store/chainStore.ts";
import { openChain } from "../store/dataDir.ts";
import { readModels } from "../store/models.ts";
import { endpointsOf, followerOptions } from "./follow.ts";

/** A chain that was read into memory, up to its head. */
export interface ReadChain {
  readonly rpc: RpcClient;
  readonly store: ChainStore;
  readonly state: ChainState;
  /** The models that are installed, by hash. */
  readonly models: ReadonlyMap<string, QuantisedModel>;
}

/**
 * Reads the chain afresh into memory, from the endpoint alone, and hands it over.
 *
 * @param more Models beside those of the models directory.
 * @throws OracleError RPC_UNAVAILABLE, CHAIN_MISMATCH, MODEL_UNKNOWN.
 */
export async function withChain<T>(
  settings: NodeSettings,
  signal: AbortSignal,
  use: (read: ReadChain) => Promise<T>,
  more: ReadonlyMap<string, QuantisedModel> = new Map(),
): Promise<T> {
  const rpc = endpointsOf(settings, signal);
  await genesisOf(rpc, settings.chainId);
  const database = await openChain(":memory:");
  try {
    const store = new ChainStore(database, 2 * settings.reorgMarginBlocks);
    const models = new Map([...readModels(settings.modelsDir), ...more]);
    const state = new ChainState(store, rpc.agreed(), { chainId: settings.chainId, models });
    const silent = { applied: () => undefined, rolledBack: () => undefined, polled: () => undefined };
    const options = followerOptions(settings);
    const reader = agreeingReader(rpc, settings.rpcAgreement, options.site);
    await new Follower(reader, store, state, options, silent).poke();
    return await use({ rpc, store, state, models });
  } finally {
    await database.destroy();
  }
}

/** A block's hash and time: stored wherever something happened, else asked of the endpoint. */
export async function blockOf({ rpc, store }: Pick<ReadChain, "rpc" | "store">, number: number): Promise<BlockRef> {
  const stored = await store.block(number);
  if (stored !== undefined) return stored;
  const [header] = await readHeaders(rpc, [number]);
  if (header === undefined) throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint lacks block ${number}`);
  return { number: header.number, hash: header.hash, timestamp: header.timestamp };
}
