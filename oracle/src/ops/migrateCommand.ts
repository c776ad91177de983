import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import { migrate } from "../store/migrate.ts";
import { openStores, type StoreSettings } from "../store/open.ts";
import { MIGRATIONS, STORE_NAMES, type StoreName } from "../store/stores.ts";

/** What became of one store's schema. */
export interface MigratedStore {
  readonly store: StoreName;
  readonly from: number;
  readonly to: number;
}

export interface MigrateRequest {
  /** A version, or "latest". */
  readonly to: string;
  /** The store to change; all of them unless said otherwise, which only "latest" allows. */
  readonly store?: string | undefined;
  /** Drops a guard that holds signatures. */
  readonly forgetSignatures: boolean;
}

function storesOf({ store, to }: MigrateRequest): readonly StoreName[] {
  if (store === undefined && to === "latest") return STORE_NAMES;
  const named = STORE_NAMES.filter((name) => name === store);
  if (named.length > 0) return named;
  throw new OracleError(
    "SETTINGS_INVALID",
    `--store: one of ${STORE_NAMES.join(", ")}, as each has versions of its own; may be left out with --to latest`,
  );
}

/**
 * Takes the schemas of a node's stores up or down. No process of the node may run meanwhile.
 *
 * @throws OracleError SETTINGS_INVALID, DATA_DIR_LOCKED, DATA_DIR_NEWER, STORE_UNAVAILABLE, or MIGRATION_REFUSED where
 *   signatures would be forgotten.
 */
export async function migrateCommand(settings: StoreSettings, request: MigrateRequest): Promise<MigratedStore[]> {
  const names = storesOf(request);
  if (request.to !== "latest" && !/^\d{1,4}$/.test(request.to)) {
    throw new OracleError("SETTINGS_INVALID", `--to: a version or "latest", got ${request.to}`);
  }
  const stores = await openStores(settings, { migrate: false });
  try {
    const done: MigratedStore[] = [];
    for (const store of names) {
      // Only statements in text are sent, which every store takes alike.
      const database = stores[store] as unknown as Kysely<unknown>;
      const migrations = MIGRATIONS[store];
      const to = request.to === "latest" ? migrations.length : Number(request.to);
      const options = { to, force: request.forgetSignatures };
      done.push({ store, ...(await migrate(database, { dialect: stores.dialect, migrations }, options)) });
    }
    return done;
  } finally {
    await stores.close();
  }
}
