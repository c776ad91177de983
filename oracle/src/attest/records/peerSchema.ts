/** What a node has signed, as it can be proved. Hex is lower-case, the signer's address, too. */
export interface StatementRow {
  signer: string;
  epoch: string;
  subject: string;
  as_of: number;
  as_of_hash: string;
  facts: string;
  /** 64 bytes, EIP-2098. */
  signature: string;
  /** Struct hashes of the batch it was signed in, separated by spaces; empty for a statement signed alone. */
  leaves: string;
  /** Its place among them. */
  place: number;
}

export interface PeerStatementRow extends StatementRow {
  /** Rises with every row: the oldest go first. */
  seq: number;
}

export interface PeerEvidenceRow extends StatementRow {
  /** Milliseconds of the node's clock. */
  at: number;
}

/** How one peer answered between two blocks. */
export interface PeerOutcomeRow {
  seq: number;
  signer: string;
  from_block: number;
  to_block: number;
  /** JSON: outcome, or `failed:CODE`, to its count. */
  counts: string;
  /** JSON: bucket of the latency histogram to its count. */
  latencies: string;
  at: number;
}

export interface PeerTables {
  peer_statements: PeerStatementRow;
  peer_evidence: PeerEvidenceRow;
  peer_outcomes: PeerOutcomeRow;
}
