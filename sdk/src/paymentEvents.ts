import type { Result } from "ethers";

import { flagIn, nameIn, numberIn, textIn, wholeIn } from "./fields.ts";
import { bands, type Band } from "./generated/enums.ts";
import type { EventReader } from "./send.ts";
import { unpackTerms, type PackedTerms, type Terms } from "./terms.ts";

/** The money is in escrow. Times are seconds since the Unix epoch, amounts the token's smallest unit, here and below. */
export type AuthorizedEvent = { id: string; payee: string; terms: Terms };
/** `amount` went out, the two fees out of it. */
export type CapturedEvent = { id: string; amount: bigint; operatorFee: bigint; protocolFee: bigint };
/** Money went back to the payer out of escrow. */
export type ReturnedEvent = { id: string; amount: bigint };
/** `reasonCode`: 0 none, 1 fraud, others are the integrator's. */
export type VoidedEvent = ReturnedEvent & { reasonCode: number };
/** Captured money went back to the payer. */
export type RefundedEvent = { id: string; from: string; amount: bigint; reasonCode: number };
/** Screening was asked for; without a band before `silentAt` the window is [opensAt, closesAt). */
export type RequestedEvent = { id: string; silentAt: number; opensAt: number; closesAt: number };
/** A band was stored; the payee may capture in [opensAt, closesAt), which is empty after a Block. */
export type PostedEvent = { id: string; band: Band; score: number; opensAt: number; closesAt: number };
/** A ledger entry was paid out, the protocol's part in it to the treasury. */
export type SweptEvent = { token: string; account: string; amount: bigint; protocolAmount: bigint };

/** What the escrow stores of a payment; all zero, false and None where it does not exist. */
export type PaymentState = {
  /** Still in escrow. */
  capturable: bigint;
  /** Captured and not refunded. */
  refundable: bigint;
  authorizedBlock: number;
  /** Posted score, 0 to 10,000. */
  score: number;
  /** Posted band. */
  band: Band;
  /** Whether screening was asked for on chain. */
  requested: boolean;
  protocolFeeBps: number;
};

/** What is stored of a payment that was held, blocked, requested, disputed or reviewed; 0 and false where nothing is. */
export type PaymentTimer = {
  silentAt: number;
  opensAt: number;
  closesAt: number;
  /** The arbiter rules before this second; 0 without a dispute. */
  ruleBy: number;
  disputedByPayee: boolean;
  reviewed: boolean;
};

const id = (args: Result): { id: string } => ({ id: textIn(args, "id") });
const amountOf = (args: Result): ReturnedEvent => ({ ...id(args), amount: wholeIn(args, "amount") });
const windowOf = (fields: Result): { opensAt: number; closesAt: number } => {
  return { opensAt: numberIn(fields, "opensAt"), closesAt: numberIn(fields, "closesAt") };
};

export const authorizedEvent: EventReader<AuthorizedEvent> = {
  name: "Authorized",
  read: (args) => {
    const packed = args.getValue("terms") as PackedTerms; // the ABI's struct; unpackTerms checks each word
    return { ...id(args), payee: textIn(args, "payee"), terms: unpackTerms(packed) };
  },
};

export const capturedEvent: EventReader<CapturedEvent> = {
  name: "Captured",
  read: (args) => {
    return { ...amountOf(args), operatorFee: wholeIn(args, "operatorFee"), protocolFee: wholeIn(args, "protocolFee") };
  },
};

export const voidedEvent: EventReader<VoidedEvent> = {
  name: "Voided",
  read: (args) => ({ ...amountOf(args), reasonCode: numberIn(args, "reasonCode") }),
};

export const reclaimedEvent: EventReader<ReturnedEvent> = { name: "Reclaimed", read: amountOf };

export const refundedEvent: EventReader<RefundedEvent> = {
  name: "Refunded",
  read: (args) => ({ ...amountOf(args), from: textIn(args, "from"), reasonCode: numberIn(args, "reasonCode") }),
};

export const requestedEvent: EventReader<RequestedEvent> = {
  name: "ScreeningRequested",
  read: (args) => ({ ...id(args), silentAt: numberIn(args, "silentAt"), ...windowOf(args) }),
};

export const postedEvent: EventReader<PostedEvent> = {
  name: "BandPosted",
  read: (args) => ({
    ...id(args),
    band: nameIn(args, "band", bands),
    score: numberIn(args, "score"),
    ...windowOf(args),
  }),
};

export const sweptEvent: EventReader<SweptEvent> = {
  name: "Swept",
  read: (args) => ({
    token: textIn(args, "token"),
    account: textIn(args, "account"),
    amount: wholeIn(args, "amount"),
    protocolAmount: wholeIn(args, "protocolAmount"),
  }),
};

/** The struct `escrow.payment` answers. */
export function stateOf(state: Result): PaymentState {
  return {
    capturable: wholeIn(state, "capturable"),
    refundable: wholeIn(state, "refundable"),
    authorizedBlock: numberIn(state, "authorizedBlock"),
    score: numberIn(state, "score"),
    band: nameIn(state, "band", bands),
    requested: flagIn(state, "requested"),
    protocolFeeBps: numberIn(state, "protocolFeeBps"),
  };
}

/** The struct `escrow.timer` answers. */
export function timerOf(timer: Result): PaymentTimer {
  return {
    silentAt: numberIn(timer, "silentAt"),
    ...windowOf(timer),
    ruleBy: numberIn(timer, "ruleBy"),
    disputedByPayee: flagIn(timer, "disputedByPayee"),
    reviewed: flagIn(timer, "reviewed"),
  };
}
