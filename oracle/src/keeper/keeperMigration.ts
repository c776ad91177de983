/** What the keeper remembers: one step of the service store's schema. */
export const KEEPER_MIGRATION = {
  up: [
    `create table keeper_sends (
      id text primary key,
      account text not null,
      nonce {integer} not null,
      job text not null,
      target text not null,
      data text not null,
      gas_limit text not null,
      max_fee text not null,
      priority_fee text not null,
      hashes text not null,
      raw text not null,
      state text not null,
      sent_block {integer} not null,
      mined_block {integer},
      cost text,
      day {integer} not null
    ) {strict}`,
    `create index keeper_sends_account on keeper_sends (account, nonce)`,
    `create table keeper_papers (
      kind text not null,
      subject text not null,
      body text not null,
      state text not null,
      given_block {integer} not null,
      primary key (kind, subject)
    ) {clustered}`,
    `create index keeper_papers_state on keeper_papers (state)`,
  ],
  down: [`drop table keeper_papers`, `drop table keeper_sends`],
} as const;
