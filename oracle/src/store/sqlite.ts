import { type DatabaseSync, type StatementSync, type SQLInputValue } from "node:sqlite";
import { Kysely, SqliteDialect, type Logger, type SqliteDatabase, type SqliteStatement } from "kysely";

import { sqliteError } from "./storeError.ts";

/** Statements kept prepared; the node uses a few dozen texts over and over. */
const MOST_PREPARED = 200;

function input(value: unknown): SQLInputValue {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "bigint")
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`a ${typeof value} cannot be stored in SQLite`);
}

/** Runs a task; what SQLite throws becomes an error of the node. */
function told<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw sqliteError(error);
  }
}

function statement(prepared: StatementSync): SqliteStatement {
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => told(() => prepared.all(...parameters.map(input))),
    run: (parameters) => told(() => prepared.run(...parameters.map(input))),
    iterate: (parameters) => prepared.iterate(...parameters.map(input)),
  };
}

const connections = new WeakMap<object, DatabaseSync>();

/** The connection under a query layer that `querySqlite` made, for what must not wait for queries to be built; else undefined. */
export function sqliteOf(database: object): DatabaseSync | undefined {
  return connections.get(database);
}

/** A query layer over a SQLite connection; the connection is closed with it. */
export function querySqlite<Tables>(database: DatabaseSync, log: Logger): Kysely<Tables> {
  const queries = new Kysely<Tables>({ dialect: nodeSqliteDialect(database), log });
  connections.set(queries, database);
  return queries;
}

/** Kysely's SQLite dialect over Node's own SQLite: the small surface it asks of a driver, and nothing more. */
export function nodeSqliteDialect(database: DatabaseSync): SqliteDialect {
  const prepared = new Map<string, SqliteStatement>();
  const adapter: SqliteDatabase = {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql);
      if (known !== undefined) return known;
      if (prepared.size >= MOST_PREPARED) prepared.clear();
      const fresh = told(() => statement(database.prepare(sql)));
      prepared.set(sql, fresh);
      return fresh;
    },
  };
  return new SqliteDialect({ database: adapter });
}
