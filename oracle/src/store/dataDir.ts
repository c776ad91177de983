import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, type QueryExecutorProvider, sql } from "kysely";

import { messageOf, OracleError } from "../errors.ts";
import { CHAIN_MIGRATIONS, GUARD_MIGRATIONS, migrate } from "./migrations.ts";
import type { ChainTables, GuardTables } from "./schema.ts";
import { nodeSqliteDialect } from "./sqlite.ts";

/** What a data directory belongs to for good. */
export interface Binding {
  readonly chainId: number;
  readonly genesisHash: string;
  readonly gate: string;
  readonly escrow: string;
  /** The list registry, "none" where there is none: with other lists the same history has other facts. */
  readonly lists: string;
}

export interface DataDir {
  readonly chain: Kysely<ChainTables>;
  readonly guard: Kysely<GuardTables>;
  close(): Promise<void>;
}

const BUSY_TIMEOUT_MS = 2_000;

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

function openFile(path: string, synchronous: "normal" | "full"): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma foreign_keys = on`);
  return database;
}

/** Opens a guard database on its own, as two replicas of one node that share the file do. */
export async function openGuard(path: string): Promise<Kysely<GuardTables>> {
  const guard = new Kysely<GuardTables>({ dialect: nodeSqliteDialect(openFile(path, "full")) });
  await migrate(guard, GUARD_MIGRATIONS);
  return guard;
}

/** Opens what was read from the chain. It can be deleted: the node reads it again. */
export async function openChain(path: string): Promise<Kysely<ChainTables>> {
  const chain = new Kysely<ChainTables>({ dialect: nodeSqliteDialect(openFile(path, "normal")) });
  await migrate(chain, CHAIN_MIGRATIONS);
  return chain;
}

/**
 * Opens a data directory and locks it.
 *
 * @throws OracleError DATA_DIR_LOCKED or DATA_DIR_NEWER.
 */
export async function openDataDir(dir: string): Promise<DataDir> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const held = lock(dir);
  try {
    const chain = await openChain(join(dir, "chain.sqlite"));
    const guard = await openGuard(join(dir, "guard.sqlite"));
    return {
      chain,
      guard,
      close: async () => {
        await chain.destroy();
        await guard.destroy();
        held.close();
      },
    };
  } catch (error) {
    held.close();
    if (error instanceof OracleError) throw error;
    throw new OracleError("INTERNAL", `${dir} cannot be opened: ${messageOf(error)}`, { dir }, error);
  }
}

async function bindOne(database: QueryExecutorProvider, name: string, binding: Binding): Promise<void> {
  for (const [field, expected] of Object.entries(binding)) {
    const value = String(expected);
    await sql`insert into meta (name, value) values (${field}, ${value}) on conflict (name) do nothing`.execute(
      database,
    );
    const found = await sql<{ value: string }>`select value from meta where name = ${field}`.execute(database);
    const stored = found.rows[0]?.value;
    if (stored === value) continue;
    throw new OracleError(
      "DATA_DIR_OTHER_CHAIN",
      `${name} belongs to ${field} ${stored}, the settings and endpoint say ${value}: give this chain a data ` +
        "directory of its own, and keep the old one, whose guard remembers what was signed there",
      { field, stored, actual: value },
    );
  }
}

/** Ties the directory to a chain and its contracts; every later start must name the same. */
export async function bind(dir: Pick<DataDir, "chain" | "guard">, binding: Binding): Promise<void> {
  await bindOne(dir.guard, "guard.sqlite", binding);
  await bindOne(dir.chain, "chain.sqlite", binding);
}
