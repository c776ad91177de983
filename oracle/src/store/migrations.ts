import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from "kysely";

import { OracleError } from "../errors.ts";

/** One step of a database's schema. Steps are only ever added. */
export interface Migration {
  readonly statements: readonly string[];
}

export const CHAIN_MIGRATIONS: readonly Migration[] = [
  {
    statements: [
      `create table blocks (
        number integer primary key,
        hash text not null,
        parent text not null,
        timestamp integer not null,
        eventful integer not null
      ) strict`,
      `create index blocks_uneventful on blocks (number) where eventful = 0`,
      `create table payments (
        id text primary key,
        payer text not null,
        payee text not null,
        token text not null,
        amount text not null,
        terms text not null,
        block integer not null,
        log_index integer not null,
        timestamp integer not null
      ) strict`,
      `create unique index payments_order on payments (block, log_index)`,
      `create table events (
        block integer not null,
        log_index integer not null,
        kind text not null,
        subject text not null,
        body text not null,
        transaction_hash text not null,
        primary key (block, log_index)
      ) strict, without rowid`,
      `create index events_subject on events (subject, kind)`,
      `create index events_kind on events (kind, block)`,
      `create table decisions (
        id text not null,
        as_of integer not null,
        as_of_hash text not null,
        epoch text not null,
        facts text not null,
        score integer not null,
        band integer not null,
        primary key (id, as_of)
      ) strict, without rowid`,
      `create index decisions_block on decisions (as_of)`,
    ],
  },
  {
    statements: [
      `create table shadow_decisions (
        id text not null,
        as_of integer not null,
        model text not null,
        score integer not null,
        band integer not null,
        current_score integer not null,
        current_band integer not null,
        primary key (id, as_of, model)
      ) strict, without rowid`,
      `create table epoch_tokens (
        epoch text not null,
        token text not null,
        shift integer not null,
        class integer not null,
        primary key (epoch, token)
      ) strict, without rowid`,
    ],
  },
];

export const GUARD_MIGRATIONS: readonly Migration[] = [
  {
    statements: [
      `create table guard (
        subject text not null,
        epoch text not null,
        as_of integer not null,
        as_of_hash text not null,
        facts text not null,
        signature text,
        primary key (subject, epoch, as_of, as_of_hash)
      ) strict, without rowid`,
    ],
  },
];

/**
 * One step, wholly or not at all. Writing first takes the lock, so of two processes that open a new file at once only one
 * finds the step still to be done.
 */
async function step<T>(transaction: Transaction<T>, index: number, migration: Migration): Promise<void> {
  await sql`insert into meta (name, value) values ('schema', '0') on conflict (name) do nothing`.execute(transaction);
  if ((await schemaVersion(transaction)) > index) return;
  for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
  await sql`update meta set value = ${String(index + 1)} where name = 'schema'`.execute(transaction);
}

async function schemaVersion(database: QueryExecutorProvider): Promise<number> {
  const { rows } = await sql<{ value: string }>`select value from meta where name = 'schema'`.execute(database);
  return Number(rows[0]?.value ?? "0");
}

/** Brings a database to the newest schema, step by step. */
export async function migrate<T>(database: Kysely<T>, migrations: readonly Migration[]): Promise<void> {
  await sql`create table if not exists meta (name text primary key, value text not null) strict`.execute(database);
  const version = await schemaVersion(database);
  if (version > migrations.length) {
    throw new OracleError("DATA_DIR_NEWER", `schema ${version} is newer than this release's ${migrations.length}`);
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    await database.transaction().execute((transaction) => step(transaction, index, migration));
  }
}
