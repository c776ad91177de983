/** Where and when an event stands on the chain. */
export interface EventPlace {
  readonly block: number;
  readonly logIndex: number;
  /** Timestamp of the block in seconds. */
  readonly time: number;
}

/** A payment was authorized. Addresses and id are lower-case 0x strings on a chain, any strings elsewhere. */
export interface AuthorizedEvent extends EventPlace {
  readonly kind: "authorized";
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly token: string;
  /** Amount in micro-units, see `microUnits`. */
  readonly micro: number;
  /** Account streams only: the transfer failed. */
  readonly failed?: true;
  /** Account streams only: the transfer called a contract. */
  readonly call?: true;
}

/** Money of a payment went to the payee. */
export interface CapturedEvent extends EventPlace {
  readonly kind: "captured";
  readonly id: string;
  readonly micro: number;
}

/** Refunds with this reason code are the payee's own word that the payment was fraud. */
export const REFUND_REASON_FRAUD = 1;

/** Captured money was paid back. Coded as fraud it is a label. */
export interface RefundedEvent extends EventPlace {
  readonly kind: "refunded";
  readonly id: string;
  readonly micro: number;
  readonly reasonCode: number;
}

/** The payment's arbiter ruled. A ruling that gives more to the payer than to the payee is a label. */
export interface RuledEvent extends EventPlace {
  readonly kind: "ruled";
  readonly id: string;
  /** Micro-units to each side. */
  readonly toPayee: number;
  readonly toPayer: number;
}

/** A data set says that the payment was fraud; a stream enters it as late as its protocol says. */
export interface LabelledEvent extends EventPlace {
  readonly kind: "labelled";
  readonly id: string;
}

/** Sanctioned and reported accounts, and payments confirmed as fraud. */
export type ListName = "sanctioned" | "reported" | "fraud";

/** A batch of entries was put on a list or taken off it. An entry that names no known payment has no effect. */
export interface ListedEvent extends EventPlace {
  readonly kind: "listed" | "unlisted";
  readonly list: ListName;
  /** Accounts, or payment ids for "fraud". */
  readonly entries: readonly string[];
}

/** Everything history is folded from. */
export type HistoryEvent = AuthorizedEvent | CapturedEvent | RefundedEvent | RuledEvent | LabelledEvent | ListedEvent;

/** An event out of order, twice, about an unknown payment, or with a value outside its range. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}
