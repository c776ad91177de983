import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import { traced } from "../ops/trace.ts";
import { type Fence, UNFENCED } from "../store/guardCopy.ts";
import { checkFenced } from "../store/guardFence.ts";
import type { GuardStore } from "../store/guardRows.ts";
import { guardStoreOf } from "../store/guardStore.ts";
import type { GuardRow, GuardTables } from "../store/schema.ts";
import { curve } from "./curve.ts";
import { Keyring } from "./keyring.ts";
import type { Signer } from "./signer.ts";

/** What must never be signed with two different facts. */
export interface GuardKey {
  readonly subject: string;
  readonly epoch: string;
  readonly asOf: number;
  readonly asOfHash: string;
}

export interface GuardRequest extends GuardKey {
  readonly facts: string;
}

interface Waiting {
  readonly request: GuardRequest;
  readonly resolve: (row: GuardRow) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests made durable by one write to the disk. */
const MOST_IN_COMMIT = 200;

function freshRow(request: GuardRequest): GuardRow {
  return {
    subject: request.subject.toLowerCase(),
    epoch: request.epoch.toLowerCase(),
    as_of: request.asOf,
    as_of_hash: request.asOfHash.toLowerCase(),
    facts: request.facts.toLowerCase(),
    signature: null,
  };
}

/** The row that the disk holds for a request; without one nothing may be signed. */
function found(row: GuardRow | undefined, { subject }: GuardRequest): GuardRow {
  if (row === undefined) throw new OracleError("INTERNAL", `the guard lost ${subject}`);
  return row;
}

/** With one key nothing has to be recovered: whatever is stored is its own. */
function isBy(address: string, signature: string, digest: string, { addresses }: Keyring): boolean {
  return addresses.length === 1 || curve.recover(digest, signature) === address;
}

function checkSame(row: GuardRow | undefined, request: GuardRequest): void {
  if (row?.facts === request.facts.toLowerCase()) return;
  throw new OracleError(
    "GUARD_CONFLICT",
    `other facts of ${request.subject} as of block ${request.asOf} were signed before`,
    { ...request, signed: row?.facts },
  );
}

/**
 * Remembers on disk what was about to be signed before it is signed. The same facts again give the same signature again;
 * other facts for the same subject, epoch, block and hash are refused for ever, also by a second process on the same file.
 */
export class Guard {
  readonly #database: Kysely<GuardTables>;
  readonly #store: GuardStore;
  readonly #keys: Keyring;
  readonly #fence: Fence;
  #waiting: Waiting[] = [];
  #signed: GuardRow[] = [];
  #flushing: Promise<void> | undefined;

  /**
   * @param keys The node's key, or during a rotation two: facts are fixed for all of them at once.
   * @param fence Up to which block only what is in the guard may be signed.
   */
  constructor(database: Kysely<GuardTables>, keys: Signer | Keyring, fence: Fence = UNFENCED) {
    this.#database = database;
    this.#store = guardStoreOf(database);
    this.#fence = fence;
    this.#keys = keys instanceof Keyring ? keys : new Keyring(keys);
  }

  /** Address of the node's current key. */
  get address(): string {
    return this.#keys.address;
  }

  /** Address that signs where these are the signers that count: the node's one among them, else its current one. */
  addressAmong(signers: readonly string[]): string {
    return this.#keys.among(signers).address;
  }

  /**
   * Signs a digest that stands for these facts.
   *
   * @param signers Signers of the epoch that count; they say which of the node's keys signs.
   * @returns 64 bytes of signature as 0x text.
   * @throws OracleError GUARD_CONFLICT where other facts were fixed before, GUARD_FENCED where they may have been.
   */
  async sign(request: GuardRequest, digest: string, signers: readonly string[] = []): Promise<string> {
    const row = await this.#reserve(request);
    checkSame(row, request);
    const signer = this.#keys.among(signers);
    // A stored signature may be one of the node's other key: an epoch can disable the one and count the other.
    if (row.signature !== null && isBy(signer.address, row.signature, digest, this.#keys)) return row.signature;
    const signature = await traced("sign", {}, () => signer.sign(digest));
    this.#signed.push({ ...row, signature });
    return signature;
  }

  /**
   * Signs a digest that stands for many statements at once. Each is remembered by itself before, so that neither alone nor in
   * another batch other facts are ever signed for one of them.
   *
   * @throws OracleError GUARD_CONFLICT where other facts were fixed before for any of them; nothing is signed then.
   */
  async signBatch(requests: readonly GuardRequest[], digest: string, signers: readonly string[] = []): Promise<string> {
    const rows = await Promise.all(requests.map((request) => this.#reserve(request)));
    for (const [index, request] of requests.entries()) checkSame(rows[index], request);
    return this.#keys.among(signers).sign(digest);
  }

  /** Writes the signatures that were made since the last commit. */
  async close(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
    if (this.#signed.length > 0) await this.#commit([]);
  }

  async #reserve(request: GuardRequest): Promise<GuardRow> {
    if (request.asOf <= this.#fence.block) await checkFenced(this.#database, freshRow(request), this.#fence);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** One transaction for all who wait: the disk is asked once, however many ask. */
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whoever asks within this turn of the event loop joins the same commit.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting.splice(0, MOST_IN_COMMIT);
      try {
        const rows = await this.#commit(batch.map((waiting) => freshRow(waiting.request)));
        for (const [index, { request, resolve }] of batch.entries()) resolve(found(rows[index], request));
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.#flushing = undefined;
  }

  /** These rows as they stand after the commit; signatures that it could not write wait for the next. */
  async #commit(fresh: readonly GuardRow[]): Promise<(GuardRow | undefined)[]> {
    const signed = this.#signed.splice(0);
    try {
      return await this.#store.commit(fresh, signed);
    } catch (error) {
      this.#signed.unshift(...signed);
      throw error;
    }
  }
}
