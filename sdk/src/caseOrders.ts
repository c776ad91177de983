import type { Signer, TypedDataDomain } from "ethers";

import { checkUint } from "./checks.ts";
import { domainOf } from "./dues.ts";
import { SluiceError } from "./failure.ts";
import { bands, type Band } from "./generated/enums.ts";
import { reviewTypes, settlementTypes } from "./generated/eip712.ts";
import { checkTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

/** How payer and payee part what is in escrow, or a part of it. Amounts in the token's smallest unit. */
export type Settlement = {
  /** The payee's part, fees included. */
  toPayee: bigint;
  toPayer: bigint;
  /** What is in escrow now: the settlement counts for this amount only, so it counts once. */
  capturable: bigint;
  /** It counts before this second since the Unix epoch. */
  deadline: number;
};

/** A band made one step milder: Block to Hold, or Hold to Allow. */
export type Review = {
  fromBand: Band;
  toBand: Band;
  /** Goes to the event; 0 when absent. */
  reasonCode?: number;
  /** It counts before this second since the Unix epoch. */
  deadline: number;
};

type TypedData<Message> = {
  domain: TypedDataDomain;
  types: Record<string, { name: string; type: string }[]>;
  message: Message;
};
type SettlementMessage = { payment: string; toPayee: bigint; toPayer: bigint; capturable: bigint; deadline: bigint };
type ReviewMessage = { subject: string; fromBand: bigint; toBand: bigint; reasonCode: bigint; deadline: bigint };

/**
 * What the wallets of payer and payee both sign.
 * @throws SluiceError `NUMBER_OUT_OF_RANGE`, naming the field
 */
export function settlementTypedData(
  settlement: Settlement,
  terms: Terms,
  site: EscrowSite,
): TypedData<SettlementMessage> {
  const message = {
    payment: paymentId(terms, site),
    toPayee: checkUint("toPayee", settlement.toPayee, 96),
    toPayer: checkUint("toPayer", settlement.toPayer, 96),
    capturable: checkUint("capturable", settlement.capturable, 96),
    deadline: checkUint("deadline", settlement.deadline, 40),
  };
  return { domain: domainOf(site), types: { Settlement: [...settlementTypes.Settlement] }, message };
}

/**
 * What a reviewer's wallet signs.
 * @throws SluiceError `NUMBER_OUT_OF_RANGE` or `TERMS_INVALID`, naming the field
 */
export function reviewTypedData(review: Review, terms: Terms, site: EscrowSite): TypedData<ReviewMessage> {
  const message = {
    subject: paymentId(terms, site),
    fromBand: bandIndex("fromBand", review.fromBand),
    toBand: bandIndex("toBand", review.toBand),
    reasonCode: checkUint("reasonCode", review.reasonCode ?? 0, 16),
    deadline: checkUint("deadline", review.deadline, 40),
  };
  return { domain: domainOf(site), types: { Review: [...reviewTypes.Review] }, message };
}

/**
 * The payer's or the payee's signature of a settlement.
 * @returns What `payments.settle` takes
 * @throws SluiceError as `checkTerms` and `settlementTypedData`
 */
export async function signSettlement(
  signer: Signer,
  site: EscrowSite,
  terms: Terms,
  settlement: Settlement,
): Promise<string> {
  checkTerms(terms);
  const { domain, types, message } = settlementTypedData(settlement, terms, site);
  return signer.signTypedData(domain, types, message);
}

/**
 * The signature of the terms' arbiter, or of a reviewer of the gate.
 * @returns What `payments.review` takes
 * @throws SluiceError as `checkTerms` and `reviewTypedData`
 */
export async function signReview(signer: Signer, site: EscrowSite, terms: Terms, review: Review): Promise<string> {
  checkTerms(terms);
  const { domain, types, message } = reviewTypedData(review, terms, site);
  return signer.signTypedData(domain, types, message);
}

function bandIndex(field: string, band: Band): bigint {
  const index = bands.indexOf(band);
  if (index < 0)
    throw new SluiceError("TERMS_INVALID", `${field}: ${String(band)} is none of ${bands.join(", ")}`, field);
  return BigInt(index);
}
