import { escrowInterface } from "../chain/decode.ts";
import type { ChainState } from "../chain/state.ts";
import { packedFromText } from "../chain/terms.ts";
import { asOracleError, type OracleError } from "../errors.ts";
import { BAND } from "../model/bands.ts";
import { rankOf } from "../policy/quorum.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import type { DecisionStore } from "../store/decisionStore.ts";
import type { DecisionRow } from "../store/schema.ts";
import type { Examination } from "./examine.ts";
import { opennessOf } from "./openness.ts";
import type { SendOutcome, Sender } from "./sender.ts";
import type { AttestService } from "./service.ts";

export interface PosterOptions {
  readonly escrow: string;
  /** False: the node decides for itself and posts nothing. */
  readonly postBands: boolean;
  readonly rankDelayBlocks: number;
  readonly rankDelayMs: number;
  readonly retryBlocks: number;
}

export interface PosterEvents {
  readonly decided: (examination: Examination) => void;
  readonly posted: (id: string, band: number, transaction: string) => void;
  readonly failed: (id: string, error: OracleError) => void;
}

export interface PosterDeps {
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly state: ChainState;
  readonly service: AttestService;
  readonly sender: Sender;
  /** Address this node signs with where these are the signers that count. */
  readonly signerAmong: (signers: readonly string[]) => string;
  /** Milliseconds of a clock that only rises; for waiting, never for facts. */
  readonly clock: () => number;
  readonly events: PosterEvents;
}

/** One payment on its way to a band on chain. */
interface Task {
  readonly id: string;
  readonly block: number;
  stage: "examine" | "post";
  dueBlock: number;
  dueMs: number;
  attempts: number;
  nonce: number | undefined;
}

/** Reverts after which there is nothing left to post. */
const SETTLED: ReadonlySet<string> = new Set(["AlreadyScreened", "ScreeningClosed", "AmountZero", "PaymentUnknown"]);
/** Decisions written at once. */
const MOST_AT_ONCE = 100;
const AGAIN_AFTER_MS = 2_000;

/** Watches every authorization unasked: decides for itself, and sees to it that bands other than Allow come on chain. */
export class Poster {
  readonly #deps: PosterDeps;
  readonly #options: PosterOptions;
  readonly #tasks = new Map<string, Task>();
  #pumping: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: PosterDeps, options: PosterOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Payments that wait to be examined or posted. */
  get waiting(): number {
    return this.#tasks.size;
  }

  /** Takes up every payment that no band was posted for while the node was away. */
  async resume(): Promise<void> {
    for (const id of await this.#deps.store.withoutBand()) {
      const payment = await this.#deps.store.payment(id);
      if (payment !== undefined) this.#add(id, payment.block);
    }
  }

  applied(blocks: readonly StoredBlock[]): void {
    for (const { block, payments, events } of blocks) {
      for (const payment of payments) this.#add(payment.id, block.number);
      for (const event of events) {
        if (event.kind === "requested") this.#add(event.subject, block.number);
        if (event.kind === "posted") this.#tasks.delete(event.subject);
      }
    }
  }

  rolledBack(to: BlockRef | undefined): void {
    const number = to?.number ?? -1;
    for (const task of this.#tasks.values()) if (task.block > number) this.#tasks.delete(task.id);
  }

  /** Does what is due. Whoever calls while it works shares that run. */
  async pump(): Promise<void> {
    if (this.#stopped) return;
    this.#pumping ??= this.#work().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#pumping?.catch(() => undefined);
  }

  #add(id: string, block: number): void {
    this.#tasks.set(id, { id, block, stage: "examine", dueBlock: 0, dueMs: 0, attempts: 0, nonce: undefined });
  }

  #due(stage: Task["stage"]): Task[] {
    const head = this.#deps.state.cursor?.number ?? -1;
    const now = this.#deps.clock();
    return [...this.#tasks.values()].filter(
      (task) => task.stage === stage && (head >= task.dueBlock || now >= task.dueMs),
    );
  }

