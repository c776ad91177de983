import { PostgresAdapter, type QueryExecutorProvider } from "kysely";

/** The databases a node keeps its state in. */
export type Dialect = "sqlite" | "postgres";

/**
 * Words of a statement that the two databases spell differently. SQLite's tables are strict; its `integer` holds 64 bits, as
 * PostgreSQL's `bigint` does. `clustered` stores a table in the order of its primary key where that can be asked for.
 */
const WORDS: Readonly<Record<Dialect, Readonly<Record<string, string>>>> = {
  sqlite: { integer: "integer", strict: "strict", clustered: "strict, without rowid" },
  postgres: { integer: "bigint", strict: "", clustered: "" },
};

/** Which database is behind a connection. */
export function dialectOf(database: QueryExecutorProvider): Dialect {
  return database.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}

/**
 * A statement in the words of one database. A word that differs stands in braces, as in `number {integer} primary key`;
 * a statement without braces is taken as it is.
 *
 * @throws RangeError for a word that has no spelling.
 */
export function inDialect(statement: string, dialect: Dialect): string {
  return statement.replace(/\{(\w+)\}/g, (_, word: string) => {
    const spelled = WORDS[dialect][word];
    if (spelled === undefined) throw new RangeError(`{${word}} has no spelling in ${dialect}`);
    return spelled;
  });
}
