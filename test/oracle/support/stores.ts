import { openDataDir } from "../../../oracle/src/store/dataDir.ts";
import type { Dialect } from "../../../oracle/src/store/dialect.ts";
import { openStores, type StoreSettings } from "../../../oracle/src/store/open.ts";
import type { Stores } from "../../../oracle/src/store/stores.ts";
import { sharedPostgres } from "./postgres.ts";
import type { Scratch } from "./scratch.ts";

/** Where one node's state lies, in either database. */
export interface Place {
  readonly dialect: Dialect;
  /** What a settings file says about it. */
  readonly settings: StoreSettings;
  open(): Promise<Stores>;
}

/** Both databases, each with a way to a fresh place in it: suites about the stores run on both. */
export const DIALECTS: readonly Dialect[] = ["sqlite", "postgres"];

const LIMITS = {
  databasePoolSize: 4,
  databaseConnectTimeoutMs: 2_000,
  databaseStatementTimeoutMs: 10_000,
  databaseLockTimeoutMs: 5_000,
  durability: "power",
} as const;

/** An empty place for one node's state. */
export async function freshPlace(dialect: Dialect, scratch: Scratch): Promise<Place> {
  const dataDir = scratch.dir();
  if (dialect === "sqlite") {
    return { dialect, settings: { dataDir, ...LIMITS }, open: () => openDataDir(dataDir) };
  }
  const settings = { dataDir, ...LIMITS, databaseUrl: await (await sharedPostgres()).database() };
  return { dialect, settings, open: () => openStores(settings) };
}
