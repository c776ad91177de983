import type { FeedRow } from "../store/serviceSchema.ts";

/** An event as it stands in a stream, in a webhook's body and in the docs. */
export interface FeedEvent {
  readonly seq: number;
  readonly kind: string;
  /** Payment id, or what else the event is about; empty where nothing. */
  readonly subject: string;
  readonly block: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly transactionHash: string;
  /** Milliseconds since the Unix epoch, by the node's clock. */
  readonly at: number;
  /** The event's own arguments. */
  readonly data: unknown;
}

/** A row as clients see it. */
export function feedEvent(row: FeedRow): FeedEvent {
  const { seq, kind, subject, block, at } = row;
  const data: unknown = JSON.parse(row.body);
  const place = { block, blockHash: row.block_hash, logIndex: row.log_index, transactionHash: row.transaction_hash };
  return { seq, kind, subject, ...place, at, data };
}
