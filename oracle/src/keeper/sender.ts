import { Transaction } from "ethers";

import { expanded, type Signer } from "../attest/signer.ts";
import type { RpcClient } from "../chain/rpc.ts";
import type { BlockRef } from "../store/chainStore.ts";
import { offer, type CapName, type Caps, type Fees } from "./fees.ts";
import { hashesOf, type Journal } from "./journal.ts";
import type { SendRow } from "./keeperSchema.ts";
import { gaps, nextNonce } from "./nonces.ts";
import { Pool, type Look, type Refusal } from "./pool.ts";
import type { Receipt } from "./receipts.ts";

/** One piece of work: a call, and a name by which it is never in flight twice. */
export interface Work {
  readonly job: string;
  readonly to: string;
  readonly data: string;
}

/** What became of a piece of work that was to be sent. */
export type SendOutcome =
  | { readonly kind: "sent" | "pending"; readonly hash: string; readonly nonce: number }
  | Refusal
  /** A cap forbids it, or as many as may be are in flight. */
  | { readonly kind: "stopped"; readonly by: CapName | "inFlight" };

export interface SenderOptions {
  readonly chainId: number;
  readonly caps: Pick<Caps, "feePerGas" | "transaction" | "day">;
  readonly mostInFlight: number;
  /** Blocks without a receipt after which a transaction is stuck. */
  readonly stuckBlocks: number;
  /** Blocks a reorganisation may take away. */
  readonly reorgBlocks: number;
}

export interface SenderEvents {
  readonly sent: (job: string, hash: string, how: "new" | "replacement" | "cancellation") => void;
  readonly ended: (row: SendRow) => void;
  /** A cap forbids what is to be done: somebody has to look. */
  readonly stopped: (cap: CapName, job: string) => void;
}

const SECONDS_A_DAY = 86_400;
const SELF_TRANSFER_GAS = 21_000n;
/** Nonces tried in a row where others take them at the same moment. */
const MOST_ATTEMPTS = 4;

function lastHash(row: SendRow): string {
  return hashesOf(row).at(-1) ?? row.id;
}

function feesOf(row: SendRow): Fees {
  return { maxFee: BigInt(row.max_fee), priorityFee: BigInt(row.priority_fee) };
}

/**
 * Sends the keeper's transactions with one key: several in flight, each tried before it is sent, written down before it is sent,
 * replaced when it is stuck, sent again when a reorganisation or a restarted endpoint has lost it, and never beyond the caps.
 */
export class Sender {
  readonly #signer: Signer;
  readonly #journal: Journal;
  readonly #options: SenderOptions;
  readonly #events: SenderEvents;
  readonly #pool: Pool;
  /** Block from which a transaction counts as waiting, where that is later than when it was sent. */
  readonly #since = new Map<string, number>();
  /** Looks in a row in which a nonce was used and no receipt was there: endpoints behind one address can disagree. */
  readonly #misses = new Map<string, number>();
  #gapSeen: number | undefined;
  #recheck = true;
  #head: BlockRef = { number: 0, hash: "", timestamp: 0 };
  #turn: Promise<unknown> = Promise.resolve();

  constructor(rpc: RpcClient, signer: Signer, journal: Journal, options: SenderOptions, events: SenderEvents) {
    this.#signer = signer;
    this.#journal = journal;
    this.#options = options;
    this.#events = events;
    this.#pool = new Pool(rpc, signer.address);
  }

  get address(): string {
    return this.#signer.address;
  }

  get inFlight(): number {
    return this.#journal.open().length;
  }

  /** Blocks the oldest transaction in flight has been waiting for; 0 where there is none. */
  get oldestWaitBlocks(): number {
    const waits = this.#journal.open().map((row) => this.#head.number - row.sent_block);
    return Math.max(0, ...waits);
  }

  /** Wei spent or promised today. */
  get spentTodayWei(): bigint {
    return this.#journal.spentOn(this.#today);
  }

  /** Blocks were taken away: what was mined may be in none now. */
  rolledBack(): void {
    this.#recheck = true;
  }

