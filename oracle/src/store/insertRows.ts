import { CompiledQuery, type QueryExecutorProvider } from "kysely";

import { dialectOf } from "./dialect.ts";

/** What a column of a bulk insert holds. */
export type ColumnType = "integer" | "text";

/** A table and its columns in the order in which a row's values come. */
export interface BulkTable<Row> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Row & string, ColumnType>>;
}

/** Rows in one statement of PostgreSQL, and the largest of SQLite's, which takes 32,766 values. */
const MOST_IN_ARRAYS = 5_000;
const MOST_TUPLES = 256;

/** Postgres takes a column as one array, so its statement is the same for any number of rows. */
function fromArrays<Row>({ name, columns }: BulkTable<Row>, rows: readonly Row[]): CompiledQuery {
  const entries = Object.entries(columns) as [keyof Row & string, ColumnType][]; // the keys are the row's by type
  const arrays = entries.map(([, type], index) => `$${index + 1}::${type === "integer" ? "bigint" : "text"}[]`);
  const names = entries.map(([column]) => column).join(", ");
  const text = `insert into ${name} (${names}) select * from unnest(${arrays.join(", ")})`;
  return CompiledQuery.raw(
    text,
    entries.map(([column]) => rows.map((row) => row[column])),
  );
}

function fromTuples<Row>({ name, columns }: BulkTable<Row>, rows: readonly Row[]): CompiledQuery {
  const names = Object.keys(columns) as (keyof Row & string)[]; // see above
  const tuple = `(${names.map(() => "?").join(", ")})`;
  const text = `insert into ${name} (${names.join(", ")}) values ${rows.map(() => tuple).join(", ")}`;
  return CompiledQuery.raw(
    text,
    rows.flatMap((row) => names.map((column) => row[column])),
  );
}

/**
 * Inserts many rows with few statements, in order.
 *
 * @throws what the database says, for instance where a row is there already; then nothing of its statement is written.
 */
export async function insertRows<Row>(
  database: QueryExecutorProvider,
  table: BulkTable<Row>,
  rows: readonly Row[],
): Promise<void> {
  const executor = database.getExecutor();
  const arrays = dialectOf(database) === "postgres";
  for (let from = 0, count = 0; from < rows.length; from += count) {
    const left = rows.length - from;
    // Powers of two, so that SQLite meets the same few statements again and again and keeps them prepared.
    count = arrays ? Math.min(left, MOST_IN_ARRAYS) : Math.min(MOST_TUPLES, 2 ** Math.floor(Math.log2(left)));
    const slice = rows.slice(from, from + count);
    await executor.executeQuery(arrays ? fromArrays(table, slice) : fromTuples(table, slice));
  }
}
