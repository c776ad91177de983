import { Endpoints } from "../../../oracle/src/chain/endpoints.ts";
import { Follower, type FollowerListener } from "../../../oracle/src/chain/follower.ts";
import { agreeingReader } from "../../../oracle/src/chain/reader.ts";
import { HttpRpcClient } from "../../../oracle/src/chain/rpc.ts";
import type { HistorySnapshots } from "../../../oracle/src/chain/historySnapshots.ts";
import { ChainState } from "../../../oracle/src/chain/state.ts";
import type { QuantisedModel } from "../../../oracle/src/model/network.ts";
import { ChainStore } from "../../../oracle/src/store/chainStore.ts";
import { readModels } from "../../../oracle/src/store/models.ts";
import type { Stores } from "../../../oracle/src/store/stores.ts";
import { SITE } from "./generatedChain.ts";
import { CHAIN_ID } from "./generatedRpc.ts";

const MODELS = new URL("../../../oracle/models", import.meta.url).pathname;

/** The shipped model, and the hash that epochs name it by. */
export function shippedModel(): { readonly hash: string; readonly models: ReadonlyMap<string, QuantisedModel> } {
  const models = readModels(MODELS);
  const [hash] = [...models.keys()].toReversed();
  if (hash === undefined) throw new Error("no model is installed");
  return { hash, models };
}

export interface Reading {
  readonly store: ChainStore;
  readonly state: ChainState;
  readonly follower: Follower;
}

export interface ReadingOptions {
  readonly reorgMarginBlocks?: number;
  readonly backfillRangeBlocks?: number;
  readonly listener?: Partial<FollowerListener>;
  /** Where folded history is kept; nowhere, when absent. */
  readonly snapshots?: HistorySnapshots;
}

/** Follower, store and fold of a node over a generated chain's endpoint, as the node itself wires them. */
export async function openReading(url: string, stores: Stores, options: ReadingOptions = {}): Promise<Reading> {
  const client = new HttpRpcClient(url, { timeoutMs: 30_000 });
  const endpoints = new Endpoints([client], { chainId: CHAIN_ID, agreement: 1, clock: () => performance.now() });
  const { reorgMarginBlocks = 128, backfillRangeBlocks = 2_000, listener, snapshots } = options;
  const store = new ChainStore(stores.chain, 2 * reorgMarginBlocks);
  const kept = snapshots === undefined ? {} : { snapshots };
  const { models } = shippedModel();
  const state = new ChainState(store, endpoints.agreed(), { chainId: CHAIN_ID, models, ...kept });
  await state.load();
  const reader = agreeingReader(endpoints, 1, SITE);
  const follow = { site: SITE, deployedBlock: 1, pollIntervalMs: 1_000, confirmations: 0 };
  const silent = {
    applied: () => snapshots?.applied(state),
    rolledBack: (to: { number: number } | undefined) => snapshots?.rolledBack(to?.number ?? -1),
    polled: () => undefined,
  };
  const follower = new Follower(
    reader,
    store,
    state,
    { ...follow, reorgMarginBlocks, backfillRangeBlocks },
    { ...silent, ...listener },
  );
  return { store, state, follower };
}