  async #work(): Promise<void> {
    while ((await this.#examineSome()) === MOST_AT_ONCE && !this.#stopped) {
      // There is more to catch up on; requests come first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!this.#options.postBands) return;
    await Promise.all(this.#due("post").map((task) => this.#post(task)));
  }

  /** Examines what is due, so many at most; how many there were. */
  async #examineSome(): Promise<number> {
    const found = this.#due("examine").slice(0, MOST_AT_ONCE);
    const rows: DecisionRow[] = [];
    for (const task of found) {
      const row = await this.#examine(task);
      if (row !== undefined) rows.push(row);
    }
    await this.#deps.decisions.put(rows);
    return found.length;
  }

  async #examine(task: Task): Promise<DecisionRow | undefined> {
    const { store, state, service, events, signerAmong } = this.#deps;
    try {
      const head = state.cursor;
      const { open, requested } =
        head === undefined ? { open: false, requested: false } : await opennessOf(store, task.id, head);
      if (!open || head === undefined) {
        this.#drop(task);
        return undefined;
      }
      const examination = await service.examine(task.id);
      events.decided(examination);
      const { signers } = examination;
      const wanted = this.#options.postBands && (examination.band !== BAND.allow || requested);
      if (wanted) this.#schedule(task, head.number, rankOf(task.id, signerAmong(signers), signers));
      else this.#drop(task);
      return decisionRow(examination);
    } catch (error) {
      this.#again(task, asOracleError(error));
      return undefined;
    }
  }

  /** A payment can be seen anew, after a reorganisation, while its old task is at work: only that one is dropped. */
  #drop(task: Task): void {
    if (this.#tasks.get(task.id) === task) this.#tasks.delete(task.id);
  }

  #schedule(task: Task, head: number, rank: number): void {
    task.stage = "post";
    task.dueBlock = head + rank * this.#options.rankDelayBlocks;
    task.dueMs = this.#deps.clock() + rank * this.#options.rankDelayMs;
  }

  #again(task: Task, error: OracleError): void {
    this.#deps.events.failed(task.id, error);
    this.#later(task);
  }

  #later(task: Task): void {
    task.dueBlock = (this.#deps.state.cursor?.number ?? 0) + this.#options.retryBlocks;
    task.dueMs = this.#deps.clock() + AGAIN_AFTER_MS * 2 ** Math.min(task.attempts, 5);
    task.attempts += 1;
  }

  async #post(task: Task): Promise<void> {
    const { service, sender, store, events, state } = this.#deps;
    try {
      const head = state.cursor;
      const openness = head === undefined ? undefined : await opennessOf(store, task.id, head);
      if (openness?.open !== true) return this.#drop(task);
      const { examination, attestation } = await service.quorum(task.id);
      if (examination.band === BAND.allow && !openness.requested) return this.#drop(task);
      const packed = packedFromText(examination.payment.terms);
      const data = escrowInterface.encodeFunctionData("post", [packed, attestation]);
      const outcome = await sender.send(this.#options.escrow, data, task.attempts, task.nonce);
      this.#settle(task, outcome);
      if (outcome.kind === "sent") events.posted(task.id, examination.band, outcome.hash);
    } catch (error) {
      this.#again(task, asOracleError(error));
    }
  }

  /** A sent band is done when its event is read; until then the task waits, and sends again if that takes too long. */
  #settle(task: Task, outcome: SendOutcome): void {
    if (outcome.kind === "sent") {
      task.nonce = outcome.nonce;
      return this.#later(task);
    }
    if (SETTLED.has(outcome.error)) return this.#drop(task);
    this.#again(task, asOracleError(new Error(`the escrow would refuse the band: ${outcome.error}`)));
  }
}

function decisionRow(examination: Examination): DecisionRow {
  const { payment, asOf, epoch, packed, score, band } = examination;
  const { number, hash } = asOf;
  return { id: payment.id, as_of: number, as_of_hash: hash, epoch: epoch.address, facts: packed, score, band };
}
