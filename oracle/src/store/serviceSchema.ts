import type { MetaRow } from "./schema.ts";

/** Tables of the service store: service.sqlite, or the schema `service` of the PostgreSQL database. */
export interface ServiceTables {
  meta: MetaRow;
}
