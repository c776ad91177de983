import { DatabaseError } from "pg";

import { OracleError } from "../errors.ts";

/** Classes of SQLSTATE that say "not now": connection, resources, operator, deadlock or serialisation, read-only. */
const PASSING = /^(08|53|57|58|40|25006|55P03)/;
const POSTGRES_FULL = "53100";
/** SQLite's primary result codes: busy, locked, I/O error, cannot open, read-only. */
const SQLITE_PASSING: ReadonlySet<number> = new Set([5, 6, 10, 14, 8]);
const SQLITE_FULL = 13;

function unavailable(cause: unknown): OracleError {
  return new OracleError("STORE_UNAVAILABLE", "the node's database does not answer", undefined, cause);
}

function full(cause: unknown): OracleError {
  return new OracleError("STORE_FULL", "the node's database has no room left: nothing was written", undefined, cause);
}

/** An error of SQLite in the node's words, unchanged where it says that a statement is wrong. */
export function sqliteError(error: unknown): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, "errcode") : undefined;
  if (typeof code !== "number") return error;
  const primary = code & 0xff;
  if (primary === SQLITE_FULL) return full(error);
  return SQLITE_PASSING.has(primary) ? unavailable(error) : error;
}

/**
 * An error of PostgreSQL's driver in the node's words, unchanged where the server says that a statement is wrong. Whatever
 * does not come from the server comes from the way there.
 */
export function postgresError(error: unknown): unknown {
  if (error instanceof OracleError || error instanceof TypeError || error instanceof RangeError) return error;
  if (!(error instanceof DatabaseError)) return unavailable(error);
  const code = error.code ?? "";
  if (code === POSTGRES_FULL) return full(error);
  return PASSING.test(code) ? unavailable(error) : error;
}

/** Whether a connection can be used again after an error: only the server's own word leaves it in order. */
export function isConnectionSound(error: unknown): boolean {
  return error instanceof DatabaseError && !/^(08|57P)/.test(error.code ?? "");
}
