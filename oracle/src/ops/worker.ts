import { setTimeout as sleep } from "node:timers/promises";

import type { Readiness, Running } from "../app.ts";
import { Guard } from "../attest/guard.ts";
import { PeerHealth } from "../attest/peerHealth.ts";
import { PeerRecords } from "../attest/records/peerRecords.ts";
import { peerClient } from "../attest/peers.ts";
import { AttestService } from "../attest/service.ts";
import type { Keyring } from "../attest/keyring.ts";
import { Follower, type FollowerListener } from "../chain/follower.ts";
import type { Endpoints } from "../chain/endpoints.ts";
import { agreeingReader, type ChainReader } from "../chain/reader.ts";
import type { Sources } from "../chain/site.ts";
import { readAddedContracts } from "../chain/addedContracts.ts";
import { RecentRows } from "../chain/recentRows.ts";
import { ChainState } from "../chain/state.ts";
import { Tail } from "../chain/tail.ts";
import type { NodeSettings } from "../config.ts";
import { asOracleError } from "../errors.ts";
import { createKeeper } from "../keeper/create.ts";
import type { Desk } from "../keeper/desk.ts";
import type { Keeper } from "../keeper/keeper.ts";
import type { PosterEvents } from "../keeper/poster.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { followerOptions } from "./follow.ts";
import { ChainReading } from "./chainReading.ts";
import type { HistorySnapshots } from "../chain/historySnapshots.ts";
import { createSnapshots } from "./snapshots.ts";
import {
  countRefusal,
  followerMetrics,
  logError,
  peerEvents,
  measureSender,
  posterEvents,
  senderEvents,
} from "./observe.ts";
import { quorumReport, type QuorumReport } from "./quorumReport.ts";
import type { Shadow } from "./shadow.ts";
import { tracedAsk } from "./spans.ts";
import { Watch } from "./watch.ts";
import { Affiliates } from "../rebates/affiliates.ts";
import { ChainStore } from "../store/chainStore.ts";
import { ContractStore } from "../store/contractStore.ts";
import type { GuardCopy } from "../store/guardCopy.ts";
import { DecisionStore } from "../store/decisionStore.ts";
import { ServiceReads } from "../store/serviceReads.ts";
import { keepTokens, ShadowStore } from "../store/shadowStore.ts";
import type { Binding, Stores } from "../store/stores.ts";

export interface WorkerDeps {
  readonly settings: NodeSettings;
  readonly stores: Stores;
  readonly rpc: Endpoints;
  readonly models: ReadonlyMap<string, QuantisedModel>;
  /** A model that is only watched. */
  readonly shadow?: Shadow;
  readonly keys: Keyring;
  /** Which copy of the guard this is, and up to where it is fenced. */
  readonly guardCopy?: GuardCopy;
  /** What the stores belong to; without it no history is kept beside them. */
  readonly binding?: Binding;
  /** True for a process that keeps and signs nothing. */
  readonly keeperOnly?: boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly abort: AbortSignal;
  /** Told after the chain store has changed. */
  readonly changed?: () => void;
}

/** Longest that a request waits for a look at the chain. */
const NUDGE_MS = 300;
/** One failed look may be chance. */
const FAILURES_UNTIL_UNREADY = 3;

/** What runs once the chain is known: follower, guard, attestations and poster, wired together. */
export class Worker implements Running {
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly service: AttestService;
  readonly reads: ServiceReads;
  readonly affiliates: Affiliates;
  readonly models: WorkerDeps["models"];
  readonly #deps: WorkerDeps;
  readonly #state: ChainState;
  readonly #snapshots: HistorySnapshots | undefined;
  readonly #guard: Guard;
  readonly #peerRecords: PeerRecords;
  readonly #reading: ChainReading;
  readonly #watch: Watch;
  readonly #keeper: Keeper;
  /** Takes orders, settlements and vouchers in for the keeper. */
  readonly desk: Desk;
  #shadowed: Promise<void> = Promise.resolve();
  #started = false;

