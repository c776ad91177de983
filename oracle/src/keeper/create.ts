import { attestations } from "@sluice/sdk";
import { getAddress } from "ethers";

import type { Keyring } from "../attest/keyring.ts";
import type { AttestService } from "../attest/service.ts";
import type { Signer } from "../attest/signer.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { ChainState } from "../chain/state.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { DecisionStore } from "../store/decisionStore.ts";
import type { Stores } from "../store/stores.ts";
import { Desk } from "./desk.ts";
import { Journal } from "./journal.ts";
import { Keeper } from "./keeper.ts";
import { Papers } from "./papers.ts";
import { loadView } from "./paymentView.ts";
import { Poster, type Attested, type PosterEvents } from "./poster.ts";
import { Runner } from "./runner.ts";
import { Sender, type SenderEvents } from "./sender.ts";

export interface KeeperParts {
  readonly settings: NodeSettings;
  readonly stores: Stores;
  readonly rpc: RpcClient;
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly state: ChainState;
  readonly service: AttestService;
  readonly keys: Keyring;
  /** The key that pays. */
  readonly signer: Signer;
  /** Milliseconds of a clock that only rises; for waiting, never for facts. */
  readonly clock: () => number;
  readonly posterEvents: PosterEvents;
  readonly senderEvents: SenderEvents;
  readonly failed: (error: OracleError, job?: string) => void;
  readonly pumped: (sender: Sender) => void;
  readonly abort: AbortSignal;
  /** True where this process signs nothing: quorums are asked of the nodes in `peers`, which coordinate. */
  readonly alone?: boolean;
}

/** An attestation that the nodes of `peers` have gathered, one asked after the other. */
async function askNodes({ settings, store, abort }: KeeperParts, id: string): Promise<string> {
  const view = await loadView(store, id);
  if (view === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
  const urls = settings.peers.map(({ url }) => url);
  const site = { chainId: settings.chainId, escrow: settings.escrow };
  const options = { attempts: 1, requestTimeoutMs: 4 * settings.peerTimeoutMs, signal: abort };
  try {
    return (await attestations.requestAttestation(urls, site, view.terms, options)).attestation;
  } catch (error) {
    throw new OracleError("QUORUM_NOT_REACHED", "no node of `peers` gave an attestation", { id }, error);
  }
}

function senderOf(parts: KeeperParts, journal: Journal, ended: SenderEvents["ended"]): Sender {
  const { settings, rpc, signer } = parts;
  const senderEvents: SenderEvents = {
    ...parts.senderEvents,
    ended: (row) => {
      parts.senderEvents.ended(row);
      ended(row);
    },
  };
  const caps = {
    feePerGas: BigInt(settings.keeperMaxFeePerGasWei),
    transaction: BigInt(settings.keeperMaxTransactionWei),
    day: BigInt(settings.keeperMaxDayWei),
  };
  const { chainId, keeperMostInFlight: mostInFlight, postRetryBlocks, reorgMarginBlocks } = settings;
  const options = { chainId, caps, mostInFlight, stuckBlocks: postRetryBlocks, reorgBlocks: reorgMarginBlocks };
  return new Sender(rpc, signer, journal, options, senderEvents);
}

function posterOf(parts: KeeperParts, sender: Sender, attest: (id: string) => Promise<Attested>): Poster {
  const { settings, store, decisions, state, service, keys, clock, posterEvents: events } = parts;
  const examine = (id: string) => service.examine(id);
  const signerAmong = (signers: readonly string[]): string => keys.among(signers).address;
  return new Poster(
    { store, decisions, state, examine, attest, sender, signerAmong, clock, events },
    {
      escrow: settings.escrow,
      postBands: settings.postBands,
      rankDelayBlocks: settings.postRankDelayBlocks,
      rankDelayMs: settings.postRankDelayMs,
      retryBlocks: settings.postRetryBlocks,
    },
  );
}

/** Wires everything the node does on chain, and the desk that takes papers in. */
export function createKeeper(parts: KeeperParts): { readonly keeper: Keeper; readonly desk: Desk } {
  const { settings, stores, rpc, store, state, service, failed } = parts;
  const journal = new Journal(stores.service, parts.signer.address);
  const sender = senderOf(parts, journal, (row) => keeper.ended(row));
  const attest = async (id: string): Promise<Attested> => {
    if (parts.alone !== true) return service.quorum(id);
    return { examination: await service.examine(id), attestation: await askNodes(parts, id) };
  };
  const papers = new Papers(stores.service);
  const site = { gate: settings.gate, escrow: settings.escrow, channels: settings.channels };
  const contradiction = {
    escrow: settings.escrow,
    examine: service.examine.bind(service),
    sign: service.own.bind(service),
    holdAt: (block: number) => state.ruling(block).entry.policy.holdAt,
    allowOf: (id: string) => askNodes(parts, id),
  };
  const runner = new Runner({
    ...{ store, state, rpc, sender, papers, site, attest },
    jobs: new Set(settings.keeperJobs),
    contradiction: parts.alone === true ? undefined : contradiction,
    failed: (job, error) => failed(error, job),
  });
  const poster = posterOf(parts, sender, attest);
  const { pumped } = parts;
  const keeper: Keeper = new Keeper({ store, state, journal, sender, poster, runner, failed, pumped });
  const serves = new Set(settings.keeperServes.map((one) => getAddress(one)));
  const desk = new Desk({
    papers,
    store,
    rpc,
    runner,
    head: () => state.cursor,
    site: { ...site, ...settings },
    serves,
  });
  return { keeper, desk };
}
