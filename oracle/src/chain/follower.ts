import { asOracleError, OracleError } from "../errors.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import { RangeSizer, readAhead } from "./readAhead.ts";
import type { ChainReader } from "./reader.ts";
import { RpcRefusal } from "./refusal.ts";
import type { Site } from "./site.ts";
import type { ChainState } from "./state.ts";
import type { Header } from "./wire.ts";

export interface FollowerOptions {
  readonly site: Site;
  readonly deployedBlock: number;
  readonly pollIntervalMs: number;
  readonly confirmations: number;
  readonly reorgMarginBlocks: number;
  readonly backfillRangeBlocks: number;
}

/** Told about every change, after it is stored and visible in the state. Must not throw. */
export interface FollowerListener {
  applied(blocks: readonly StoredBlock[]): void;
  rolledBack(to: BlockRef | undefined, depth: number): void;
  /** A look at the head ended; `error` where it failed. */
  polled(error: OracleError | undefined): void;
}

/** Blocks read at once near the head. */
const CHUNK = 64;
const LONGEST_BACKOFF_MS = 10_000;

/** An endpoint that refuses to read, for instance a block that a reorganisation has just removed, is asked again later. */
function endpointError(thrown: unknown): OracleError {
  return thrown instanceof RpcRefusal ? new OracleError("RPC_UNAVAILABLE", thrown.message) : asOracleError(thrown);
}

/** Reads the chain block by block into store and state, and goes back to the fork point after a reorganisation. */
export class Follower {
  readonly #reader: ChainReader;
  readonly #sizer: RangeSizer;
  readonly #store: ChainStore;
  readonly #state: ChainState;
  readonly #options: FollowerOptions;
  readonly #listener: FollowerListener;
  #head: number | undefined;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #mustReload = false;
  #stopped = false;

  constructor(
    reader: ChainReader,
    store: ChainStore,
    state: ChainState,
    options: FollowerOptions,
    listener: FollowerListener,
  ) {
    this.#reader = reader;
    this.#sizer = new RangeSizer(options.backfillRangeBlocks);
    this.#store = store;
    this.#state = state;
    this.#options = options;
    this.#listener = listener;
  }

  /** Newest block the endpoint has named, read or not. */
  get head(): number | undefined {
    return this.#head;
  }

  /** Looks at the head that failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Blocks still to be read; undefined until the head is known. */
  get blocksBehind(): number | undefined {
    if (this.#head === undefined) return undefined;
    const reached = this.#state.cursor?.number ?? this.#options.deployedBlock - 1;
    return Math.max(0, this.#head - this.#options.confirmations - reached);
  }

  start(): void {
    this.#schedule(0);
  }

  /** Ends after the step that is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
    await this.#queued?.catch(() => undefined);
  }

  /** Catches up with the head now. Whoever asks while that runs shares the next run, so the answer is never stale. */
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

  async #run(): Promise<void> {
    this.#running = this.#catchUp().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      const next = (): void => {
        const backoff = this.#options.pollIntervalMs * 2 ** Math.min(this.#failures, 10);
        this.#schedule(this.#failures === 0 ? this.#options.pollIntervalMs : Math.min(backoff, LONGEST_BACKOFF_MS));
      };
      this.poke().then(next, next);
    }, delayMs);
  }

  async #catchUp(): Promise<void> {
    try {
      if (this.#mustReload) await this.#state.load();
      this.#mustReload = false;
      const head = await this.#reader.head();
      this.#head = head.number;
      while (!this.#stopped && (await this.#step(head)));
      this.#failures = 0;
      this.#listener.polled(undefined);
    } catch (thrown) {
      this.#failures += 1;
      const error = endpointError(thrown);
      // After anything but a silent endpoint memory and file may differ: read the file again first.
      if (error.code !== "RPC_UNAVAILABLE") this.#mustReload = true;
      this.#listener.polled(error);
      throw error;
    }
  }

  /** One chunk of blocks, or one rollback. Answers whether there is more to do. */
  async #step(head: Header): Promise<boolean> {
    const target = head.number - this.#options.confirmations;
    const cursor = this.#state.cursor;
    if (cursor !== undefined && target <= cursor.number) return this.#settled(head, target, cursor);
    const next = cursor === undefined ? this.#options.deployedBlock : cursor.number + 1;
    if (next > target) return false;
    const far = target - this.#options.reorgMarginBlocks;
    if (far >= next) return this.#backfill(cursor, next, far);
    const count = Math.min(CHUNK, target - next + 1);
    const numbers = Array.from({ length: count }, (_, index) => next + index);
    const blocks = await this.#reader.blocks(cursor?.hash, numbers, head);
    if (blocks === undefined) return this.#rollBack();
    if (blocks.length === 0) return false;
    await this.#apply(blocks);
    return (blocks.at(-1)?.block.number ?? target) < target;
  }

  /** Nothing newer: either all is as it was, or the endpoint lags, or the chain was reorganised at the same height. */
  async #settled(head: Header, target: number, cursor: BlockRef): Promise<boolean> {
    const known = target === cursor.number ? cursor : await this.#store.block(target);
    if (known === undefined) return false;
    const header = target === head.number ? head : (await this.#reader.headers([target]))[0];
    if (header === undefined || header.hash === known.hash) return false;
    return this.#rollBack();
  }

  /** Far below the head: range after range, each stored while the next ones are read. */
  async #backfill(cursor: BlockRef | undefined, next: number, far: number): Promise<boolean> {
    const known = cursor === undefined ? undefined : (await this.#reader.headers([cursor.number]))[0];
    if (cursor !== undefined && known?.hash !== cursor.hash) return this.#rollBack();
    const read = (from: number, to: number): Promise<StoredBlock[]> => this.#reader.range(from, to);
    for await (const blocks of readAhead(read, next, far, this.#sizer)) {
      await this.#apply(blocks);
      if (this.#stopped) return false;
    }
    return true;
  }

  async #apply(blocks: readonly StoredBlock[]): Promise<void> {
    await this.#state.prepare(blocks);
    try {
      await this.#store.apply(blocks);
      this.#state.apply(blocks);
    } catch (error) {
      throw new OracleError("INTERNAL", "blocks could not be stored", { from: blocks[0]?.block.number }, error);
    }
    this.#listener.applied(blocks);
  }

  /** Finds the newest stored block that is still on the chain, and forgets everything above it. */
  async #rollBack(): Promise<boolean> {
    const cursor = this.#state.cursor;
    if (cursor === undefined) return false;
    const fork = await this.#forkPoint(cursor);
    if (fork?.number === cursor.number) {
      // Nothing to take back, and yet the next block names another parent: asking again may reach a better endpoint.
      throw new OracleError("RPC_UNAVAILABLE", `the block after ${cursor.number} does not follow it, nor is it gone`);
    }
    // Memory first: from here on nobody signs about blocks that are gone.
    this.#state.rollback(fork);
    await this.#store.rollbackTo(fork?.number ?? -1);
    this.#listener.rolledBack(fork, cursor.number - (fork?.number ?? this.#options.deployedBlock - 1));
    return true;
  }

  async #forkPoint(cursor: BlockRef): Promise<BlockRef | undefined> {
    let below = cursor.number + 1;
    for (let size = 8; ; size = Math.min(CHUNK, size * 2)) {
      const candidates = await this.#store.blocksBelow(below, size);
      const last = candidates.at(-1);
      if (last === undefined) return undefined;
      for (const candidate of candidates) {
        const [header] = await this.#reader.headers([candidate.number]);
        if (header?.hash === candidate.hash) return candidate;
      }
      below = last.number;
    }
  }
}
