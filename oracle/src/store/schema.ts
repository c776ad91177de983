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

export interface DecisionRow {
  id: string;
  as_of: number;
  as_of_hash: string;
  epoch: string;
  facts: string;
  score: number;
  band: number;
}

export interface ChainTables {
  meta: MetaRow;
  blocks: BlockRow;
  payments: PaymentRow;
  events: EventRow;
  decisions: DecisionRow;
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
