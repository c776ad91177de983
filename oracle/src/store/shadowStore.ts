import type { Kysely } from "kysely";

import type { ChainTables, EpochTokenRow, ShadowRow } from "./schema.ts";

/** How often a pair of bands was found. */
export interface BandPair {
  readonly current: number;
  readonly shadow: number;
  readonly payments: number;
}

/** What a watched model said, beside the model in force. */
export class ShadowStore {
  readonly #database: Kysely<ChainTables>;

  constructor(database: Kysely<ChainTables>) {
    this.#database = database;
  }

  async put(row: ShadowRow): Promise<void> {
    const { score, band, current_score, current_band } = row;
    await this.#database
      .insertInto("shadow_decisions")
      .values(row)
      .onConflict((clash) =>
        clash.columns(["id", "as_of", "model"]).doUpdateSet({ score, band, current_score, current_band }),
      )
      .execute();
  }

  /** Everything said by one model, in order of block. */
  async of(model: string): Promise<ShadowRow[]> {
    return this.#database
      .selectFrom("shadow_decisions")
      .selectAll()
      .where("model", "=", model)
      .orderBy("as_of")
      .orderBy("id")
      .execute();
  }

  /** How the bands of both models go together. */
  async bandPairs(model: string): Promise<BandPair[]> {
    return this.#database
      .selectFrom("shadow_decisions")
      .select(["current_band as current", "band as shadow"])
      .select((row) => row.fn.countAll<number>().as("payments"))
      .where("model", "=", model)
      .groupBy(["current_band", "band"])
      .orderBy("current_band")
      .orderBy("band")
      .execute();
  }
}

/** Keeps an epoch's token table, so that history can be read without the chain. */
export async function keepTokens(database: Kysely<ChainTables>, rows: readonly EpochTokenRow[]): Promise<void> {
  for (const row of rows) {
    await database
      .insertInto("epoch_tokens")
      .values(row)
      .onConflict((clash) => clash.columns(["epoch", "token"]).doUpdateSet({ shift: row.shift, class: row.class }))
      .execute();
  }
}

/** The token table of the epoch that the gate named last, empty where none was kept. */
export async function newestTokens(database: Kysely<ChainTables>): Promise<EpochTokenRow[]> {
  const newest = await database
    .selectFrom("events")
    .select("subject")
    .where("kind", "=", "policySet")
    .orderBy("block", "desc")
    .orderBy("log_index", "desc")
    .limit(1)
    .executeTakeFirst();
  if (newest === undefined) return [];
  return database.selectFrom("epoch_tokens").selectAll().where("epoch", "=", newest.subject).execute();
}
