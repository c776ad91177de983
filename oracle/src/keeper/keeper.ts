import { asOracleError, type OracleError } from "../errors.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import type { ChainState } from "../chain/state.ts";
import type { Journal } from "./journal.ts";
import type { SendRow } from "./keeperSchema.ts";
import { openPayments } from "./openPayments.ts";
import type { Poster } from "./poster.ts";
import type { Runner } from "./runner.ts";
import type { Sender } from "./sender.ts";

export interface KeeperDeps {
  readonly store: ChainStore;
  readonly state: ChainState;
  readonly journal: Journal;
  readonly sender: Sender;
  readonly poster: Poster;
  readonly runner: Runner;
  /** Told about every failed attempt, and after each pump. */
  readonly failed: (error: OracleError) => void;
  readonly pumped: (sender: Sender) => void;
}

/** Everything a node does on chain by itself: bands, and the jobs its settings name. One runs at a time for one key. */
export class Keeper {
  readonly #deps: KeeperDeps;
  readonly #abort = new AbortController();
  #resuming: Promise<void> = Promise.resolve();
  #pumping: Promise<void> | undefined;

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  /** Payments that wait to be examined or posted, and jobs that wait for their time. */
  get waiting(): number {
    return this.#deps.poster.waiting;
  }

  /** Takes up what is open, in the background: a node with a long past is ready before all of it was looked at. */
  async resume(): Promise<void> {
    await this.#deps.journal.load();
    await this.#deps.runner.load();
    const head = this.#deps.state.cursor;
    if (head !== undefined) this.#resuming = this.#takeUp(head);
  }

  /** A transaction ended without doing its work: whoever wanted it looks again. */
  ended({ job, state }: SendRow): void {
    if (state !== "reverted" && state !== "displaced") return;
    const [kind, subject = ""] = job.split(":");
    if (kind === "post") this.#deps.poster.again(subject);
    else this.#deps.runner.again(subject);
  }

  applied(blocks: readonly StoredBlock[]): void {
    this.#deps.poster.applied(blocks);
    this.#deps.runner.applied(blocks);
  }

  rolledBack(to: BlockRef | undefined): void {
    this.#deps.poster.rolledBack(to);
    this.#deps.runner.rolledBack();
    this.#deps.sender.rolledBack();
  }

  /** Does what is due. Whoever calls while it works shares that run. */
  async pump(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#pumping ??= this.#work().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#resuming;
    await this.#deps.poster.stop();
    await this.#pumping?.catch(() => undefined);
  }

  async #takeUp(head: BlockRef): Promise<void> {
    const { store, poster, runner } = this.#deps;
    try {
      for await (const view of openPayments(store, head.timestamp, head.number, this.#abort.signal)) {
        poster.take(view);
        if (runner.watchesPayments) runner.touch(view.id);
      }
    } catch (error) {
      this.#deps.failed(asOracleError(error));
    }
  }

  async #work(): Promise<void> {
    const { state, sender, poster, runner, failed, pumped } = this.#deps;
    const head = state.cursor;
    if (head === undefined) return;
    // An endpoint that fails here fails below as well; what is in flight is looked after at the next head.
    await sender.tend(head).catch((error: unknown) => failed(asOracleError(error)));
    await poster.pump();
    await runner.pump(head);
    pumped(sender);
  }
}
