import { createHash } from "node:crypto";
import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import type { ServiceTables } from "../store/serviceSchema.ts";

const KEEP_MS = 24 * 3_600_000;
/** A first request that has not ended after so long has died with its process. */
const ABANDONED_MS = 60_000;
/** Old answers are forgotten once in so many requests. */
const SWEEP_EVERY = 200;

/** What a request with an idempotency key finds. */
export type Slot =
  | { readonly kind: "stored"; readonly status: number; readonly answer: string }
  | { readonly kind: "mine"; readonly owner: string; readonly key: string };

/** Answers by idempotency key: the same request gets the same answer for 24 hours, whichever replica it reaches. */
export class Idempotency {
  readonly #database: Kysely<ServiceTables>;
  readonly #clock: () => number;
  #begun = 0;

  constructor(database: Kysely<ServiceTables>, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  /**
   * Begins a request, or finds its answer.
   *
   * @param owner Who asks; keys of one owner mean nothing to another.
   * @param request Method, path and body.
   * @throws OracleError IDEMPOTENCY_CONFLICT for another request under the same key, IDEMPOTENCY_RUNNING while the first one runs.
   */
  async begin(owner: string, key: string, request: Uint8Array): Promise<Slot> {
    const now = this.#clock();
    if (this.#begun++ % SWEEP_EVERY === 0) await this.#sweep(now);
    const hash = createHash("sha256").update(request).digest("hex");
    const row = { owner, key, request_hash: hash, status: 0, answer: "", created_at: now };
    const mine = { kind: "mine", owner, key } as const;
    const inserted = await this.#database
      .insertInto("idempotency")
      .values(row)
      .onConflict((clash) => clash.columns(["owner", "key"]).doNothing())
      .executeTakeFirst();
    if (inserted.numInsertedOrUpdatedRows === 1n) return mine;
    const found = await this.#database
      .selectFrom("idempotency")
      .selectAll()
      .where("owner", "=", owner)
      .where("key", "=", key)
      .executeTakeFirst();
    const over = found !== undefined && now - found.created_at >= (found.status === 0 ? ABANDONED_MS : KEEP_MS);
    if (over && (await this.#takeOver(row, found.created_at))) return mine;
    if (found?.status === 0 || found === undefined || over) {
      throw new OracleError("IDEMPOTENCY_RUNNING", "the first request with this Idempotency-Key is still at work");
    }
    if (found.request_hash !== hash) {
      throw new OracleError("IDEMPOTENCY_CONFLICT", "this Idempotency-Key was used for another request");
    }
    return { kind: "stored", status: found.status, answer: found.answer };
  }

  /** Keeps the answer. */
  async finish({ owner, key }: Slot & { kind: "mine" }, status: number, answer: string): Promise<void> {
    await this.#database
      .updateTable("idempotency")
      .set({ status, answer })
      .where("owner", "=", owner)
      .where("key", "=", key)
      .execute();
  }

  /** Forgets a request that failed in a way that asking again may cure. */
  async release({ owner, key }: Slot & { kind: "mine" }): Promise<void> {
    await this.#database.deleteFrom("idempotency").where("owner", "=", owner).where("key", "=", key).execute();
  }

  async #takeOver(row: ServiceTables["idempotency"], before: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("idempotency")
      .set(row)
      .where("owner", "=", row.owner)
      .where("key", "=", row.key)
      .where("created_at", "=", before)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async #sweep(now: number): Promise<void> {
    await this.#database
      .deleteFrom("idempotency")
      .where("created_at", "<", now - KEEP_MS)
      .execute();
  }
}
