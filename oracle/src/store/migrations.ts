/**
 * One step of a database's schema. Steps are only ever added. Words that SQLite and PostgreSQL spell differently stand in
 * braces, see `inDialect`.
 */
export interface Migration {
  readonly up: readonly string[];
  /** What takes the step back. */
  readonly down: readonly string[];
  /** A table whose rows cannot be read again from anywhere: taking the step back with rows in it must be forced. */
  readonly irreplaceable?: string;
}

export const CHAIN_MIGRATIONS: readonly Migration[] = [
  {
    up: [
      `create table blocks (
        number {integer} primary key,
        hash text not null,
        parent text not null,
        timestamp {integer} not null,
        eventful {integer} not null
      ) {strict}`,
      `create index blocks_uneventful on blocks (number) where eventful = 0`,
      `create table payments (
        id text primary key,
        payer text not null,
        payee text not null,
        token text not null,
        amount text not null,
        terms text not null,
        block {integer} not null,
        log_index {integer} not null,
        timestamp {integer} not null
      ) {strict}`,
      `create unique index payments_order on payments (block, log_index)`,
      `create table events (
        block {integer} not null,
        log_index {integer} not null,
        kind text not null,
        subject text not null,
        body text not null,
        transaction_hash text not null,
        primary key (block, log_index)
      ) {clustered}`,
      `create index events_subject on events (subject, kind)`,
      `create index events_kind on events (kind, block)`,
      `create table decisions (
        id text not null,
        as_of {integer} not null,
        as_of_hash text not null,
        epoch text not null,
        facts text not null,
        score {integer} not null,
        band {integer} not null,
        primary key (id, as_of)
      ) {clustered}`,
      `create index decisions_block on decisions (as_of)`,
    ],
    down: [`drop table decisions`, `drop table events`, `drop table payments`, `drop table blocks`],
  },
  {
    up: [
      `create table shadow_decisions (
        id text not null,
        as_of {integer} not null,
        model text not null,
        score {integer} not null,
        band {integer} not null,
        current_score {integer} not null,
        current_band {integer} not null,
        primary key (id, as_of, model)
      ) {clustered}`,
      `create table epoch_tokens (
        epoch text not null,
        token text not null,
        shift {integer} not null,
        class {integer} not null,
        primary key (epoch, token)
      ) {clustered}`,
    ],
    down: [`drop table epoch_tokens`, `drop table shadow_decisions`],
  },
];

export const GUARD_MIGRATIONS: readonly Migration[] = [
  {
    up: [
      `create table guard (
        subject text not null,
        epoch text not null,
        as_of {integer} not null,
        as_of_hash text not null,
        facts text not null,
        signature text,
        primary key (subject, epoch, as_of, as_of_hash)
      ) {clustered}`,
    ],
    down: [`drop table guard`],
    irreplaceable: "guard",
  },
];
