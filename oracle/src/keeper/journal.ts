import type { Kysely } from "kysely";

import type { ServiceTables } from "../store/serviceSchema.ts";
import type { SendRow } from "./keeperSchema.ts";

/** Days whose costs are kept. */
const KEPT_DAYS = 2;

/**
 * What the keeper has sent, durable before it is sent, so that a restart neither doubles nor forgets. Everything recent is
 * in memory, too: one process writes.
 */
export class Journal {
  readonly #database: Kysely<ServiceTables>;
  readonly #account: string;
  readonly #rows = new Map<string, SendRow>();

  constructor(database: Kysely<ServiceTables>, account: string) {
    this.#database = database;
    this.#account = account.toLowerCase();
  }

  /** Reads what an earlier process left. */
  async load(): Promise<void> {
    const rows = await this.#database
      .selectFrom("keeper_sends")
      .selectAll()
      .where("account", "=", this.#account)
      .execute();
    this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id, row);
  }

  /** Transactions that are in no block, lowest nonce first. */
  open(): SendRow[] {
    return this.#filtered((row) => row.state === "open");
  }

  /** Transactions in blocks that a reorganisation may still take away. */
  minedFrom(block: number): SendRow[] {
    return this.#filtered((row) => row.mined_block !== null && row.mined_block >= block);
  }

  /** The open transaction of a job. */
  openOf(job: string): SendRow | undefined {
    return this.open().find((row) => row.job === job);
  }

  /** Wei spent or promised on a day; of a transaction that is open all that it may cost. */
  spentOn(day: number, except?: SendRow): bigint {
    let spent = 0n;
    for (const row of this.#rows.values()) {
      if (row.day !== day || row.id === except?.id || row.state === "displaced") continue;
      spent += row.cost === null ? mostOf(row) : BigInt(row.cost);
    }
    return spent;
  }

  /** Wei promised to transactions that are open. */
  promised(except?: SendRow): bigint {
    return this.open().reduce((sum, row) => (row.id === except?.id ? sum : sum + mostOf(row)), 0n);
  }

  /** Writes a row to the store, then to memory. */
  async put(row: SendRow): Promise<void> {
    const { id: _id, ...values } = row;
    await this.#database
      .insertInto("keeper_sends")
      .values(row)
      .onConflict((clash) => clash.column("id").doUpdateSet(values))
      .execute();
    this.#rows.set(row.id, row);
  }

  async remove(row: SendRow): Promise<void> {
    await this.#database.deleteFrom("keeper_sends").where("id", "=", row.id).execute();
    this.#rows.delete(row.id);
  }

  /** Forgets what is over, too old for a reorganisation and of an earlier day. */
  async prune(day: number, block: number): Promise<void> {
    const over = [...this.#rows.values()].filter(
      (row) => row.state !== "open" && row.day <= day - KEPT_DAYS && (row.mined_block ?? 0) < block,
    );
    for (const row of over) await this.remove(row);
  }

  #filtered(keep: (row: SendRow) => boolean): SendRow[] {
    return [...this.#rows.values()].filter(keep).sort((a, b) => a.nonce - b.nonce);
  }
}

/** Most that a transaction can cost. */
export function mostOf(row: Pick<SendRow, "gas_limit" | "max_fee">): bigint {
  return BigInt(row.gas_limit) * BigInt(row.max_fee);
}

/** The hashes signed for a row's nonce, oldest first. */
export function hashesOf(row: SendRow): string[] {
  return JSON.parse(row.hashes) as string[]; // written by the sender, a list of hashes
}