  constructor(deps: WorkerDeps) {
    const { settings, stores, rpc, models, keys, binding } = deps;
    this.#deps = deps;
    this.#snapshots = binding && createSnapshots(settings, binding, deps.metrics, deps.log);
    this.store = new ChainStore(stores.chain, 2 * settings.reorgMarginBlocks, stores.leadership.onWrite);
    this.decisions = new DecisionStore(stores.chain);
    this.reads = new ServiceReads(stores.chain);
    this.affiliates = new Affiliates({ service: stores.service, store: this.store });
    this.models = models;
    this.#state = new ChainState(this.store, rpc.agreed(), {
      chainId: settings.chainId,
      models,
      ...(this.#snapshots === undefined ? {} : { snapshots: this.#snapshots }),
      learned: async ({ address, tokens }) => {
        const rows = [...tokens].map(([token, row]) => ({ token, shift: row.shift, class: row.tokenClass }));
        await keepTokens(
          stores.chain,
          rows.map((row) => ({ epoch: address, ...row })),
        );
      },
    });
    const { metrics, log } = deps;
    const payers = [...new Set([...keys.addresses, keys.payer.address])];
    const clock = (): number => performance.now();
    this.#watch = new Watch({ metrics, log, database: stores.chain, rpc, keys: payers, clock });
    this.#guard = new Guard(stores.guard, keys, deps.guardCopy);
    this.#peerRecords = this.#createPeerRecords();
    this.service = this.#createService();
    const { keeper, desk } = this.#createKeeper();
    this.#keeper = keeper;
    this.desk = desk;
    this.#reading = this.#createReading();
  }

  get state(): ChainState {
    return this.#state;
  }

  get started(): boolean {
    return this.#started;
  }

  get blockRead(): number | undefined {
    return this.#state.cursor?.number;
  }

  get blocksBehind(): number | undefined {
    return this.#reading.blocksBehind;
  }

  /** Whether an address signs for an epoch the gate has named; lower-case. */
  isSigner(address: string): boolean {
    return this.#state.timeline.epochs().some((epoch) => {
      const { signers } = this.#state.epoch(epoch);
      return signers.some((signer) => signer.toLowerCase() === address);
    });
  }

  async quorumReport(from: number, to: number): Promise<QuorumReport> {
    const { settings, stores, rpc } = this.#deps;
    await this.#peerRecords.flush();
    return quorumReport({ chain: stores.chain, service: stores.service, rpc, site: settings }, from, to);
  }

  /** Ready is a matter of blocks, never of clocks. */
  readiness(): Readiness {
    const { blocksBehind } = this;
    const role = this.#reading.leading ? "leader" : "follower";
    const not = (reason: string): Readiness => ({ ready: false, reason, blocksBehind, role });
    if (!this.#started || blocksBehind === undefined) return not("starting");
    if (this.#reading.failures >= FAILURES_UNTIL_UNREADY) return not("the RPC endpoint does not answer");
    if (blocksBehind > this.#deps.settings.readyBehindBlocks) return not("behind the chain");
    if (this.#deps.guardCopy?.block === Number.POSITIVE_INFINITY)
      return not("the guard was restored and needs a fence");
    return { ready: true, reason: "", blocksBehind, role };
  }

  /** Resumes from the data directory, reads up to the head, and takes up what was left undone. Can be tried again. */
  async start(): Promise<void> {
    await this.#state.load();
    await this.#reading.open();
    this.#snapshots?.applied(this.#state);
    this.#watch.resume(this.#state.timeline.current()?.epoch);
    this.#started = true;
    this.#deps.changed?.();
    this.#reading.start();
    this.#pump();
  }

  async catchUp(): Promise<void> {
    await this.#reading.poke();
  }

  async stop(): Promise<void> {
    await this.#reading.stop();
    await this.#snapshots?.stop(this.#state);
    await this.#keeper.stop();
    await this.#shadowed;
    await this.#watch.stop();
    await this.#guard.close();
    await this.#deps.guardCopy?.close();
    await this.#peerRecords.flush();
  }

  /** Of several processes of a node one posts and keeps: the one that reads the chain. A keeper of its own always does. */
  get #keeps(): boolean {
    return this.#reading.leading || this.#deps.keeperOnly === true;
  }

  #createReading(): ChainReading {
    const { settings, stores, rpc, metrics, log } = this.#deps;
    const { leadership } = stores;
    const options = followerOptions(settings);
    const listener = this.#watch.labels(this.#listener());
    const reader = agreeingReader(rpc, settings.rpcAgreement, options.site);
    const head = async (): Promise<number> => (await reader.head()).number;
    const tail = { head, store: this.store, state: this.#state, ask: () => leadership.ask(), listener };
    return new ChainReading({
      leadership,
      makeFollower: () => new Follower(reader, this.store, this.#state, options, listener),
      makeTail: () => new Tail(tail, options),
      lead: async () => {
        await this.#state.load();
        await this.#readAdded();
        await this.#keeper.resume();
      },
      changed: (leading) => {
        metrics.leading.set(leading ? 1 : 0);
        log.info({ role: leading ? "leader" : "follower" }, leading ? "reads the chain" : "follows the store");
      },
      failed: (error) => logError(log, asOracleError(error), { part: "leadership" }),
    });
  }

  /** Events of contracts that the settings have named since the directory was last used. */
  async #readAdded(): Promise<void> {
    const { settings, stores, rpc, log } = this.#deps;
    const options = followerOptions(settings);
    const reader = (site: Sources): ChainReader => agreeingReader(rpc, settings.rpcAgreement, site);
    const contracts = new ContractStore(stores.chain);
    const added = await readAddedContracts({ reader, contracts, state: this.#state }, options);
    for (const { part, events } of added) log.info({ part, events }, "read a contract that was added");
  }

  #createPeerRecords(): PeerRecords {
    const { stores, metrics, log } = this.#deps;
    return new PeerRecords(stores.service, {
      head: () => this.blockRead ?? 0,
      now: Date.now,
      onContradiction: (signer, subject) => {
        metrics.peerContradictions.inc({ signer });
        log.error({ signer, subject, alert: true }, "a peer contradicted itself: `oracle proofs list` has both");
      },
      onError: (error) => logError(log, asOracleError(error), { part: "peer records" }),
    });
  }

  #createService(): AttestService {
    const { settings, rpc, keys, metrics, log, abort } = this.#deps;
    const events = peerEvents(metrics, log);
    return new AttestService({
      state: this.#state,
      store: new RecentRows(this.store, this.#state),
      rpc,
      escrow: settings.escrow,
      chainId: settings.chainId,
      channels: settings.channels,
      guard: this.#guard,
      gathering: {
        peers: () => settings.peers,
        ask: tracedAsk(peerClient(abort, keys, settings)),
        timeoutMs: settings.peerTimeoutMs,
        health: new PeerHealth(() => performance.now()),
        onPeer: (told) => {
          events(told);
          this.#peerRecords.note(told);
        },
      },
      nudge: async () => {
        await Promise.race([this.#reading.poke().catch(() => undefined), sleep(NUDGE_MS, undefined, { ref: false })]);
      },
      onSigned: () => metrics.signed.inc(),
      onRefused: (code) => countRefusal(metrics, code),
    });
  }

  #createKeeper(): { keeper: Keeper; desk: Desk } {
    const { settings, stores, rpc, keys, keeperOnly, metrics, log, abort } = this.#deps;
    return createKeeper({
      ...{ settings, stores, rpc, keys, abort, store: this.store, decisions: this.decisions, state: this.#state },
      ...{ service: this.service, signer: keys.payer, alone: keeperOnly ?? false },
      clock: () => performance.now(),
      posterEvents: this.#watch.decisions(this.#watched(posterEvents(metrics, log))),
      senderEvents: senderEvents(metrics, log),
      failed: (error, job) => {
        if (error.alert) logError(log, error, { part: "keeper", job });
        else log.warn({ part: "keeper", job, code: error.code }, error.message);
      },
      pumped: (sender) => measureSender(metrics, sender),
    });
  }

  /** The poster's events, each examination shown to the shadow model, too. What it says is kept, and never in the way. */
  #watched(events: PosterEvents): PosterEvents {
    const { shadow, stores, metrics, log } = this.#deps;
    if (shadow === undefined) return events;
    const store = new ShadowStore(stores.chain);
    return {
      ...events,
      decided: (examination) => {
        events.decided(examination);
        this.#shadowed = this.#shadowed
          .then(async () => {
            const row = shadow.judge(examination, this.#state);
            metrics.shadowed.inc({ current: row.current_band, shadow: row.band });
            await store.put(row);
          })
          .catch((error: unknown) => logError(log, asOracleError(error), { part: "shadow" }));
      },
    };
  }

  #listener(): FollowerListener {
    const { metrics, log } = this.#deps;
    const observed = followerMetrics(metrics, log, () => ({
      read: this.blockRead,
      behind: this.blocksBehind,
      failures: this.#reading.failures,
    }));
    return {
      applied: (blocks) => {
        observed.applied(blocks);
        this.#snapshots?.applied(this.#state);
        this.#deps.changed?.();
        // Before the start is over `resume` takes up what is open; most of the past is not.
        if (this.#started && this.#keeps) this.#keeper.applied(blocks);
      },
      rolledBack: (to, depth) => {
        observed.rolledBack(to, depth);
        this.#snapshots?.rolledBack(to?.number ?? -1);
        this.#deps.changed?.();
        this.#keeper.rolledBack(to);
      },
      polled: (error) => {
        observed.polled(error);
        this.#deps.guardCopy?.poll((failure) => logError(log, asOracleError(failure), { part: "guard" }));
        this.#pump();
      },
    };
  }

  #pump(): void {
    if (!this.#started || !this.#keeps) return;
    this.#deps.metrics.paymentsWaiting.set(this.#keeper.waiting);
    this.#keeper.pump().catch((error: unknown) => logError(this.#deps.log, asOracleError(error), { part: "keeper" }));
  }
}
