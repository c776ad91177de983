import type { RebateTables } from "../rebates/keptRows.ts";
import type { KeeperTables } from "../keeper/keeperSchema.ts";
import type { PeerTables } from "../attest/records/peerSchema.ts";
import type { MetaRow } from "./schema.ts";

/** A key of the API. Times are milliseconds of the service's clock, here and below. */
export interface ApiKeyRow {
  id: string;
  /** SHA-256 of the whole key as hex; the key itself is nowhere. */
  hash: string;
  name: string;
  /** Scopes separated by spaces. */
  scopes: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** The account whose stake raises a key's limit. */
export interface ApiKeyAccountRow {
  /** Lower-case. */
  account: string;
  /** Null once the key has another account. */
  key: string | null;
  /** Of the last signature that was used, in seconds since the Unix epoch. */
  deadline: number;
}

/** An answer that is given again to the same request. */
export interface IdempotencyRow {
  owner: string;
  key: string;
  request_hash: string;
  /** 0 while the first request runs. */
  status: number;
  answer: string;
  created_at: number;
}

/** What happened on chain, in the order in which this node told it. */
export interface FeedRow {
  seq: number;
  kind: string;
  block: number;
  block_hash: string;
  /** −1 for what is no log, as a rollback. */
  log_index: number;
  /** Payment id, or what else the event is about; empty where nothing. */
  subject: string;
  body: string;
  transaction_hash: string;
  at: number;
}

export interface WebhookRow {
  id: string;
  url: string;
  /** Kinds separated by spaces; empty for all. */
  kinds: string;
  /** Signs deliveries; only this node and the receiver have it. */
  secret: string;
  created_at: number;
}

export interface DeliveryRow {
  webhook: string;
  seq: number;
  /** pending, delivered or dead. */
  state: string;
  attempts: number;
  /** Not sent before. */
  due_at: number;
  /** HTTP status of the last answer, null where there was none. */
  last_status: number | null;
  last_error: string | null;
}

export interface NoteRow {
  id: string;
  payment: string;
  author: string;
  text: string;
  at: number;
}

export interface ReviewOrderRow {
  id: string;
  payment: string;
  from_band: number;
  to_band: number;
  reason_code: number;
  deadline: number;
  reviewer: string;
  signature: string;
  author: string;
  at: number;
}

/** One action of an operator; each row's hash covers the one before. */
export interface AuditRow {
  seq: number;
  at: number;
  actor: string;
  action: string;
  subject: string;
  body: string;
  previous: string;
  hash: string;
}

/** Tables of the service store: service.sqlite, or the schema `service` of the PostgreSQL database. */
export interface ServiceTables extends KeeperTables, PeerTables, RebateTables {
  meta: MetaRow;
  api_keys: ApiKeyRow;
  api_key_accounts: ApiKeyAccountRow;
  idempotency: IdempotencyRow;
  feed: FeedRow;
  webhooks: WebhookRow;
  deliveries: DeliveryRow;
  notes: NoteRow;
  review_orders: ReviewOrderRow;
  audit: AuditRow;
}