  /**
   * Tries the call in the block to come, writes it down, signs and sends it. Ends before it is mined.
   *
   * @param head The newest block read: its number and time are the keeper's only clock.
   * @throws OracleError RPC_UNAVAILABLE, and what the signer throws.
   */
  async submit(work: Work, head: BlockRef): Promise<SendOutcome> {
    return this.#inTurn(() => {
      this.#head = head;
      return this.#submit(work);
    });
  }

  /** Looks after what is in flight, once a new head was read. */
  async tend(head: BlockRef): Promise<void> {
    return this.#inTurn(() => this.#tend(head));
  }

  get #today(): number {
    return Math.floor(this.#head.timestamp / SECONDS_A_DAY);
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #caps(look: Look, except?: SendRow): Caps {
    const { caps } = this.#options;
    const left = (of: bigint): bigint => (of > 0n ? of : 0n);
    return {
      ...caps,
      day: left(caps.day - this.#journal.spentOn(this.#today, except)),
      balance: left(look.balanceWei - this.#journal.promised(except)),
    };
  }

  async #submit({ job, to, data }: Work): Promise<SendOutcome> {
    const known = this.#journal.openOf(job);
    if (known !== undefined) return { kind: "pending", hash: lastHash(known), nonce: known.nonce };
    if (this.inFlight >= this.#options.mostInFlight) return { kind: "stopped", by: "inFlight" };
    const look = await this.#pool.look(to, data, "pending");
    if (look.kind === "refused") return look;
    const fees = offer(look.market, look.gasLimit, this.#caps(look), undefined);
    if ("cap" in fees) return this.#stopped(fees.cap, job);
    let { pending } = look;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      const open = new Set(this.#journal.open().map((row) => row.nonce));
      const nonce = nextNonce({ mined: look.mined, pending, open });
      const row = await this.#signed({ job, to, data }, nonce, look.gasLimit, fees);
      await this.#journal.put(row);
      const taken = await this.#pool.broadcast(row.raw, row.id);
      if (taken === "taken" || taken === "unsure") {
        this.#events.sent(job, row.id, "new");
        return { kind: taken === "taken" ? "sent" : "pending", hash: row.id, nonce };
      }
      await this.#journal.remove(row);
      if (taken === "unfunded") return this.#stopped("balance", job);
      if (taken !== "nonceUsed") return { kind: "refused", error: taken.refused, args: {} };
      pending = nonce + 1; // somebody else sends with this key
    }
    return { kind: "refused", error: "the account's nonces are taken by somebody else", args: {} };
  }

  #stopped(cap: CapName, job: string): SendOutcome {
    this.#events.stopped(cap, job);
    return { kind: "stopped", by: cap };
  }

  /** A row with a transaction signed for it. In place of an earlier one it keeps that one's id. */
  async #signed(work: Work, nonce: number, gasLimit: bigint, fees: Fees, replaces?: SendRow): Promise<SendRow> {
    const transaction = Transaction.from({
      ...{ type: 2, chainId: this.#options.chainId, to: work.to, data: work.data, nonce, gasLimit },
      ...{ maxFeePerGas: fees.maxFee, maxPriorityFeePerGas: fees.priorityFee },
    });
    transaction.signature = expanded(await this.#signer.sign(transaction.unsignedHash));
    const { hash, serialized } = transaction;
    if (hash === null) throw new TypeError("a signed transaction has a hash");
    return {
      id: replaces?.id ?? hash,
      account: this.#signer.address.toLowerCase(),
      nonce,
      ...{ job: work.job, target: work.to, data: work.data, gas_limit: String(gasLimit) },
      ...{ max_fee: String(fees.maxFee), priority_fee: String(fees.priorityFee) },
      hashes: JSON.stringify([...(replaces === undefined ? [] : hashesOf(replaces)), hash]),
      raw: serialized,
      ...{ state: "open", sent_block: this.#head.number, mined_block: null, cost: null, day: this.#today },
    };
  }

  async #tend(head: BlockRef): Promise<void> {
    this.#head = head;
    const recheck = this.#recheck ? this.#journal.minedFrom(head.number - this.#options.reorgBlocks) : [];
    const rows = [...this.#journal.open(), ...recheck];
    if (rows.length === 0) return;
    // A rollback that comes while this works must be looked at again.
    this.#recheck = false;
    const { mined, pending, receipts } = await this.#pool.standing(rows.flatMap(hashesOf)).catch((error: unknown) => {
      this.#recheck = true;
      throw error;
    });
    let settled = false;
    for (const row of rows) {
      const receipt = hashesOf(row)
        .map((hash) => receipts.get(hash))
        .find((found) => found !== undefined);
      settled = (await this.#settle(row, receipt, mined)) || settled;
    }
    if (settled) {
      // Whoever stood behind what was just mined starts to wait now.
      for (const row of this.#journal.open()) this.#since.set(row.id, head.number);
      await this.#journal.prune(this.#today, head.number - this.#options.reorgBlocks);
    }
    for (const row of this.#journal.open()) if (row.nonce >= pending) await this.#pool.broadcast(row.raw, row.id);
    await this.#unstick();
    await this.#fill(mined, pending);
  }

  /** Brings a row up to date with the chain. Answers whether it ended. */
  async #settle(row: SendRow, receipt: Receipt | undefined, mined: number): Promise<boolean> {
    if (receipt !== undefined) {
      this.#misses.delete(row.id);
      if (row.mined_block === receipt.block) return false;
      const state = receipt.success ? "mined" : "reverted";
      return this.#end({ ...row, state, mined_block: receipt.block, cost: String(receipt.costWei) });
    }
    if (row.nonce >= mined) {
      this.#misses.delete(row.id);
      return row.state === "open" ? false : this.#reopen(row);
    }
    const misses = (this.#misses.get(row.id) ?? 0) + 1;
    this.#misses.set(row.id, misses);
    return misses < 2 ? false : this.#end({ ...row, state: "displaced", mined_block: null, cost: "0" });
  }

  /** A reorganisation took it away: it is sent again if it would still do its work, else its work is free for another try. */
  async #reopen(row: SendRow): Promise<boolean> {
    const look = await this.#pool.look(row.target, row.data, "pending");
    const open = { ...row, mined_block: null, cost: null };
    if (look.kind === "refused") return this.#end({ ...open, state: "displaced", cost: "0" });
    await this.#journal.put({ ...open, state: "open" });
    return false;
  }

  async #end(row: SendRow): Promise<boolean> {
    await this.#journal.put(row);
    this.#since.delete(row.id);
    this.#misses.delete(row.id);
    this.#events.ended(row);
    return true;
  }

  /** Only the lowest nonce can be stuck by itself; the others wait for it. */
  async #unstick(): Promise<void> {
    const [row] = this.#journal.open();
    if (row === undefined) return;
    const since = Math.max(row.sent_block, this.#since.get(row.id) ?? 0);
    if (this.#head.number - since < this.#options.stuckBlocks) return;
    const look = await this.#pool.look(row.target, row.data, "latest");
    if (look.kind === "look") return this.#replace(row, row.job, row.target, row.data, look, look.gasLimit);
    // What it was to do is done or impossible: a transfer of nothing to oneself is the cheapest way past its nonce.
    const self = this.#signer.address;
    const way = await this.#pool.look(self, "0x", "latest");
    if (way.kind === "look") await this.#replace(row, `cancel:${row.nonce}`, self, "0x", way, SELF_TRANSFER_GAS);
  }

  async #replace(row: SendRow, job: string, to: string, data: string, look: Look, gas: bigint): Promise<void> {
    const fees = offer(look.market, gas, this.#caps(look, row), feesOf(row));
    if ("cap" in fees) return this.#events.stopped(fees.cap, job);
    const replacement = await this.#signed({ job, to, data }, row.nonce, gas, fees, row);
    await this.#journal.put(replacement);
    await this.#pool.broadcast(replacement.raw, lastHash(replacement));
    this.#events.sent(job, lastHash(replacement), job === row.job ? "replacement" : "cancellation");
  }

  /** A nonce below an open one that nobody fills keeps everything above it from ever being mined. */
  async #fill(mined: number, pending: number): Promise<void> {
    const open = new Set(this.#journal.open().map((row) => row.nonce));
    const [gap] = gaps({ mined, pending, open });
    const persists = gap !== undefined && gap === this.#gapSeen;
    this.#gapSeen = gap;
    if (!persists) return;
    const self = this.#signer.address;
    const look = await this.#pool.look(self, "0x", "latest");
    if (look.kind === "refused") return;
    const job = `fill:${gap}`;
    const fees = offer(look.market, SELF_TRANSFER_GAS, this.#caps(look));
    if ("cap" in fees) return this.#events.stopped(fees.cap, job);
    const row = await this.#signed({ job, to: self, data: "0x" }, gap, SELF_TRANSFER_GAS, fees);
    await this.#journal.put(row);
    await this.#pool.broadcast(row.raw, row.id);
    this.#events.sent(job, row.id, "new");
  }
}
