import { escrowInterface } from "../chain/decode.ts";
import type { ChainState } from "../chain/state.ts";
import { packedFromText } from "../chain/terms.ts";
import { asOracleError, OracleError } from "../errors.ts";
import { BAND } from "../model/bands.ts";
import { rankOf } from "../policy/quorum.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import type { DecisionStore } from "../store/decisionStore.ts";
import type { DecisionRow } from "../store/schema.ts";
import type { Examination } from "../attest/examine.ts";
import { isPostable, loadView, NO_BAND, type PaymentView } from "./paymentView.ts";
import { Refreshes } from "./refreshes.ts";
import type { SendOutcome, Sender } from "./sender.ts";

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

/** An attestation of a quorum, ready for the chain. */
export interface Attested {
  readonly examination: Examination;
  readonly attestation: string;
}

export interface PosterDeps {
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly state: ChainState;
  /** What this node finds about a payment by itself. */
  readonly examine: (id: string) => Promise<Examination>;
  /** What a quorum has signed about it. */
  readonly attest: (id: string) => Promise<Attested>;
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
}

/** Reverts after which there is nothing left to post. */
const SETTLED: ReadonlySet<string> = new Set(["AlreadyScreened", "ScreeningClosed", "AmountZero", "PaymentUnknown"]);
/** Decisions written at once. */
const MOST_AT_ONCE = 100;
const AGAIN_AFTER_MS = 2_000;

/** Whether a band found now has to come on chain, given the one that is there. */
function isWanted(view: PaymentView, band: number): boolean {
  if (view.band === NO_BAND) return band !== BAND.allow || view.requested;
  return band === BAND.hold;
}

/**
 * Watches every authorization unasked: decides for itself, and sees to it that bands other than Allow come on chain. What is
 * allowed it looks at again whenever the payment's facts are renewed, until its time is over.
 */
export class Poster {
  readonly #deps: PosterDeps;
  readonly #options: PosterOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #refreshes = new Refreshes();
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

  /** Takes up a payment from before the start. */
  take(view: PaymentView): void {
    if (!this.#tasks.has(view.id)) this.#add(view.id, view.authorizedBlock);
  }

  /** Tries again at once: what was sent for this payment has failed. */
  again(id: string): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    task.dueBlock = 0;
    task.dueMs = 0;
  }

  applied(blocks: readonly StoredBlock[]): void {
    for (const { block, payments, events } of blocks) {
      for (const payment of payments) this.#add(payment.id, block.number);
      for (const event of events) {
        if (event.kind === "requested") this.#add(event.subject, block.number);
        if (event.kind !== "posted") continue;
        this.#tasks.delete(event.subject);
        // What the band is now is looked up then; an Allow may still become a Hold.
        if (this.#options.postBands) this.#refreshes.set(event.subject, block.number + 1);
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
    this.#tasks.set(id, { id, block, stage: "examine", dueBlock: 0, dueMs: 0, attempts: 0 });
  }

  #due(stage: Task["stage"]): Task[] {
    const head = this.#deps.state.cursor?.number ?? -1;
    const now = this.#deps.clock();
    return [...this.#tasks.values()].filter(
      (task) => task.stage === stage && (head >= task.dueBlock || now >= task.dueMs),
    );
  }

  async #work(): Promise<void> {
    const head = this.#deps.state.cursor;
    if (head === undefined) return;
    for (const id of this.#refreshes.take(head.number)) if (!this.#tasks.has(id)) this.#add(id, 0);
    while ((await this.#examineSome(head)) === MOST_AT_ONCE && !this.#stopped) {
      // There is more to catch up on; requests come first.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!this.#options.postBands) return;
    await Promise.all(this.#due("post").map((task) => this.#post(task)));
  }

  /** Examines what is due, so many at most; how many there were. */
  async #examineSome(head: BlockRef): Promise<number> {
    const found = this.#due("examine").slice(0, MOST_AT_ONCE);
    const rows: DecisionRow[] = [];
    for (const task of found) {
      const row = await this.#examine(task, head);
      if (row !== undefined) rows.push(row);
    }
    await this.#deps.decisions.put(rows);
    return found.length;
  }

  async #examine(task: Task, head: BlockRef): Promise<DecisionRow | undefined> {
    const { store, examine, events, signerAmong } = this.#deps;
    try {
      const view = await loadView(store, task.id);
      if (view === undefined || !isPostable(view, head.timestamp)) {
        this.#drop(task);
        return undefined;
      }
      const examination = await examine(task.id);
      events.decided(examination);
      const { signers } = examination;
      const wanted = this.#options.postBands && isWanted(view, examination.band);
      if (wanted) this.#schedule(task, head.number, rankOf(task.id, signerAmong(signers), signers));
      else this.#untilRefresh(task, examination);
      return decisionRow(examination);
    } catch (error) {
      this.#again(task, asOracleError(error));
      return undefined;
    }
  }

  /** The facts stay as they are until the next refresh. */
  #untilRefresh(task: Task, { payment, asOf }: Examination): void {
    this.#drop(task);
    if (!this.#options.postBands) return;
    const { refreshLog2 } = this.#deps.state.ruling(payment.block).entry.policy;
    this.#refreshes.set(task.id, asOf.number + 2 ** refreshLog2);
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
    const { attest, sender, store, events, state } = this.#deps;
    try {
      const head = state.cursor;
      const view = await loadView(store, task.id);
      if (head === undefined || view === undefined || !isPostable(view, head.timestamp)) return this.#drop(task);
      const { examination, attestation } = await attest(task.id);
      if (!isWanted(view, examination.band)) return this.#untilRefresh(task, examination);
      const packed = packedFromText(view.termsText);
      const data = escrowInterface.encodeFunctionData("post", [packed, attestation]);
      const work = { job: `post:${task.id}`, to: this.#options.escrow, data };
      const outcome = await sender.submit(work, head);
      this.#settle(task, outcome);
      if (outcome.kind === "sent") events.posted(task.id, examination.band, outcome.hash);
    } catch (error) {
      this.#again(task, asOracleError(error));
    }
  }

  /** A sent band is done when its event is read. Until then the sender looks after the transaction, and the task after the sender. */
  #settle(task: Task, outcome: SendOutcome): void {
    if (outcome.kind !== "refused") return this.#later(task);
    if (SETTLED.has(outcome.error)) return this.#drop(task);
    this.#again(task, new OracleError("POST_REFUSED", `the escrow would refuse the band: ${outcome.error}`));
  }
}

function decisionRow(examination: Examination): DecisionRow {
  const { payment, asOf, epoch, packed, score, band } = examination;
  const { number, hash } = asOf;
  return { id: payment.id, as_of: number, as_of_hash: hash, epoch: epoch.address, facts: packed, score, band };
}
