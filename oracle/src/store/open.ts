import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import { openChain, openDataDir, openGuard, openService } from "./dataDir.ts";
import { PostgresLeadership } from "./leadership.ts";
import { migrate } from "./migrate.ts";
import { createSchemas, openPostgres, type PostgresSettings } from "./postgres.ts";
import type { ChainTables, GuardTables } from "./schema.ts";
import type { ServiceTables } from "./serviceSchema.ts";
import { MIGRATIONS, STORE_NAMES, type Durability, type Stores } from "./stores.ts";

export interface StoreSettings extends Omit<PostgresSettings, "databaseUrl"> {
  readonly dataDir: string;
  readonly databaseUrl?: string | undefined;
  readonly durability: Durability;
}

export interface OpenOptions {
  /** False: leaves the schemas as they are. */
  readonly migrate?: boolean;
}

/** Commits of the guard follow each other, so more connections would only wait. */
const GUARD_CONNECTIONS = 2;

async function openDatabase(settings: PostgresSettings, durability: Durability, options: OpenOptions): Promise<Stores> {
  await createSchemas(settings, STORE_NAMES);
  const connections = settings.databasePoolSize;
  const durable = durability === "power";
  const chain = openPostgres<ChainTables>(settings, { schema: "chain", connections, durable: false });
  const guard = openPostgres<GuardTables>(settings, { schema: "guard", connections: GUARD_CONNECTIONS, durable });
  const service = openPostgres<ServiceTables>(settings, { schema: "service", connections, durable });
  const leadership = new PostgresLeadership(settings);
  const close = async (): Promise<void> => {
    await leadership.close();
    await Promise.all([chain.destroy(), guard.destroy(), service.destroy()]);
  };
  const stores: Stores = { dialect: "postgres", chain, guard, service, leadership, close };
  try {
    if (options.migrate !== false) await migrateStores(stores);
  } catch (error) {
    await close();
    throw error;
  }
  return stores;
}

/** Brings every store to the newest schema. */
async function migrateStores({ dialect, ...stores }: Stores): Promise<void> {
  await migrate(stores.chain, { dialect, migrations: MIGRATIONS.chain });
  await migrate(stores.guard, { dialect, migrations: MIGRATIONS.guard });
  await migrate(stores.service, { dialect, migrations: MIGRATIONS.service });
}

/**
 * Opens what a node remembers: the PostgreSQL database of `databaseUrl`, else SQLite files in `dataDir`.
 *
 * @throws OracleError DATA_DIR_LOCKED, DATA_DIR_NEWER or STORE_UNAVAILABLE.
 */
export async function openStores(settings: StoreSettings, options: OpenOptions = {}): Promise<Stores> {
  const { databaseUrl, dataDir, durability } = settings;
  if (databaseUrl === undefined) return openDataDir(dataDir, { durability, ...options });
  return openDatabase({ ...settings, databaseUrl }, durability, options);
}

/** Opens what the API remembers beside a running node, as its command line does. */
export async function openServiceOf(settings: StoreSettings): Promise<Kysely<ServiceTables>> {
  const { databaseUrl, dataDir, durability } = settings;
  if (databaseUrl === undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return openService(join(dataDir, "service.sqlite"), durability);
  }
  const access = { schema: "service", connections: 1, durable: durability === "power" };
  await createSchemas({ ...settings, databaseUrl }, STORE_NAMES);
  const service = openPostgres<ServiceTables>({ ...settings, databaseUrl }, access);
  await migrate(service, { dialect: "postgres", migrations: MIGRATIONS.service });
  return service;
}

/** Opens what was read from the chain beside a running node, as reports do. */
export async function openChainOf(settings: StoreSettings): Promise<Kysely<ChainTables>> {
  const { databaseUrl, dataDir } = settings;
  if (databaseUrl === undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return openChain(join(dataDir, "chain.sqlite"));
  }
  const access = { schema: "chain", connections: 1, durable: false };
  const chain = openPostgres<ChainTables>({ ...settings, databaseUrl }, access);
  await migrate(chain, { dialect: "postgres", migrations: MIGRATIONS.chain });
  return chain;
}

/** Opens the guard beside a running node, to read it. */
export async function openGuardOf(settings: StoreSettings): Promise<Kysely<GuardTables>> {
  const { databaseUrl, dataDir, durability } = settings;
  if (databaseUrl === undefined) {
    const path = join(dataDir, "guard.sqlite");
    if (!existsSync(path)) throw new OracleError("BACKUP_INVALID", `${path} is missing: no node has run there`);
    return openGuard(path, durability);
  }
  const access = { schema: "guard", connections: 1, durable: durability === "power" };
  await createSchemas({ ...settings, databaseUrl }, STORE_NAMES);
  const guard = openPostgres<GuardTables>({ ...settings, databaseUrl }, access);
  await migrate(guard, { dialect: "postgres", migrations: MIGRATIONS.guard });
  return guard;
}
