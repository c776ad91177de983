/** A transaction of the keeper. Amounts are decimal text in wei. */
export interface SendRow {
  /** Hash of the first transaction signed for it. */
  id: string;
  /** Lower-case address that sends. */
  account: string;
  nonce: number;
  /** What it does, one name for one piece of work. */
  job: string;
  target: string;
  data: string;
  gas_limit: string;
  max_fee: string;
  priority_fee: string;
  /** JSON list of the hashes signed for this nonce, oldest first: each replacement adds one. */
  hashes: string;
  /** The newest of them, signed and serialized: sent again after a restart or a reorganisation. */
  raw: string;
  /** `open`: not in a block. `mined`, `reverted`: in one. `displaced`: its nonce was used by somebody else. */
  state: "open" | "mined" | "reverted" | "displaced";
  /** Head when it was sent last. */
  sent_block: number;
  mined_block: number | null;
  /** What it cost, null while it is open. */
  cost: string | null;
  /** Day of the chain's clock its cost counts for. */
  day: number;
}

/** A paper somebody handed to the keeper: an order, a settlement or a voucher. */
export interface PaperRow {
  kind: "order" | "settlement" | "voucher";
  /** Payment or channel id. */
  subject: string;
  /** The paper as JSON, amounts as decimal text. */
  body: string;
  /** `open`, or why it is over. */
  state: string;
  given_block: number;
}

export interface KeeperTables {
  keeper_sends: SendRow;
  keeper_papers: PaperRow;
}
