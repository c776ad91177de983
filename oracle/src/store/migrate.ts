import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from "kysely";

import { OracleError } from "../errors.ts";
import { type Dialect, inDialect } from "./dialect.ts";
import type { Migration } from "./migrations.ts";

/** A database of one kind with the steps of its schema. */
export interface Schema {
  readonly dialect: Dialect;
  readonly migrations: readonly Migration[];
}

export interface MigrateOptions {
  /** Version to end at; the newest unless said otherwise. */
  readonly to?: number;
  /** Takes steps back although what their tables hold is then lost for good. */
  readonly force?: boolean;
}

/** One lock for all migrations of a PostgreSQL database; any number that nothing else of ours uses. */
const MIGRATION_LOCK = 7_583_231;

/**
 * Begins a change of the schema so that no other process changes it meanwhile. SQLite locks the file with the first write.
 * A step may take longer than an ordinary statement.
 */
async function begin<T>(transaction: Transaction<T>, dialect: Dialect): Promise<void> {
  if (dialect === "postgres") {
    await sql`set local statement_timeout = 0`.execute(transaction);
    await sql`set local lock_timeout = 0`.execute(transaction);
    // A server that is not told notices only at the end of a statement that the process which asked for it is dead.
    await sql`select set_config('client_connection_check_interval', '1000', true) where version() ~ 'linux'`.execute(
      transaction,
    );
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
  }
}

async function createMeta<T>(database: Kysely<T>, dialect: Dialect): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await begin(transaction, dialect);
    const statement = `create table if not exists meta (name text primary key, value text not null) {strict}`;
    await sql.raw(inDialect(statement, dialect)).execute(transaction);
    await sql`insert into meta (name, value) values ('schema', '0') on conflict (name) do nothing`.execute(transaction);
  });
}

/** Version of a database's schema: how many steps it has taken. */
export async function schemaVersion(database: QueryExecutorProvider): Promise<number> {
  const { rows } = await sql<{ value: string }>`select value from meta where name = 'schema'`.execute(database);
  return Number(rows[0]?.value ?? "0");
}

async function refuseToForget<T>(transaction: Transaction<T>, table: string): Promise<void> {
  const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(transaction);
  const held = Number(rows[0]?.rows ?? 0);
  if (held === 0) return;
  throw new OracleError(
    "MIGRATION_REFUSED",
    `${table} holds ${held} rows that nothing can bring back: without them the node may sign other facts for what it has ` +
      "already signed, and lose its bond. Keep the database and start with another, or force it",
    { table, rows: held },
  );
}

/**
 * One step up or down, wholly or not at all. Writing first takes the lock, so of two processes that open a new database at
 * once only one finds the step still to be done. Answers the version reached.
 */
async function step<T>(
  transaction: Transaction<T>,
  { dialect, migrations }: Schema,
  to: number,
  force: boolean,
): Promise<number> {
  await begin(transaction, dialect);
  await sql`update meta set value = value where name = 'schema'`.execute(transaction);
  const version = await schemaVersion(transaction);
  if (version === to) return version;
  const up = version < to;
  const migration = migrations[up ? version : version - 1];
  if (migration === undefined) throw new RangeError(`there is no step from schema ${version} to ${to}`);
  if (!up && !force && migration.irreplaceable !== undefined)
    await refuseToForget(transaction, migration.irreplaceable);
  for (const statement of up ? migration.up : migration.down)
    await sql.raw(inDialect(statement, dialect)).execute(transaction);
  const reached = version + (up ? 1 : -1);
  await sql`update meta set value = ${String(reached)} where name = 'schema'`.execute(transaction);
  return reached;
}

/**
 * Brings a database to a version of its schema, step by step, each step a transaction of its own.
 *
 * @returns The versions before and after.
 * @throws OracleError DATA_DIR_NEWER where a newer release wrote the database; MIGRATION_REFUSED where going down would lose
 *   what cannot be replaced.
 */
export async function migrate<T>(
  database: Kysely<T>,
  schema: Schema,
  { to = schema.migrations.length, force = false }: MigrateOptions = {},
): Promise<{ readonly from: number; readonly to: number }> {
  const newest = schema.migrations.length;
  if (!Number.isInteger(to) || to < 0 || to > newest) {
    throw new OracleError("SETTINGS_INVALID", `there is no schema ${to}: versions go from 0 to ${newest}`);
  }
  await createMeta(database, schema.dialect);
  const from = await schemaVersion(database);
  if (from > newest) {
    throw new OracleError("DATA_DIR_NEWER", `schema ${from} is newer than this release's ${newest}`);
  }
  for (let version = from; version !== to;) {
    version = await database.transaction().execute((transaction) => step(transaction, schema, to, force));
  }
  return { from, to };
}
