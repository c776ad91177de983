import type { Migration } from "./migrations.ts";

/** Steps of the service's own tables: what the API remembers and what cannot be read from the chain. */
export const SERVICE_MIGRATIONS: readonly Migration[] = [];
