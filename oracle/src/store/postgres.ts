import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult } from "kysely";
import pg from "pg";

import { statementLog } from "./statementLog.ts";
import { isConnectionSound, postgresError } from "./storeError.ts";

/** How a node speaks to its PostgreSQL database. */
export interface PostgresSettings {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
  readonly databaseConnectTimeoutMs: number;
  readonly databaseStatementTimeoutMs: number;
  readonly databaseLockTimeoutMs: number;
}

export interface Access {
  /** Schema that unqualified names mean. */
  readonly schema: string;
  readonly connections: number;
  /** Whether a commit waits for the disk. */
  readonly durable: boolean;
}

const INT8 = 20;
/** Beyond the server's own timeout the client gives up by itself: the server may be gone without a word. */
const CLIENT_PATIENCE_MS = 1_000;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} in the database is no safe whole number`);
  return value;
}

/** The driver answers int8 as text, since it may be larger than a number can say; none of ours is. */
const parsers: pg.CustomTypesConfig = {
  getTypeParser: (type, format): unknown =>
    Number(type) === INT8 ? wholeNumber : (pg.types.getTypeParser(type, format) as unknown), // a function, typed any
};

/** Options of one connection: what a session needs is set by the server before the first statement. */
export function clientConfig(settings: PostgresSettings, { schema, durable }: Access): pg.ClientConfig {
  const session = {
    search_path: schema,
    synchronous_commit: durable ? "on" : "off",
    statement_timeout: settings.databaseStatementTimeoutMs,
    lock_timeout: settings.databaseLockTimeoutMs,
    idle_in_transaction_session_timeout: 2 * settings.databaseStatementTimeoutMs,
  };
  return {
    connectionString: settings.databaseUrl,
    application_name: `sluice ${schema}`,
    connectionTimeoutMillis: settings.databaseConnectTimeoutMs,
    query_timeout: settings.databaseStatementTimeoutMs + CLIENT_PATIENCE_MS,
    keepAlive: true,
    options: Object.entries(session)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    types: parsers,
  };
}

/** A connection that speaks the node's errors and is thrown away once it may be out of step. */
function wrapped(client: pg.PoolClient): PostgresPoolClient {
  let broken: unknown;
  // The pool listens only while a connection is idle: between two statements of a transaction nobody else would.
  const lost = (error: Error): unknown => (broken ??= error);
  client.on("error", lost);
  const release = (): void => {
    client.off("error", lost);
    client.release(broken !== undefined);
  };
  const query = async <R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>> => {
    if (broken !== undefined) throw postgresError(broken);
    try {
      const { command, rowCount, rows } = await client.query(text, [...values]);
      // The driver names its commands as Kysely does; rows are typed by whoever asks.
      return { command: command as "SELECT", rowCount: rowCount ?? 0, rows: rows as R[] };
    } catch (error) {
      if (!isConnectionSound(error)) broken = error;
      throw postgresError(error);
    }
  };
  // Kysely asks for a cursor only where one streams, and nobody here does.
  return { query: query as PostgresPoolClient["query"], release };
}

/** Kysely's view of a pool whose failures are errors of the node. */
function poolOf(pool: pg.Pool): PostgresPool {
  return {
    options: {},
    connect: async () => {
      try {
        return wrapped(await pool.connect());
      } catch (error) {
        throw postgresError(error);
      }
    },
    end: () => pool.end(),
  };
}

/** Opens a schema of the database. Connections are made when they are needed, and again after the server was away. */
export function openPostgres<Tables>(settings: PostgresSettings, access: Access): Kysely<Tables> {
  const pool = new pg.Pool({ ...clientConfig(settings, access), max: access.connections });
  // A connection that breaks while it is idle leaves the pool by itself; the next statement opens another.
  pool.on("error", () => undefined);
  const dialect = new PostgresDialect({ pool: poolOf(pool) });
  return new Kysely<Tables>({ dialect, log: statementLog(access.schema) });
}

/** Makes the schemas that are missing. */
export async function createSchemas(settings: PostgresSettings, schemas: readonly string[]): Promise<void> {
  const client = new pg.Client(clientConfig(settings, { schema: "public", connections: 1, durable: true }));
  client.on("error", () => undefined);
  try {
    await client.connect();
    for (const schema of schemas) {
      const { rowCount } = await client.query("select 1 from pg_namespace where nspname = $1", [schema]);
      // Two processes may both find it missing; the server's own "if not exists" does not help the second.
      if (rowCount === 0) await client.query(`create schema if not exists ${pg.escapeIdentifier(schema)}`).catch(known);
    }
  } catch (error) {
    throw postgresError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Lets "it is there by now" pass. */
function known(error: unknown): void {
  const there = error instanceof pg.DatabaseError && (error.code === "23505" || error.code === "42P06");
  if (!there) throw error;
}
