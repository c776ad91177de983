import type { LogEvent } from "kysely";

import { tracedAfter } from "../ops/trace.ts";

/** Told how long each statement took. */
export type StatementListener = (database: string, durationMs: number) => void;

const listeners = new Set<StatementListener>();

/**
 * Tells a listener about every statement of the process, whichever store it is for. Stores are opened by commands as well as
 * by a node, and only a node listens.
 *
 * @returns Ends it.
 */
export function onStatement(listener: StatementListener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Tells about one statement: its time for whoever listens, and a span inside of a traced request. Never a value, never SQL. */
export function tellStatement(database: string, durationMs: number): void {
  for (const listener of listeners) listener(database, durationMs);
  tracedAfter(`database ${database}`, { "db.namespace": database }, durationMs);
}

/** Kysely's log of one store. */
export function statementLog(database: string): (event: LogEvent) => void {
  return (event) => tellStatement(database, event.queryDurationMillis);
}
