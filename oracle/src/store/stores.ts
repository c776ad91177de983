import { type Kysely, type QueryExecutorProvider, sql } from "kysely";

import { OracleError } from "../errors.ts";
import type { Dialect } from "./dialect.ts";
import type { Leadership } from "./leadership.ts";
import { CHAIN_MIGRATIONS, GUARD_MIGRATIONS, type Migration } from "./migrations.ts";
import type { ChainTables, GuardTables } from "./schema.ts";
import { SERVICE_MIGRATIONS } from "./serviceMigrations.ts";
import type { ServiceTables } from "./serviceSchema.ts";

/** What an answered signature survives: loss of power, or the end of the process only. */
export type Durability = "power" | "process";

/** Everything a node remembers. */
export interface Stores {
  readonly dialect: Dialect;
  /** What was read from the chain; can be read again. */
  readonly chain: Kysely<ChainTables>;
  /** What was signed; can never be replaced. */
  readonly guard: Kysely<GuardTables>;
  /** What the API and its users left. */
  readonly service: Kysely<ServiceTables>;
  /** Which process of the node reads the chain. */
  readonly leadership: Leadership;
  close(): Promise<void>;
}

export type StoreName = "chain" | "guard" | "service";

/** The steps of each store's schema. */
export const MIGRATIONS: Readonly<Record<StoreName, readonly Migration[]>> = {
  chain: CHAIN_MIGRATIONS,
  guard: GUARD_MIGRATIONS,
  service: SERVICE_MIGRATIONS,
};

export const STORE_NAMES = ["chain", "guard", "service"] as const satisfies readonly StoreName[];

/** What a node's stores belong to for good. */
export interface Binding {
  readonly chainId: number;
  readonly genesisHash: string;
  readonly gate: string;
  readonly escrow: string;
  /** The list registry, "none" where there is none: with other lists the same history has other facts. */
  readonly lists: string;
}

/** Ties one store to a chain and its contracts. */
export async function bindOne(database: QueryExecutorProvider, name: string, binding: Binding): Promise<void> {
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
      `the ${name} store belongs to ${field} ${stored}, the settings and endpoint say ${value}: give this chain a data ` +
        "directory of its own, and keep the old one, whose guard remembers what was signed there",
      { field, stored, actual: value },
    );
  }
}

/** Ties the stores to a chain and its contracts; every later start must name the same. */
export async function bind(stores: Pick<Stores, "chain" | "guard">, binding: Binding): Promise<void> {
  await bindOne(stores.guard, "guard", binding);
  await bindOne(stores.chain, "chain", binding);
}
