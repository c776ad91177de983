import type { RpcClient } from "../chain/rpc.ts";
import type { ChainState } from "../chain/state.ts";
import { asOracleError, OracleError } from "../errors.ts";
import type { BlockRef, ChainStore, StoredBlock } from "../store/chainStore.ts";
import { channelCall, paymentCall } from "./calls.ts";
import { channelsIn, channelTermsOf, readChannel } from "./channelReader.ts";
import { nextExit, nextRelease, nextVoucher, type ChannelView } from "./channelJobs.ts";
import { nextContradiction, type ContradictionDeps } from "./contradictions.ts";
import type { Papers, Paper, PaperBodies, PaperKind } from "./papers.ts";
import { NEEDS_ATTESTATION, nextOrder, nextSettlement } from "./paperJobs.ts";
import { nextCapture, nextReclaim, nextRuling, nextTightening } from "./paymentJobs.ts";
import { paymentView, type PaymentView } from "./paymentView.ts";
import type { Sender, SendOutcome } from "./sender.ts";
import type { Step } from "./steps.ts";

export type KeeperJob = "reclaim" | "ruling" | "capture" | "tighten" | "exit";

export interface RunnerDeps {
  readonly store: ChainStore;
  readonly state: ChainState;
  readonly rpc: RpcClient;
  readonly sender: Sender;
  readonly papers: Papers;
  readonly jobs: ReadonlySet<KeeperJob>;
  readonly site: { readonly gate: string; readonly escrow: string; readonly channels?: string | undefined };
  /** A quorum's attestation about a payment, packed. */
  readonly attest: (id: string) => Promise<{ readonly attestation: string }>;
  /** What this node contradicts Allows with; undefined where it signs nothing. */
  readonly contradiction: ContradictionDeps | undefined;
  readonly failed: (job: string, error: OracleError) => void;
}

/** When a subject is looked at again; 0 at once. */
interface Due {
  readonly channel: boolean;
  second: number;
  attempts: number;
}

interface Found {
  readonly job: string;
  readonly step: Step;
  /** The paper it follows from. */
  readonly paper?: Paper;
}

const PAYMENT_JOBS: readonly KeeperJob[] = ["reclaim", "ruling", "capture", "tighten"];
const MOST_AT_ONCE = 100;
const NEVER = Number.POSITIVE_INFINITY;
const RETRY_SECONDS = 30;
const LONGEST_RETRY_DOUBLINGS = 7;
/** Events of channels after which somebody may have something to do. */
const CHANNEL_KINDS = ["exitRequested", "voucherQueued", "batchQueued", "channelBlocked", "batchBlocked"];

