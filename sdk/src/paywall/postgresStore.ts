import { groupCommit, type GroupCommitOptions, type Ledger } from "./groupCommit.ts";
import { columns, recordOf, rowOf } from "./recordText.ts";
import { applied, type Change, type ChannelRecord, type Outcome, type VoucherStore } from "./store.ts";

type Row = Record<string, unknown>;
type Query = (text: string, values?: unknown[]) => Promise<{ rows: Row[] }>;
/** What is used of `Pool` of the npm package `pg`. */
export type PostgresPool = {
  query: Query;
  connect(): Promise<{
    query: Query;
    release(error?: boolean): void;
    on(event: "error", listener: (error: Error) => void): unknown;
    off(event: "error", listener: (error: Error) => void): unknown;
  }>;
};

const table = `CREATE TABLE IF NOT EXISTS sluice_channel_vouchers (
  channel text PRIMARY KEY, site text NOT NULL, terms text NOT NULL, signed text NOT NULL, signature text NOT NULL,
  spent text NOT NULL, redeemed text NOT NULL, unredeemed_since double precision NOT NULL
)`;
const names = columns.join(", ");
/** Locks a channel for the transaction, whether it has a row or not; in order, so that two processes never wait crosswise. */
const lock = `SELECT pg_advisory_xact_lock(hashtextextended(channel, 402)) FROM
  (SELECT unnest($1::text[]) AS channel ORDER BY 1) AS locked`;
const read = `SELECT ${names} FROM sluice_channel_vouchers WHERE channel = ANY($1)`;
const write = `INSERT INTO sluice_channel_vouchers (${names})
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[])
  ON CONFLICT (channel) DO UPDATE SET signed = excluded.signed, signature = excluded.signature, spent = excluded.spent,
    redeemed = excluded.redeemed, unredeemed_since = excluded.unredeemed_since`;

/**
 * Vouchers in PostgreSQL; any number of processes on any machines may share them. Durable as the server's
 * `synchronous_commit` says, which is against loss of power unless somebody turned it off.
 * @param pool Of `pg`; its owner ends it
 * @example
 * const store = await postgresStore(new Pool({ connectionString }));
 */
export async function postgresStore(pool: PostgresPool, options: GroupCommitOptions = {}): Promise<VoucherStore> {
  await pool.query(table);
  const ledger: Ledger = {
    commit: (changes) => inTransaction(pool, (query) => made(query, changes)),
    find: async (channel) => (await pool.query(read, [[channel]])).rows.map(recordOf)[0],
    all: async (site) => {
      const text = `SELECT ${names} FROM sluice_channel_vouchers WHERE site = $1`;
      return (await pool.query(text, [site])).rows.map(recordOf);
    },
    close: async () => undefined,
  };
  return groupCommit(ledger, options);
}

async function made(query: Query, changes: readonly Change[]): Promise<Outcome[]> {
  const channels = [...new Set(changes.map(({ channel }) => channel))];
  await query(lock, [channels]);
  const records = new Map((await query(read, [channels])).rows.map(recordOf).map((record) => [record.channel, record]));
  const touched = new Map<string, ChannelRecord>();
  const outcomes = changes.map((change) => {
    const outcome = applied(touched.get(change.channel) ?? records.get(change.channel), change);
    if (outcome.done && outcome.record) touched.set(change.channel, outcome.record);
    return outcome;
  });
  const rows = [...touched.values()].map(rowOf);
  if (rows.length > 0)
    await query(
      write,
      columns.map((column) => rows.map((row) => row[column])),
    );
  return outcomes;
}

async function inTransaction<T>(pool: PostgresPool, run: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  // The pool listens only while a connection is idle. One that is lost here fails the next statement, which is enough.
  const lost = (): void => undefined;
  client.on("error", lost);
  try {
    await client.query("BEGIN");
    const result = await run((text, values) => client.query(text, values));
    await client.query("COMMIT");
    broken = false;
    return result;
  } finally {
    client.off("error", lost);
    client.release(broken); // a connection with a transaction in doubt is closed, which rolls it back
  }
}
