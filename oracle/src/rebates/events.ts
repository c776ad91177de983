/** What rebates are computed from: payments of one token and what became of them, in the order of the chain. Lower-case 0x text. */

/** Where an event stands on the chain. */
export interface Place {
  readonly block: number;
  readonly logIndex: number;
}

export interface AuthorizedPayment extends Place {
  readonly kind: "authorized";
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly operator: string;
  readonly feeReceiver: string;
  readonly arbiter: string;
  /** Twelve bytes of the terms, or what a suffix behind the calldata gives; zeros name nobody. */
  readonly referral: string;
  /** Where the referral stands, the terms where nothing is said. */
  readonly attributedBy?: "suffix";
  /** Block's timestamp in seconds, here and below. */
  readonly time: number;
}

/** Money of a payment went to the payee, by a capture, a charge, a ruling or a settlement. Smallest units. */
export interface CapturedAmount {
  readonly kind: "captured";
  readonly id: string;
  readonly amount: bigint;
  /** The protocol's part of the fee in it. */
  readonly protocolFee: bigint;
  readonly time: number;
}

export interface RefundedAmount {
  readonly kind: "refunded";
  readonly id: string;
  readonly amount: bigint;
  readonly reasonCode: number;
  readonly time: number;
}

/** The arbiter of the terms gave the payer money back. */
export interface RuledAmount {
  readonly kind: "ruled";
  readonly id: string;
  readonly by: string;
  readonly toPayer: bigint;
  readonly time: number;
}

/** The list registry's lists: of accounts, and of payment ids. */
export const LISTS = ["sanctioned", "reported", "fraud"] as const;
export type ListName = (typeof LISTS)[number];

/** A batch of the list registry. */
export interface ListedEntries {
  readonly kind: "listed";
  readonly list: ListName;
  readonly removal: boolean;
  readonly entries: readonly string[];
}

/** A referral code was registered, is paid elsewhere, or belongs to somebody else. */
export interface CodeChange {
  readonly kind: "code";
  /** 32 bytes. */
  readonly code: string;
  /** What stands for it in terms, twelve bytes; where it is registered. */
  readonly tag?: string;
  /** Where it changed. */
  readonly owner?: string;
  readonly payout: string;
}

export type RebateEvent =
  AuthorizedPayment | CapturedAmount | RefundedAmount | RuledAmount | ListedEntries | CodeChange;

/** Terms without a referral. */
export const NO_REFERRAL = `0x${"0".repeat(24)}`;
