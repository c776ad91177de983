import { asOracleError } from "../errors.ts";
import type { BlockRef, ChainStore } from "../store/chainStore.ts";
import type { FollowerListener, FollowerOptions } from "./follower.ts";
import type { ChainState } from "./state.ts";

export interface TailDeps {
  /** Number of the newest block the endpoint names. */
  readonly head: () => Promise<number>;
  readonly store: ChainStore;
  readonly state: ChainState;
  /** Asks whoever writes the store to look at the chain. */
  readonly ask: () => Promise<void>;
  readonly listener: FollowerListener;
}

/** Blocks taken over in one step. */
const MOST_BLOCKS = 200;
/** Longest wait for the writer to read what the endpoint already names. */
const ANSWER_MS = 2_000;

/** Keeps the state in memory equal to a store that another process writes: applies the same blocks, rolls back the same. */
export class Tail {
  readonly #deps: TailDeps;
  readonly #options: FollowerOptions;
  /** What was applied, oldest first, as far back as a fork point may lie. */
  #applied: BlockRef[] = [];
  #head: number | undefined;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #written: (() => void) | undefined;
  #failures = 0;
  #mustReload = true;
  #stopped = false;

  constructor(deps: TailDeps, options: FollowerOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Looks that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Blocks that the store lacks; undefined until the head is known. */
  get blocksBehind(): number | undefined {
    if (this.#head === undefined) return undefined;
    return Math.max(0, this.#head - this.#options.confirmations - this.#reached());
  }

  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#written?.();
    await this.#running?.catch(() => undefined);
    await this.#queued?.catch(() => undefined);
  }

  /** The store was written. */
  written(): void {
    this.#written?.();
    this.poke().catch(() => undefined);
  }

  /** Takes over what the store holds, and what the chain has got since. */
  async poke(): Promise<void> {
    if (this.#stopped) return;
    if (this.#running === undefined) return this.#run();
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#stopped ? undefined : this.#run();
      });
    return this.#queued;
  }

  #reached(): number {
    return this.#deps.state.cursor?.number ?? this.#options.deployedBlock - 1;
  }

  async #run(): Promise<void> {
    this.#running = this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const next = (): void => this.#schedule(this.#options.pollIntervalMs);
      this.poke().then(next, next);
    }, delayMs);
  }

  async #look(): Promise<void> {
    const { head, listener } = this.#deps;
    try {
      await this.#sync();
      this.#head = await head();
      if ((this.blocksBehind ?? 0) > 0) await this.#waitForWriter();
      this.#failures = 0;
      listener.polled(undefined);
    } catch (thrown) {
      this.#failures += 1;
      const error = asOracleError(thrown);
      if (error.code !== "RPC_UNAVAILABLE") this.#mustReload = true;
      listener.polled(error);
      throw error;
    }
  }

  /** Asks the writer, and takes over what it writes, until the head is reached or the patience is over. */
  async #waitForWriter(): Promise<void> {
    const end = performance.now() + ANSWER_MS;
    await this.#deps.ask();
    while (!this.#stopped && (this.blocksBehind ?? 0) > 0 && performance.now() < end) {
      await this.#untilWritten(end - performance.now());
      await this.#sync();
    }
  }

  async #untilWritten(atMostMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, atMostMs));
      this.#written = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#written = undefined;
  }

  async #sync(): Promise<void> {
    const { state, store } = this.#deps;
    if (this.#mustReload) {
      await state.load();
      const cursor = state.cursor;
      const known = cursor === undefined ? [] : await store.blocksBelow(cursor.number + 1, this.#depth());
      this.#applied = known.toReversed();
      this.#mustReload = false;
    }
    while (!this.#stopped && (await this.#step()));
  }

  /** One page of blocks, or one rollback. Answers whether there may be more to do. */
  async #step(): Promise<boolean> {
    const { state, store, listener } = this.#deps;
    const cursor = state.cursor;
    const { at, blocks, rollbacks } = await store.after(cursor?.number ?? -1, MOST_BLOCKS);
    if (cursor !== undefined && at !== cursor.hash) return this.#rollBack(cursor);
    if (blocks.length === 0) return false;
    await state.prepare(blocks);
    if ((await store.rollbacks()) !== rollbacks) {
      // What was read meanwhile may be of two forks.
      this.#mustReload = true;
      await this.#sync();
      return false;
    }
    state.apply(blocks);
    const refs = blocks.map(({ block: { number, hash, timestamp } }) => ({ number, hash, timestamp }));
    this.#applied = [...this.#applied, ...refs].slice(-this.#depth());
    listener.applied(blocks);
    return true;
  }

  #depth(): number {
    return 2 * this.#options.reorgMarginBlocks;
  }

  async #rollBack(cursor: BlockRef): Promise<boolean> {
    const { state, store, listener } = this.#deps;
    const stored = await store.blocksBelow(cursor.number + 1, this.#depth());
    const hashes = new Map(stored.map(({ number, hash }) => [number, hash]));
    const fork = this.#applied.findLast(({ number, hash }) => hashes.get(number) === hash);
    if (fork === undefined) {
      this.#mustReload = true;
      await this.#sync();
      return false;
    }
    state.rollback(fork);
    this.#applied = this.#applied.filter(({ number }) => number <= fork.number);
    listener.rolledBack(fork, cursor.number - fork.number);
    return true;
  }
}
