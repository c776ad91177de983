import type { Stores } from "../store/stores.ts";
import { ApiKeys } from "./apiKeys.ts";
import { Audit } from "./audit.ts";
import { eventService, type EventHooks, type EventService, type EventSettings } from "./events.ts";
import { ReviewDesk, type ReviewDeps } from "./reviews.ts";
import { Idempotency } from "./idempotency.ts";
import type { ProofPlace } from "./accountProof.ts";
import { StakeLimits, type StakeTier } from "./stakeLimits.ts";

/** What the API remembers of its own. */
export interface ServiceParts {
  readonly keys: ApiKeys;
  readonly audit: Audit;
  readonly idempotency: Idempotency;
  readonly events: EventService;
  readonly reviews: ReviewDesk;
  readonly stakeLimits: StakeLimits;
  /** Where an account's signature for a key is checked. */
  readonly proofPlace: ProofPlace;
}

interface PartsSettings extends EventSettings {
  readonly stakeLimits: readonly StakeTier[];
}

/** The parts over the node's stores, with one clock for all of them. */
export function serviceParts(
  stores: Stores,
  settings: PartsSettings,
  hooks: EventHooks,
  desk: Omit<ReviewDeps, "service" | "clock">,
): ServiceParts {
  const { clock } = hooks;
  return {
    keys: new ApiKeys(stores.service, clock),
    audit: new Audit(stores.service, clock),
    idempotency: new Idempotency(stores.service, clock),
    events: eventService(stores, settings, hooks),
    reviews: new ReviewDesk({ ...desk, service: stores.service, clock }),
    stakeLimits: new StakeLimits(stores.chain, settings.stakeLimits, clock),
    proofPlace: { rpc: desk.rpc, chainId: settings.chainId, clock },
  };
}
