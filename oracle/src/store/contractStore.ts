import type { Kysely, Transaction } from "kysely";

import type { StoredBlock } from "./chainStore.ts";
import type { ChainTables } from "./schema.ts";

const PREFIX = "reads.";

/** Rows one statement inserts: few enough for the parameters a database takes. */
const ROWS = 500;

function slices<T>(rows: readonly T[]): T[][] {
  const count = Math.ceil(rows.length / ROWS);
  return Array.from({ length: count }, (_, index) => rows.slice(index * ROWS, (index + 1) * ROWS));
}

async function insert(transaction: Transaction<ChainTables>, blocks: readonly StoredBlock[]): Promise<void> {
  for (const rows of slices(blocks.map(({ block }) => block))) {
    const kept = transaction.insertInto("blocks").values(rows);
    // A block without events may be forgotten; one with events is kept for ever.
    await kept.onConflict((conflict) => conflict.column("number").doUpdateSet({ eventful: 1 })).execute();
  }
  for (const rows of slices(blocks.flatMap(({ events }) => events))) {
    await transaction
      .insertInto("events")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Which contracts beside gate, escrow and lists the stored events come from. */
export class ContractStore {
  readonly #database: Kysely<ChainTables>;

  constructor(database: Kysely<ChainTables>) {
    this.#database = database;
  }

  /** Part → address. */
  async read(): Promise<Map<string, string>> {
    const rows = await this.#database.selectFrom("meta").selectAll().where("name", "like", `${PREFIX}%`).execute();
    return new Map(rows.map(({ name, value }) => [name.slice(PREFIX.length), value]));
  }

  /** Forgets a part's events, as when its address has changed. */
  async forget(part: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom("meta").where("name", "=", `${PREFIX}${part}`).execute();
      await transaction.deleteFrom("events").where("kind", "like", `${part}.%`).execute();
    });
  }

  /** Adds events of blocks that were read long ago; those that are there stay. */
  async add(blocks: readonly StoredBlock[]): Promise<void> {
    await this.#database.transaction().execute((transaction) => insert(transaction, blocks));
  }

  /** Notes that a part's events are complete up to the cursor, from where the follower goes on. */
  async complete(part: string, address: string): Promise<void> {
    await this.#database
      .insertInto("meta")
      .values({ name: `${PREFIX}${part}`, value: address })
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: address }))
      .execute();
  }
}
