/** Rows of chain.sqlite and guard.sqlite. Hashes, addresses and ids are lower-case 0x text; amounts decimal text. */

export interface MetaRow {
  name: string;
  value: string;
}

export interface BlockRow {
  number: number;
  hash: string;
  parent: string;
  timestamp: number;
  /** 1 where the block holds events of the gate or escrow; only those are kept for ever. */
  eventful: number;
}

export interface PaymentRow {
  id: string;
  payer: string;
  payee: string;
  token: string;
  amount: string;
  /** Seven words of packed terms as one 0x text. */
  terms: string;
  block: number;
  log_index: number;
  timestamp: number;
}

export interface EventRow {
  block: number;
  log_index: number;
  kind: string;
  /** Payment id, or the epoch of a gate event. */
  subject: string;
  /** The event as JSON. */
  body: string;
  transaction_hash: string;
}

/** As much of a payment as history is folded from. */
export interface HistoryPayment extends Omit<PaymentRow, "terms"> {
  /** The arbiter's 40 digits in the terms, zeros where there is none. */
  readonly arbiter: string;
}

/** As much of an event as history is folded from. */
export interface HistoryEventRow extends Omit<EventRow, "transaction_hash"> {
  /** The amount of a capture where it was taken out of the body already. */
  readonly amount?: string;
}

/** What history is folded from, in order: a payment, or an event with the time of its block. */
export type HistoryRow =
  { readonly payment: HistoryPayment } | { readonly event: HistoryEventRow; readonly timestamp: number };

export interface DecisionRow {
  id: string;
  as_of: number;
  as_of_hash: string;
  epoch: string;
  facts: string;
  score: number;
  band: number;
}

/** What a model that is only watched says beside the one in force. */
export interface ShadowRow {
  id: string;
  as_of: number;
  /** Hash of the watched model. */
  model: string;
  score: number;
  band: number;
  current_score: number;
  current_band: number;
}

/** The token table of an epoch the gate named: what amounts in its history mean. */
export interface EpochTokenRow {
  epoch: string;
  token: string;
  shift: number;
  class: number;
}

export interface ChainTables {
  meta: MetaRow;
  blocks: BlockRow;
  payments: PaymentRow;
  events: EventRow;
  decisions: DecisionRow;
  shadow_decisions: ShadowRow;
  epoch_tokens: EpochTokenRow;
}

export interface GuardRow {
  subject: string;
  epoch: string;
  as_of: number;
  as_of_hash: string;
  facts: string;
  /** 64 bytes as 0x text, null between the moment the facts are fixed and the moment they are signed. */
  signature: string | null;
}

export interface GuardTables {
  meta: MetaRow;
  guard: GuardRow;
}
