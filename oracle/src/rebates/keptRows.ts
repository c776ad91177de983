/** A root that was built here. */
export interface RebateBuildRow {
  token: string;
  period: number;
  /** The root file as JSON. */
  root: string;
}

/** What a build says about an account. */
export interface RebateAccountRow {
  token: string;
  period: number;
  account: string;
  cumulative: string;
  /** The report as JSON, null for an account that has only a leaf. */
  report: string;
}

/** What a build says about a payment, by its affiliate. */
export interface RebatePaymentRow {
  token: string;
  period: number;
  /** Place in the order of the chain among the build's payments. */
  seq: number;
  account: string;
  /** The line as CSV. */
  line: string;
}

/** Tables of the service store. */
export interface RebateTables {
  rebate_builds: RebateBuildRow;
  rebate_accounts: RebateAccountRow;
  rebate_payments: RebatePaymentRow;
}

/** Everything in them can be built again. */
export const REBATE_MIGRATION = {
  up: [
    `create table rebate_builds (
      token text not null,
      period {integer} not null,
      root text not null,
      primary key (token, period)
    ) {clustered}`,
    `create table rebate_accounts (
      token text not null,
      period {integer} not null,
      account text not null,
      cumulative text not null,
      report text not null,
      primary key (token, period, account)
    ) {clustered}`,
    `create table rebate_payments (
      token text not null,
      period {integer} not null,
      seq {integer} not null,
      account text not null,
      line text not null,
      primary key (token, period, seq)
    ) {clustered}`,
    `create index rebate_payments_account on rebate_payments (account, token, period)`,
  ],
  down: [`drop table rebate_payments`, `drop table rebate_accounts`, `drop table rebate_builds`],
};
