import { groupCommit, type GroupCommitOptions, type Ledger } from "./groupCommit.ts";
import { columns, recordOf, rowOf } from "./recordText.ts";
import { applied, type Change, type ChannelRecord, type Outcome, type VoucherStore } from "./store.ts";

type Row = Record<string, unknown>;
type Value = string | number;
type Statement = {
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
  run(...values: Value[]): unknown;
};
/** What is used of `DatabaseSync` of `node:sqlite`. */
export type SqliteDatabase = {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
};

export type SqliteStoreOptions = GroupCommitOptions & {
  /**
   * What an answered voucher survives: `power` the loss of power and of the process (when absent), `process` that of the process
   * only, which costs no wait for the disk.
   */
  durability?: "power" | "process";
  /** How long another process may hold the file, in milliseconds; 5,000 when absent. */
  busyTimeoutMs?: number;
};

const table = `CREATE TABLE IF NOT EXISTS channel_vouchers (
  channel TEXT PRIMARY KEY, site TEXT NOT NULL, terms TEXT NOT NULL, signed TEXT NOT NULL, signature TEXT NOT NULL,
  spent TEXT NOT NULL, redeemed TEXT NOT NULL, unredeemed_since INTEGER NOT NULL
) STRICT, WITHOUT ROWID`;
const usualBusyMs = 5_000;
/** Records kept beside the file, so that a channel's next voucher needs no read. */
const recordsKept = 10_000;
/** Changes with what other connections have committed, and with each row that this one has written. */
const stateSql = "SELECT data_version AS others, total_changes() AS own FROM pragma_data_version";

/**
 * Vouchers in a SQLite file; several processes of one machine may share it.
 * @param database Of `node:sqlite`; the store sets its pragmas and closes it
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const store = sqliteStore(new DatabaseSync("vouchers.db"));
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): VoucherStore {
  const { durability = "power", busyTimeoutMs = usualBusyMs } = options;
  database.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeoutMs)}; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "power" ? "FULL" : "NORMAL"}; ${table}`);
  return groupCommit(ledgerOf(database), options);
}

function ledgerOf(database: SqliteDatabase): Ledger {
  const names = columns.join(", ");
  const find = database.prepare(`SELECT ${names} FROM channel_vouchers WHERE channel = ?`);
  const all = database.prepare(`SELECT ${names} FROM channel_vouchers WHERE site = ?`);
  const marks = columns.map(() => "?").join(", ");
  const write = database.prepare(`INSERT OR REPLACE INTO channel_vouchers (${names}) VALUES (${marks})`);
  const kept = keptRecords(database);
  const stored = (channel: string): ChannelRecord | undefined => {
    const row = find.get(channel);
    return row && recordOf(row);
  };
  /** The lock is taken before anything is read, so no other process changes what is decided upon. */
  const commit = (changes: readonly Change[]): Outcome[] => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const known = kept.asTheyStand();
      const touched = new Map<string, ChannelRecord>();
      const outcomes = changes.map((change) => {
        const { channel } = change;
        const outcome = applied(touched.get(channel) ?? known.get(channel) ?? stored(channel), change);
        if (outcome.done && outcome.record) touched.set(channel, outcome.record);
        return outcome;
      });
      for (const record of touched.values()) {
        const row = rowOf(record);
        write.run(...columns.map((column) => row[column]));
      }
      database.exec("COMMIT");
      kept.written(touched);
      return outcomes;
    } catch (error) {
      kept.forget();
      database.exec("ROLLBACK");
      throw error;
    }
  };
  return {
    commit,
    find: async (channel) => stored(channel),
    all: async (site) => all.all(site).map(recordOf),
    close: async () => database.close(),
  };
}

type KeptRecords = {
  /** What is known of the file's rows; to be asked inside a transaction, before any of its changes. */
  asTheyStand(): ReadonlyMap<string, ChannelRecord>;
  /** Keeps what a transaction has committed. */
  written(records: ReadonlyMap<string, ChannelRecord>): void;
  forget(): void;
};

/** Rows this connection wrote, for as long as nobody else has written: another process, or another user of the connection. */
function keptRecords(database: SqliteDatabase): KeptRecords {
  const state = database.prepare(stateSql);
  const records = new Map<string, ChannelRecord>();
  let [others, own] = [-1, -1];
  const isAsLeft = (): boolean => {
    const before = [others, own];
    const now = state.get();
    [others, own] = [Number(now?.["others"]), Number(now?.["own"])];
    return others === before[0] && own === before[1];
  };
  return {
    asTheyStand: () => {
      if (!isAsLeft()) records.clear();
      return records;
    },
    written: (committed) => {
      own += committed.size; // one row each, as `total_changes` counts
      if (records.size + committed.size > recordsKept) records.clear();
      for (const [channel, record] of committed) records.set(channel, record);
    },
    forget: () => records.clear(),
  };
}
