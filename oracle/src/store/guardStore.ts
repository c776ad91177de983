import type { Kysely, Transaction } from "kysely";

import { guardKey, inKeyOrder, type GuardStore } from "./guardRows.ts";
import type { GuardRow, GuardTables } from "./schema.ts";
import { sqliteOf } from "./sqlite.ts";
import { SqliteGuardStore } from "./sqliteGuardStore.ts";

/** Writes fresh rows where there are none yet; the rows as they stand for these subjects. */
async function reserve(transaction: Transaction<GuardTables>, fresh: readonly GuardRow[]): Promise<GuardRow[]> {
  // Writing first takes the lock, so that no other process can slip in between write and read.
  const written = await transaction
    .insertInto("guard")
    .values(inKeyOrder(fresh))
    .onConflict((clash) => clash.doNothing())
    .returningAll()
    .execute();
  // Some were there before: only they have to be read.
  const known = new Set(written.map(guardKey));
  const subjects = new Set(fresh.filter((row) => !known.has(guardKey(row))).map((row) => row.subject));
  if (subjects.size === 0) return written;
  const stood = await transaction
    .selectFrom("guard")
    .selectAll()
    .where("subject", "in", [...subjects])
    .execute();
  return [...written, ...stood];
}

/** Adds signatures to rows that have none, all in one statement; the first signature of a row stays. */
async function keepSignatures(transaction: Transaction<GuardTables>, signed: readonly GuardRow[]): Promise<void> {
  const first = new Map(signed.toReversed().map((row) => [guardKey(row), row]));
  await transaction
    .insertInto("guard")
    .values(inKeyOrder([...first.values()]))
    .onConflict((clash) =>
      clash
        .columns(["subject", "epoch", "as_of", "as_of_hash"])
        .doUpdateSet((update) => ({ signature: update.ref("excluded.signature") }))
        .where("guard.signature", "is", null),
    )
    .execute();
}

/** Over any database of the query layer: two statements a commit, since each is a round trip. */
class QueriedGuardStore implements GuardStore {
  readonly #database: Kysely<GuardTables>;

  constructor(database: Kysely<GuardTables>) {
    this.#database = database;
  }

  async commit(fresh: readonly GuardRow[], signed: readonly GuardRow[]): Promise<(GuardRow | undefined)[]> {
    const stored = await this.#database.transaction().execute(async (transaction) => {
      const rows = fresh.length === 0 ? [] : await reserve(transaction, fresh);
      if (signed.length > 0) await keepSignatures(transaction, signed);
      return rows;
    });
    const rows = new Map(stored.map((row) => [guardKey(row), row]));
    return fresh.map((row) => rows.get(guardKey(row)));
  }
}

/** The guard's rows in this database: on SQLite by prepared statements, on PostgreSQL by the query layer. */
export function guardStoreOf(database: Kysely<GuardTables>): GuardStore {
  const sqlite = sqliteOf(database);
  return sqlite === undefined ? new QueriedGuardStore(database) : new SqliteGuardStore(sqlite);
}
