import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";

import { messageOf, OracleError } from "../errors.ts";
import { aloneLeadership } from "./leadership.ts";
import { migrate, schemaVersion } from "./migrate.ts";
import { CHAIN_MIGRATIONS, GUARD_MIGRATIONS, type Migration } from "./migrations.ts";
import type { ChainTables, GuardTables } from "./schema.ts";
import { SERVICE_MIGRATIONS } from "./serviceMigrations.ts";
import type { ServiceTables } from "./serviceSchema.ts";
import { querySqlite } from "./sqlite.ts";
import { statementLog } from "./statementLog.ts";
import type { Durability, Stores } from "./stores.ts";

export interface DataDirOptions {
  /** What an answered signature survives; `power` unless said otherwise. */
  readonly durability?: Durability;
  /** False: leaves the schemas as they are. */
  readonly migrate?: boolean;
}

const BUSY_TIMEOUT_MS = 2_000;
/**
 * Pages of the guard's log until it is copied into its file, 32 MiB. The copy stands in the way of whoever asks next: with SQLite's
 * own 1,000 pages more than one request in a hundred waited for one.
 */
const GUARD_LOG_PAGES = 8_000;
/**
 * Memory for pages of what was read from the chain. Payments come in the order of their hashes: with SQLite's own two MiB each
 * insertion into a long history reads and writes a page of the index.
 */
const CHAIN_CACHE_KIB = 65_536;

/**
 * Holds a lock for as long as the process lives: an exclusive transaction on a database of its own. The operating system
 * lets go of it even after SIGKILL, and no process id can be mistaken for another.
 */
function lock(dir: string): DatabaseSync {
  const database = new DatabaseSync(join(dir, "lock.sqlite"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    throw new OracleError("DATA_DIR_LOCKED", `${dir} is used by another process`, { dir }, error);
  }
  return database;
}

function openFile<Tables>(path: string, synchronous: "normal" | "full", pragmas = ""): Kysely<Tables> {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma foreign_keys = on; ${pragmas}`);
  return querySqlite<Tables>(database, statementLog(basename(path, ".sqlite")));
}

async function newest<T>(database: Kysely<T>, migrations: readonly Migration[]): Promise<Kysely<T>> {
  await migrate(database, { dialect: "sqlite", migrations });
  return database;
}

/** How SQLite writes what must survive: `full` waits for the disk, `normal` for the operating system. */
function synchronous(durability: Durability): "normal" | "full" {
  return durability === "power" ? "full" : "normal";
}

function openChainFile(path: string): Kysely<ChainTables> {
  return openFile<ChainTables>(path, "normal", `pragma cache_size = -${CHAIN_CACHE_KIB}`);
}

function openGuardFile(path: string, durability: Durability): Kysely<GuardTables> {
  return openFile<GuardTables>(path, synchronous(durability), `pragma wal_autocheckpoint = ${GUARD_LOG_PAGES}`);
}

/** Opens a guard file on its own, as two replicas of one node that share it do. */
export async function openGuard(path: string, durability: Durability = "power"): Promise<Kysely<GuardTables>> {
  const guard = openGuardFile(path, durability);
  // As below: a node may be writing to a file that is up to date.
  const version = await schemaVersion(guard).catch(() => -1);
  return version === GUARD_MIGRATIONS.length ? guard : newest(guard, GUARD_MIGRATIONS);
}

/** Opens what the API remembers on its own, as its command line does beside a running node. */
export async function openService(path: string, durability: Durability = "power"): Promise<Kysely<ServiceTables>> {
  const service = openFile<ServiceTables>(path, synchronous(durability));
  // A file without any schema has no version to read. One that is up to date is not written to: a node may be writing.
  const version = await schemaVersion(service).catch(() => -1);
  return version === SERVICE_MIGRATIONS.length ? service : newest(service, SERVICE_MIGRATIONS);
}

/** Opens what was read from the chain. It can be deleted: the node reads it again. */
export async function openChain(path: string): Promise<Kysely<ChainTables>> {
  return newest(openChainFile(path), CHAIN_MIGRATIONS);
}

/**
 * Opens a data directory with its three SQLite files and locks it.
 *
 * @throws OracleError DATA_DIR_LOCKED or DATA_DIR_NEWER.
 */
export async function openDataDir(dir: string, options: DataDirOptions = {}): Promise<Stores> {
  const { durability = "power" } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const held = lock(dir);
  try {
    const chain = openChainFile(join(dir, "chain.sqlite"));
    const guard = openGuardFile(join(dir, "guard.sqlite"), durability);
    const service = openFile<ServiceTables>(join(dir, "service.sqlite"), synchronous(durability));
    if (options.migrate !== false) {
      await newest(chain, CHAIN_MIGRATIONS);
      await newest(guard, GUARD_MIGRATIONS);
      await newest(service, SERVICE_MIGRATIONS);
    }
    const close = async (): Promise<void> => {
      await chain.destroy();
      await guard.destroy();
      await service.destroy();
      held.close();
    };
    return { dialect: "sqlite", chain, guard, service, leadership: aloneLeadership(), close };
  } catch (error) {
    held.close();
    if (error instanceof OracleError) throw error;
    throw new OracleError("INTERNAL", `${dir} cannot be opened: ${messageOf(error)}`, { dir }, error);
  }
}
