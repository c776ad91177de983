import type { Migration } from "../../store/migrations.ts";

/** What peers have signed, and how they have answered: append-only but for statements that agreed and grew old. */
export const PEER_MIGRATION: Migration = {
  up: [
    `create table peer_statements (
      signer text not null,
      epoch text not null,
      subject text not null,
      as_of {integer} not null,
      as_of_hash text not null,
      facts text not null,
      signature text not null,
      leaves text not null,
      place {integer} not null,
      seq {integer} not null,
      primary key (signer, epoch, subject, as_of, as_of_hash)
    ) {clustered}`,
    `create index peer_statements_age on peer_statements (seq)`,
    `create table peer_evidence (
      signer text not null,
      epoch text not null,
      subject text not null,
      as_of {integer} not null,
      as_of_hash text not null,
      facts text not null,
      signature text not null,
      leaves text not null,
      place {integer} not null,
      at {integer} not null,
      primary key (signer, epoch, subject, as_of, as_of_hash, facts)
    ) {clustered}`,
    `create table peer_outcomes (
      seq {integer} primary key,
      signer text not null,
      from_block {integer} not null,
      to_block {integer} not null,
      counts text not null,
      latencies text not null,
      at {integer} not null
    ) {strict}`,
    `create index peer_outcomes_block on peer_outcomes (to_block)`,
  ],
  down: [`drop table peer_outcomes`, `drop table peer_evidence`, `drop table peer_statements`],
  irreplaceable: "peer_evidence",
};
