import { join } from "node:path";
import type { Kysely } from "kysely";

import { openGuard } from "../../../oracle/src/store/dataDir.ts";
import { openStores, type StoreSettings } from "../../../oracle/src/store/open.ts";
import type { GuardTables } from "../../../oracle/src/store/schema.ts";

/** Opens the guard of a place without the lock of its data directory, as a second replica does. */
export async function openGuardAt(
  settings: StoreSettings,
): Promise<{ guard: Kysely<GuardTables>; close: () => Promise<void> }> {
  if (settings.databaseUrl !== undefined) {
    const stores = await openStores(settings);
    return { guard: stores.guard, close: () => stores.close() };
  }
  const guard = await openGuard(join(settings.dataDir, "guard.sqlite"), settings.durability);
  return { guard, close: () => guard.destroy() };
}
