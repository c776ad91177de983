import type { Result } from "ethers";

import { nameIn, numberIn, textIn, wholeIn } from "./fields.ts";
import { bands, type Band } from "./generated/enums.ts";
import { contractErrors, type ContractErrorEntry } from "./generated/errors.ts";
import type { EventReader } from "./send.ts";
import { unpackTerms, type PackedTerms, type Terms } from "./terms.ts";

/** Authorized and captured at once. Amounts in the token's smallest unit, times in seconds since the Unix epoch. */
export type ChargedEvent = { id: string; payee: string; terms: Terms; operatorFee: bigint; protocolFee: bigint };
/** A payment of a batch was passed over; `reason` is the name of the error that `capture` would raise. */
export type SkippedEvent = { id: string; reason: string };
/** A dispute was opened; the arbiter rules before `ruleBy`. */
export type DisputedEvent = { id: string; by: string; bond: bigint; ruleBy: number };
/** A dispute was ruled; `toPayee` includes fees, `bondTo` got the bond, the zero address where there was none. */
export type RuledEvent = { id: string; by: string; toPayee: bigint; toPayer: bigint; bondTo: string };
/** Payer and payee parted what was in escrow, or a part of it; `toPayee` includes fees. */
export type SettledEvent = { id: string; toPayee: bigint; toPayer: bigint };
/** A band became one step milder; the payee may capture in [opensAt, closesAt). */
export type ReviewedEvent = {
  id: string;
  reviewer: string;
  fromBand: Band;
  toBand: Band;
  reasonCode: number;
  opensAt: number;
  closesAt: number;
};

const errors: Record<string, ContractErrorEntry | undefined> = contractErrors;
const id = (args: Result): { id: string } => ({ id: textIn(args, "id") });
const partsOf = (args: Result): SettledEvent => {
  return { ...id(args), toPayee: wholeIn(args, "toPayee"), toPayer: wholeIn(args, "toPayer") };
};

export const chargedEvent: EventReader<ChargedEvent> = {
  name: "Charged",
  read: (args) => {
    const packed = args.getValue("terms") as PackedTerms; // the ABI's struct; unpackTerms checks each word
    const fees = { operatorFee: wholeIn(args, "operatorFee"), protocolFee: wholeIn(args, "protocolFee") };
    return { ...id(args), payee: textIn(args, "payee"), terms: unpackTerms(packed), ...fees };
  },
};

export const skippedEvent: EventReader<SkippedEvent> = {
  name: "CaptureSkipped",
  read: (args) => {
    const selector = textIn(args, "reason");
    return { ...id(args), reason: errors[selector]?.name ?? selector };
  },
};

export const disputedEvent: EventReader<DisputedEvent> = {
  name: "Disputed",
  read: (args) => {
    return { ...id(args), by: textIn(args, "by"), bond: wholeIn(args, "bond"), ruleBy: numberIn(args, "ruleBy") };
  },
};

export const ruledEvent: EventReader<RuledEvent> = {
  name: "Ruled",
  read: (args) => ({ ...partsOf(args), by: textIn(args, "by"), bondTo: textIn(args, "bondTo") }),
};

export const settledEvent: EventReader<SettledEvent> = { name: "Settled", read: partsOf };

export const reviewedEvent: EventReader<ReviewedEvent> = {
  name: "Reviewed",
  read: (args) => ({
    ...id(args),
    reviewer: textIn(args, "reviewer"),
    fromBand: nameIn(args, "fromBand", bands),
    toBand: nameIn(args, "toBand", bands),
    reasonCode: numberIn(args, "reasonCode"),
    opensAt: numberIn(args, "opensAt"),
    closesAt: numberIn(args, "closesAt"),
  }),
};
