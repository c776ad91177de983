import type { Kysely } from "kysely";

import type { ServiceTables } from "../store/serviceSchema.ts";
import { ApiKeys } from "./apiKeys.ts";
import { Audit } from "./audit.ts";
import { Idempotency } from "./idempotency.ts";

/** What the API remembers of its own. */
export interface ServiceParts {
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly idempotency: Idempotency;
}

/** @param clock Milliseconds since the Unix epoch. */
export function serviceParts(database: Kysely<ServiceTables>, clock: () => number): ServiceParts {
  return {
    keys: new ApiKeys(database, clock),
    audit: new Audit(database, clock),
    idempotency: new Idempotency(database, clock),
  };
}