/** Runs the keeper's jobs: looks at what has changed or whose time has come, asks each job what to do, and sends that. */
export class Runner {
  readonly #deps: RunnerDeps;
  readonly #due = new Map<string, Due>();
  #posted = new Set<string>();

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
  }

  /** Subjects that wait for something. */
  get watched(): number {
    return this.#due.size;
  }

  /** Takes up what was left undone: papers, and channels that somebody leaves or waits in. */
  async load(): Promise<void> {
    for (const { kind, subject } of await this.#deps.papers.openSubjects()) this.#touch(subject, kind === "voucher");
    if (!this.#deps.jobs.has("exit")) return;
    const kinds = CHANNEL_KINDS.map((kind) => `channels.${kind}`);
    for (const { subject, body } of await this.#deps.store.eventsOfKind(kinds)) {
      for (const id of channelsIn(subject, body)) this.#touch(id, true);
    }
  }

  /** Whether any job looks at payments nobody has handed a paper in for. */
  get watchesPayments(): boolean {
    return PAYMENT_JOBS.some((job) => this.#deps.jobs.has(job));
  }

  /** Looks at a payment at the next pump. */
  touch(id: string): void {
    this.#touch(id, false);
  }

  /** Looks at a channel at the next pump. */
  touchChannel(id: string): void {
    this.#touch(id, true);
  }

  /** Looks again at once at a subject that is watched: what was sent for it has failed. */
  again(subject: string): void {
    const due = this.#due.get(subject);
    if (due !== undefined) due.second = 0;
  }

  applied(blocks: readonly StoredBlock[]): void {
    const all = this.watchesPayments;
    const exits = this.#deps.jobs.has("exit");
    for (const { payments, events } of blocks) {
      if (all) for (const { id } of payments) this.touch(id);
      for (const { kind, subject, body } of events) {
        if (kind === "policySet") for (const id of this.#posted) this.touch(id);
        const ofChannels = kind.startsWith("channels.");
        const ids = ofChannels ? channelsIn(subject, body) : /^0x[0-9a-f]{64}$/.test(subject) ? [subject] : [];
        // Whoever is watched already is looked at again; who is not, where a job is about everybody.
        for (const id of ids) if ((ofChannels ? exits : all) || this.#due.has(id)) this.#touch(id, ofChannels);
      }
    }
  }

  /** Blocks were taken away: everything that waits may stand elsewhere now. */
  rolledBack(): void {
    for (const due of this.#due.values()) due.second = 0;
  }

  /** Does what is due at a head. Ends before it is mined. */
  async pump(head: BlockRef): Promise<void> {
    const due = [...this.#due].filter(([, { second }]) => second <= head.timestamp).slice(0, MOST_AT_ONCE);
    for (const [id, entry] of due) {
      entry.second = NEVER;
      try {
        const found = entry.channel ? await this.#channel(id, head) : await this.#payment(id, head);
        await this.#carryOut(id, entry, found, head);
      } catch (error) {
        this.#deps.failed(id, asOracleError(error));
        this.#retry(entry, head);
      }
    }
  }

  #touch(id: string, channel: boolean): void {
    const known = this.#due.get(id);
    if (known === undefined) this.#due.set(id, { channel, second: 0, attempts: 0 });
    else known.second = 0;
  }

  #retry(entry: Due, head: BlockRef): void {
    const pause = RETRY_SECONDS * 2 ** Math.min(entry.attempts, LONGEST_RETRY_DOUBLINGS);
    entry.second = Math.min(entry.second, head.timestamp + pause);
    entry.attempts += 1;
  }

  async #payment(id: string, head: BlockRef): Promise<readonly (Found & { data?: string })[] | undefined> {
    const { store } = this.#deps;
    const payment = await store.payment(id);
    if (payment === undefined) return undefined;
    const events = await store.eventsOf(id);
    const view = paymentView(payment, events);
    if (view.band === 1 && view.capturable > 0n) this.#posted.add(id);
    else this.#posted.delete(id);
    const found: Found[] = this.#publicSteps(view, head.timestamp);
    const { contradiction, jobs, papers } = this.#deps;
    const settled = found.some(({ job, step }) => job === "tighten" && step.kind === "act");
    if (jobs.has("tighten") && contradiction !== undefined && !settled) {
      found.push({ job: "contradict", step: await nextContradiction(contradiction, view, events, head.timestamp) });
    }
    for (const paper of await papers.openAbout(id)) found.push(await this.#paperStep(paper, view, head.timestamp));
    return found.map((one) =>
      one.step.kind === "act" ? { ...one, data: paymentCall(view.termsText, one.step) } : one,
    );
  }

  #publicSteps(view: PaymentView, now: number): Found[] {
    const { jobs, sender, state } = this.#deps;
    const found: Found[] = [];
    if (jobs.has("ruling")) found.push({ job: "ruling", step: nextRuling(view, now) });
    if (jobs.has("capture")) found.push({ job: "capture", step: nextCapture(view, now, sender.address) });
    if (jobs.has("reclaim")) found.push({ job: "reclaim", step: nextReclaim(view, now) });
    if (jobs.has("tighten")) {
      // A policy counts from the block after its vote, which is the one a transaction sent now lands in.
      const { holdAt } = state.ruling((state.cursor?.number ?? 0) + 1).entry.policy;
      found.push({ job: "tighten", step: nextTightening(view, now, holdAt) });
    }
    return found;
  }

  async #paperStep(paper: Paper, view: PaymentView, now: number): Promise<Found> {
    const { kind, body } = paper;
    const step = isBody("order", kind, body)
      ? nextOrder(view, now, body)
      : isBody("settlement", kind, body)
        ? nextSettlement(view, now, body)
        : undefined;
    if (step === undefined) throw new OracleError("INTERNAL", `a ${kind} about a payment`);
    const needs = step.kind === "act" && step.args.includes(NEEDS_ATTESTATION);
    if (!needs) return { job: kind, step, paper };
    const { attestation } = await this.#deps.attest(view.id);
    const args = step.args.map((arg) => (arg === NEEDS_ATTESTATION ? attestation : arg));
    return { job: kind, step: { ...step, args }, paper };
  }

  async #channel(id: string, head: BlockRef): Promise<readonly (Found & { data?: string })[] | undefined> {
    const { store, rpc, papers, jobs, site } = this.#deps;
    const terms = await channelTermsOf(store, id);
    if (terms === undefined || site.channels === undefined) return undefined;
    const view: ChannelView = await readChannel(rpc, { gate: site.gate, channels: site.channels }, id, terms.token);
    const paper = await papers.of("voucher", id);
    const found: Found[] = [];
    // The payee's last voucher first: the payer's rest is what it leaves.
    if (paper?.state === "open")
      found.push({ job: "voucher", step: nextVoucher(view, head.timestamp, paper.body), paper });
    if (jobs.has("exit") || paper !== undefined)
      found.push({ job: "release", step: nextRelease(view, head.timestamp) });
    if (jobs.has("exit")) found.push({ job: "exit", step: nextExit(view, head.timestamp) });
    return found.map((one) => (one.step.kind === "act" ? { ...one, data: channelCall(terms, one.step) } : one));
  }

  async #carryOut(
    id: string,
    entry: Due,
    found: readonly (Found & { data?: string })[] | undefined,
    head: BlockRef,
  ): Promise<void> {
    const { papers, sender, site } = this.#deps;
    for (const { job, step, paper, data } of found ?? []) {
      if (step.kind === "wait") entry.second = Math.min(entry.second, step.until ?? NEVER);
      if (step.kind === "over" && paper !== undefined) await papers.close(paper.kind, id, step.why);
      if (step.kind !== "act" || data === undefined) continue;
      const to = entry.channel ? (site.channels ?? "") : site.escrow;
      this.#answered(job, id, await sender.submit({ job: `${job}:${id}`, to, data }, head));
      // Its event brings the subject back; where none comes it is looked at again.
      this.#retry(entry, head);
    }
    const idle = found === undefined || found.every(({ step }) => step.kind === "over");
    if (idle) this.#due.delete(id);
  }

  #answered(job: string, id: string, outcome: SendOutcome): void {
    if (outcome.kind !== "refused") return;
    const details = { id, args: outcome.args };
    this.#deps.failed(`${job}:${id}`, new OracleError("POST_REFUSED", `${job}: ${outcome.error}`, details));
  }
}

function isBody<Kind extends PaperKind>(kind: Kind, actual: PaperKind, _body: unknown): _body is PaperBodies[Kind] {
  return kind === actual;
}
