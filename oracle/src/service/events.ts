import { lookup } from "node:dns/promises";

import { ChainStore } from "../store/chainStore.ts";
import type { FeedRow } from "../store/serviceSchema.ts";
import type { Stores } from "../store/stores.ts";
import { Deliverer } from "./deliverer.ts";
import { Feed } from "./feed.ts";
import { feedEvent } from "./feedEvent.ts";
import { postTo } from "./post.ts";
import type { Resolve } from "./targets.ts";
import { Webhooks } from "./webhooks.ts";

export interface EventSettings {
  readonly chainId: number;
  readonly escrow: string;
  readonly eventsKept: number;
  readonly webhookAttempts: number;
  readonly webhookRetryMs: number;
  readonly webhookTimeoutMs: number;
  readonly webhookPrivateTargets: boolean;
}

export interface EventHooks {
  readonly clock: () => number;
  readonly onOutcome: (outcome: "delivered" | "failed" | "dead") => void;
  readonly onError: (error: unknown) => void;
}

/** Asks the system, which asks its resolvers: all addresses of a name. */
const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true });

/** Tells clients what happens: the list of events, and those who are told by webhook. */
export interface EventService {
  readonly feed: Feed;
  readonly webhooks: Webhooks;
  readonly allowPrivate: boolean;
  /** The chain store has changed. */
  readonly changed: () => void;
  /** Sends what waits for a webhook now. */
  readonly deliver: () => void;
  /** Ends every stream. */
  readonly drain: () => void;
  readonly stop: () => Promise<void>;
}

/** Wires the parts together. */
export function eventService(stores: Stores, settings: EventSettings, hooks: EventHooks): EventService {
  const { clock, onOutcome, onError } = hooks;
  const { webhookPrivateTargets: allowPrivate, webhookTimeoutMs: timeoutMs } = settings;
  const webhooks = new Webhooks(stores.service, clock);
  const site = { chainId: settings.chainId, escrow: settings.escrow.toLowerCase() };
  const deliverer = new Deliverer(
    {
      ...{ webhooks, clock, onOutcome, onError, random: Math.random },
      eventOf: (seq) => feed.row(seq),
      bodyOf: (row: FeedRow) => JSON.stringify({ ...site, ...feedEvent(row) }),
      post: (url, body, headers) => postTo(url, body, headers, { resolve: systemResolve, allowPrivate, timeoutMs }),
    },
    { attempts: settings.webhookAttempts, retryMs: settings.webhookRetryMs, leaseMs: 2 * timeoutMs },
  );
  const feed = new Feed({
    ...{ service: stores.service, chain: stores.chain, clock, keep: settings.eventsKept },
    blocks: new ChainStore(stores.chain, 0),
    added: (transaction, rows) => webhooks.enqueue(transaction, rows),
    onChange: () => deliverer.kick(),
  });
  return {
    ...{ feed, webhooks, allowPrivate },
    changed: () => {
      feed.sync().catch(onError);
    },
    deliver: () => deliverer.kick(),
    drain: () => feed.stop(),
    stop: async () => {
      await feed.idle();
      await deliverer.stop();
    },
  };
}
