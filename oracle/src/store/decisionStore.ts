import type { Kysely } from "kysely";

import type { ChainTables, DecisionRow } from "./schema.ts";

/** What this node found about payments by itself, whether or not anybody asked. */
export class DecisionStore {
  readonly #database: Kysely<ChainTables>;

  constructor(database: Kysely<ChainTables>) {
    this.#database = database;
  }

  async put(rows: readonly DecisionRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.#database.transaction().execute(async (transaction) => {
      for (const row of rows) {
        await transaction
          .insertInto("decisions")
          .values(row)
          .onConflict((clash) =>
            clash.columns(["id", "as_of"]).doUpdateSet({
              as_of_hash: row.as_of_hash,
              epoch: row.epoch,
              facts: row.facts,
              score: row.score,
              band: row.band,
            }),
          )
          .execute();
      }
    });
  }

  /** Decisions about a payment, oldest block first. */
  async of(id: string): Promise<DecisionRow[]> {
    return this.#database.selectFrom("decisions").selectAll().where("id", "=", id).orderBy("as_of").execute();
  }
}
