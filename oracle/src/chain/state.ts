import { OracleError } from "../errors.ts";
import type { QuantisedModel } from "../model/network.ts";
import { PolicyTimeline, type PolicyEntry } from "../policy/timeline.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import { HistoryBook } from "./book.ts";
import { gateEvent, POLICY_KINDS } from "./decode.ts";
import { readEpoch, type Epoch } from "./epochs.ts";
import { Fold } from "./fold.ts";
import { HISTORY_KINDS } from "./historyEvents.ts";
import type { HistorySnapshots } from "./historySnapshots.ts";
import type { RpcClient } from "./rpc.ts";

export interface StateOptions {
  readonly chainId: number;
  readonly models: ReadonlyMap<string, QuantisedModel>;
  /** Told of every epoch that was read. */
  readonly learned?: (epoch: Epoch) => Promise<void>;
  /** Where folded history is kept beside the store; without it everything is folded at each start. */
  readonly snapshots?: Pick<HistorySnapshots, "restore">;
}

/**
 * The chain as far as it was read, in memory. It changes in one step at a time and never while somebody awaits: whoever
 * reads cursor, generation and history in one go sees one block of one fork.
 */
export class ChainState {
  readonly #store: ChainStore;
  readonly #rpc: RpcClient;
  readonly #options: StateOptions;
  readonly #epochs = new Map<string, Epoch>();
  #book = new HistoryBook();
  #timeline = new PolicyTimeline();
  #cursor: BlockRef | undefined;
  #settled: BlockRef | undefined;
  #generation = 0;
  /** False while a step is under way, and after one that was broken off. */
  #whole = false;

  constructor(store: ChainStore, rpc: RpcClient, options: StateOptions) {
    this.#store = store;
    this.#rpc = rpc;
    this.#options = options;
  }

  get cursor(): BlockRef | undefined {
    return this.#cursor;
  }

  /**
   * The newest block that was read and is kept for ever, since something happened in it: history as far as it is history as
   * far as the cursor. Undefined before the first, after a rollback below it, and while a step is under way.
   */
  get settled(): BlockRef | undefined {
    return this.#whole ? this.#settled : undefined;
  }

  /** Rises with every rollback: what was awaited across a change of it is void. */
  get generation(): number {
    return this.#generation;
  }

  get timeline(): PolicyTimeline {
    return this.#timeline;
  }

  get book(): HistoryBook {
    return this.#book;
  }

  /**
   * Makes everything what the store says, as after a start or a failed write. Where memory and store end with the same block
   * and no step was broken off, there is nothing to do.
   */
  async load(): Promise<void> {
    const cursor = await this.#store.cursor();
    if (this.#whole && cursor !== undefined && cursor.hash === this.#cursor?.hash) return;
    for (let before = ""; ;) {
      const now = await this.#store.rollbacks();
      if (now === before) return;
      // Another process may take blocks back while this one reads: then it reads again.
      before = now;
      await this.#build();
    }
  }

  async #build(): Promise<void> {
    const cursor = await this.#store.cursor();
    const timeline = new PolicyTimeline();
    for (const row of await this.#store.eventsOfKind(POLICY_KINDS)) {
      const event = row.block <= (cursor?.number ?? -1) ? gateEvent(row) : undefined;
      if (event !== undefined) timeline.append(event);
    }
    const book = new HistoryBook();
    for (const address of timeline.epochs()) await this.#ready(await this.#learn(address), book, cursor?.number ?? -1);
    const settled = await this.#store.eventfulUpTo(cursor?.number ?? -1);
    this.#generation += 1;
    this.#cursor = cursor;
    this.#settled = settled;
    this.#timeline = timeline;
    this.#book = book;
    this.#whole = true;
  }

  /** Reads the epochs that the blocks bring, so that applying them needs nothing more from outside. */
  async prepare(blocks: readonly StoredBlock[]): Promise<void> {
    for (const row of blocks.flatMap((block) => block.events)) {
      const event = gateEvent(row);
      if (event?.kind !== "policySet") continue;
      await this.#ready(await this.#learn(event.epoch), this.#book, this.#cursor?.number ?? -1);
    }
  }

  apply(blocks: readonly StoredBlock[]): void {
    this.#whole = false;
    for (const stored of blocks) {
      const { block, events } = stored;
      this.#book.append(stored);
      for (const row of events) {
        const event = gateEvent(row);
        if (event !== undefined) this.#timeline.append(event);
      }
      this.#cursor = { number: block.number, hash: block.hash, timestamp: block.timestamp };
      if (block.eventful === 1) this.#settled = this.#cursor;
    }
    this.#whole = true;
  }

  rollback(to: BlockRef | undefined): void {
    this.#generation += 1;
    this.#cursor = to;
    if (this.#settled !== undefined && this.#settled.number > (to?.number ?? -1)) this.#settled = undefined;
    this.#book.rollbackTo(to?.number ?? -1);
    this.#timeline.rollbackTo(to?.number ?? -1);
    // On the other fork the same address may hold another epoch.
    const named = new Set(this.#timeline.epochs());
    for (const address of this.#epochs.keys()) if (!named.has(address)) this.#epochs.delete(address);
  }

  /** An epoch the gate has named. */
  epoch(address: string): Epoch {
    const epoch = this.#epochs.get(address.toLowerCase());
    if (epoch !== undefined) return epoch;
    throw new OracleError("EPOCH_UNKNOWN", `the gate never named epoch ${address}`, { epoch: address });
  }

  /** Policy and epoch that judge payments of a block; where `voted`, channel batches, which no tightening touches. */
  ruling(authorizedBlock: number, voted = false): { entry: PolicyEntry; epoch: Epoch } {
    const entry = voted ? this.#timeline.votedAt(authorizedBlock) : this.#timeline.at(authorizedBlock);
    if (entry === "before-first") {
      throw new OracleError("EPOCH_UNKNOWN", `the gate had no policy at block ${authorizedBlock}`, { authorizedBlock });
    }
    if (entry === "revoked") {
      throw new OracleError("EPOCH_REVOKED", "the current epoch was revoked and no other has been set");
    }
    return { entry, epoch: this.epoch(entry.epoch) };
  }

  async #learn(address: string): Promise<Epoch> {
    const known = this.#epochs.get(address);
    if (known !== undefined) return known;
    const epoch = await readEpoch(this.#rpc, address, this.#options.chainId, this.#options.models);
    await this.#options.learned?.(epoch);
    this.#epochs.set(epoch.address, epoch);
    return epoch;
  }

  async #ready(epoch: Epoch, book: HistoryBook, upTo: number): Promise<void> {
    if (book.has(epoch.tokens)) return;
    const kept = await this.#options.snapshots?.restore(epoch.tokens, upTo, (number) => this.#store.block(number));
    const { fold, block } = kept ?? { fold: new Fold(epoch.tokens), block: -1 };
    await book.resume(fold, this.#store.historyUpTo(upTo, HISTORY_KINDS, block));
  }
}
