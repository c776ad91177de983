import { KEEPER_MIGRATION } from "../keeper/keeperMigration.ts";
import { REBATE_MIGRATION } from "../rebates/keptRows.ts";
import { PEER_MIGRATION } from "../attest/records/peerMigration.ts";
import type { Migration } from "./migrations.ts";

/** Steps of the service's own tables: what the API remembers and what cannot be read from the chain. */
export const SERVICE_MIGRATIONS: readonly Migration[] = [
  {
    up: [
      `create table api_keys (
        id text primary key,
        hash text not null,
        name text not null,
        scopes text not null,
        created_at {integer} not null,
        last_used_at {integer},
        revoked_at {integer}
      ) {strict}`,
      `create table idempotency (
        owner text not null,
        key text not null,
        request_hash text not null,
        status {integer} not null,
        answer text not null,
        created_at {integer} not null,
        primary key (owner, key)
      ) {clustered}`,
      `create index idempotency_age on idempotency (created_at)`,
      `create table feed (
        seq {integer} primary key,
        kind text not null,
        block {integer} not null,
        block_hash text not null,
        log_index {integer} not null,
        subject text not null,
        body text not null,
        transaction_hash text not null,
        at {integer} not null
      ) {strict}`,
      `create table webhooks (
        id text primary key,
        url text not null,
        kinds text not null,
        secret text not null,
        created_at {integer} not null
      ) {strict}`,
      `create table deliveries (
        webhook text not null,
        seq {integer} not null,
        state text not null,
        attempts {integer} not null,
        due_at {integer} not null,
        last_status {integer},
        last_error text,
        primary key (webhook, seq)
      ) {clustered}`,
      `create index deliveries_due on deliveries (state, due_at)`,
      `create table notes (
        id text primary key,
        payment text not null,
        author text not null,
        text text not null,
        at {integer} not null
      ) {strict}`,
      `create index notes_payment on notes (payment, at)`,
      `create table review_orders (
        id text primary key,
        payment text not null,
        from_band {integer} not null,
        to_band {integer} not null,
        reason_code {integer} not null,
        deadline {integer} not null,
        reviewer text not null,
        signature text not null,
        author text not null,
        at {integer} not null
      ) {strict}`,
      `create index review_orders_payment on review_orders (payment, at)`,
      `create table audit (
        seq {integer} primary key,
        at {integer} not null,
        actor text not null,
        action text not null,
        subject text not null,
        body text not null,
        previous text not null,
        hash text not null
      ) {strict}`,
    ],
    down: [
      `drop table audit`,
      `drop table review_orders`,
      `drop table notes`,
      `drop table deliveries`,
      `drop table webhooks`,
      `drop table feed`,
      `drop table idempotency`,
      `drop table api_keys`,
    ],
    irreplaceable: "audit",
  },
  KEEPER_MIGRATION,
  PEER_MIGRATION,
  REBATE_MIGRATION,
  {
    up: [
      `create table api_key_accounts (
        account text primary key,
        key text unique,
        deadline {integer} not null
      ) {strict}`,
    ],
    down: [`drop table api_key_accounts`],
  },
];
