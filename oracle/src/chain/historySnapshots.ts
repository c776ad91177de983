import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { foldCode } from "../store/foldCode.ts";
import type { BlockRef } from "../store/chainStore.ts";
import { readSnapshot, type SnapshotHeader, SnapshotRefused, writeSnapshot } from "../store/snapshotFile.ts";
import { CapturePort } from "../store/snapshotPorts.ts";
import type { Binding } from "../store/stores.ts";
import type { TokenTable } from "./epochs.ts";
import { Fold } from "./fold.ts";

/** What happens to snapshots, for log and metrics. Must not throw. */
export interface SnapshotEvents {
  loaded(events: number, seconds: number): void;
  /** A snapshot exists and is not used; history is folded from the store. */
  refused(reason: string): void;
  written(written: { block: number; events: number; bytes: number; heldMs: number; seconds: number }): void;
  /** Writing failed: the node goes on without a new one. */
  failed(error: unknown): void;
  /** How many events a restart would fold. */
  behind(events: number): void;
}

export interface SnapshotOptions {
  /** The folder for them; everything in it may be deleted at any time. */
  readonly directory: string;
  readonly binding: Binding;
  /** Events from one snapshot to the next, at least. */
  readonly everyEvents: number;
  readonly events: SnapshotEvents;
  /** Milliseconds of a clock that only rises. */
  readonly clock: () => number;
}

/** As much of the chain's state as is written. */
export interface Snapped {
  readonly book: { readonly folds: readonly Fold[] };
  readonly generation: number;
  /** The newest stored block that is never forgotten; undefined while that is not known. */
  readonly settled: BlockRef | undefined;
}

/** A long history is written anew once it has grown by this share, so that all that is ever written stays in proportion. */
const SHARE = 1 / 4;
/** What a node that stops does not bother to write: it is folded in milliseconds. */
const FEW = 1_000;

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/**
 * Copies of the folded history in files, from which a node starts quicker than from the store. A cache, never a source: a
 * snapshot counts only for the same code, chain, contracts and token table, and while the store holds its block with its hash.
 */
export class HistorySnapshots {
  readonly #options: SnapshotOptions;
  readonly #code = foldCode();
  /** By key of the token table: what the newest snapshot holds. */
  readonly #newest = new Map<string, { readonly block: number; readonly events: number }>();
  #writing: Promise<void> | undefined;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    // Left by a process that was killed while it wrote.
    for (const name of readdirSync(options.directory)) {
      if (name.endsWith(".part")) rmSync(join(options.directory, name), { force: true });
    }
  }

  /**
   * The newest fold of a token table that was kept, undefined where there is none that can be used.
   *
   * @param upTo The newest block it may know of.
   * @param blockOf The stored block of a number.
   */
  async restore(
    tokens: TokenTable,
    upTo: number,
    blockOf: (number: number) => Promise<BlockRef | undefined>,
  ): Promise<{ fold: Fold; block: number } | undefined> {
    const { events, clock } = this.#options;
    const fold = new Fold(tokens);
    const begin = clock();
    try {
      const accept = async (header: SnapshotHeader): Promise<void> => {
        this.#checkOrigin(header, fold.key);
        const { block, hash } = header;
        if (block > upTo) throw new SnapshotRefused(`it knows block ${block}, the store ends at ${upTo}`);
        if ((await blockOf(block))?.hash !== hash) throw new SnapshotRefused(`block ${block} is another one now`);
      };
      const { header } = await readSnapshot(this.#path(fold.key), accept, (port) => fold.persist(port));
      this.#newest.set(fold.key, { block: header.block, events: header.events });
      events.loaded(header.events, (clock() - begin) / 1_000);
      return { fold, block: header.block };
    } catch (error) {
      if (!isMissing(error)) events.refused(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Blocks were added to the state: writes what has grown enough, a fold at a time, while others go on. */
  applied(state: Snapped): void {
    const { everyEvents, events } = this.#options;
    const { folds } = state.book;
    events.behind(Math.max(0, ...folds.map((fold) => this.#grown(fold))));
    if (this.#writing !== undefined) return;
    const due = folds.filter((fold) => {
      const written = this.#newest.get(fold.key)?.events ?? 0;
      return this.#grown(fold) >= Math.max(everyEvents, written * SHARE);
    });
    if (due.length > 0) this.#start(state, due);
  }

  /** Blocks above a number are gone, and with them what a snapshot of them is good for. */
  rolledBack(to: number): void {
    for (const [key, { block }] of this.#newest) if (block > to) this.#newest.delete(key);
  }

  /** Ends what is being written, and writes once more what a restart would have to fold. */
  async stop(state: Snapped): Promise<void> {
    await this.#writing;
    const least = Math.min(this.#options.everyEvents, FEW);
    const due = state.book.folds.filter((fold) => this.#grown(fold) >= least);
    if (due.length > 0) this.#start(state, due);
    await this.#writing;
  }

  #grown(fold: Fold): number {
    return fold.history.size - (this.#newest.get(fold.key)?.events ?? 0);
  }

  #path(key: string): string {
    const name = createHash("sha256").update(key).digest("hex").slice(0, 16);
    return join(this.#options.directory, `${name}.snapshot`);
  }

  #checkOrigin(header: SnapshotHeader, key: string): void {
    const wanted = { ...this.#options.binding, key, code: this.#code };
    for (const name of ["chainId", "genesisHash", "gate", "escrow", "lists", "key", "code"] as const) {
      if (header[name] !== wanted[name]) throw new SnapshotRefused(`it was made with another ${name}`);
    }
  }

  #start(state: Snapped, folds: readonly Fold[]): void {
    this.#writing = this.#writeAll(state, folds)
      .catch((error: unknown) => this.#options.events.failed(error))
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #writeAll(state: Snapped, folds: readonly Fold[]): Promise<void> {
    for (const fold of folds) await this.#write(state, fold);
  }

  async #write(state: Snapped, fold: Fold): Promise<void> {
    const { settled, generation } = state;
    // A fold of a state that was loaded anew meanwhile is nobody's any more.
    if (settled === undefined || !state.book.folds.includes(fold)) return;
    const { binding, clock, events } = this.#options;
    const begin = clock();
    const hold = { active: true };
    try {
      const port = new CapturePort(hold);
      fold.persist(port);
      port.end();
      const heldMs = clock() - begin;
      const { number: block, hash } = settled;
      const about = { key: fold.key, block, hash, events: fold.history.size, bytes: port.bytes };
      const header = { code: this.#code, ...binding, ...about };
      const isTrue = (): boolean => state.generation === generation;
      if (!(await writeSnapshot(this.#path(fold.key), header, port.parts, isTrue))) return;
      this.#newest.set(fold.key, { block, events: about.events });
      events.written({ block, events: about.events, bytes: about.bytes, heldMs, seconds: (clock() - begin) / 1_000 });
    } finally {
      hold.active = false;
    }
  }
}
