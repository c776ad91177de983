import type { Signer } from "ethers";

import {
  disputedEvent,
  reviewedEvent,
  ruledEvent,
  settledEvent,
  type DisputedEvent,
  type ReviewedEvent,
  type RuledEvent,
  type SettledEvent,
} from "./caseEvents.ts";
import { reviewTypedData, settlementTypedData, type Review, type Settlement } from "./caseOrders.ts";
import { checkAddress, checkUint } from "./checks.ts";
import { postedEvent, type PostedEvent } from "./paymentEvents.ts";
import type { SendOptions, Sent } from "./send.ts";
import { isCoin, sendTerms } from "./sendTerms.ts";
import { checkTerms, type EscrowSite, type Terms } from "./terms.ts";

/**
 * Opens a dispute over what is in escrow, by payer or payee, while the payment is held or in appeal. The terms' bond comes out
 * of the sender's allowance for the escrow or, in native coin, with the call.
 * @throws SluiceError `TERMS_INVALID`; ContractRevertedError, see `send`. So do all functions below.
 * @example
 * const { event } = await payments.dispute(payer, site, terms);
 * console.log("the arbiter rules before", new Date(event.ruleBy * 1000));
 */
export async function dispute(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  options?: SendOptions,
): Promise<Sent<DisputedEvent>> {
  const bond = isCoin(terms) ? terms.disputeBond : 0n;
  return sendTerms(sender, site, terms, "dispute", [], disputedEvent, options, bond);
}

/**
 * Rules a dispute, by the arbiter; by payee (0) or payer (10,000), too, to give in.
 * @param payeeBps The payee's part of what is in escrow, in basis points
 */
export async function resolve(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payeeBps: number,
  options?: SendOptions,
): Promise<Sent<RuledEvent>> {
  return sendTerms(sender, site, terms, "resolve", [checkUint("payeeBps", payeeBps, 16)], ruledEvent, options);
}

/** Executes the terms' default split once the arbiter's time is over. Anybody may send it. */
export async function resolveByDefault(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  options?: SendOptions,
): Promise<Sent<RuledEvent>> {
  return sendTerms(sender, site, terms, "resolveByDefault", [], ruledEvent, options);
}

/** Of `signSettlement`; absent for the party who sends. */
export type SettlementSignatures = { payer?: string; payee?: string };

/**
 * Pays out what payer and payee have agreed on, in any state with money in escrow. Anybody may send it.
 * @example
 * const { state } = await payments.readPayment(provider, site, terms);
 * const { capturable } = state;
 * const settlement = { toPayee: capturable / 2n, toPayer: capturable - capturable / 2n, capturable, deadline };
 * const payee = await payments.signSettlement(payeeSigner, site, terms, settlement);
 * await payments.settle(payer, site, terms, settlement, { payee });
 */
export async function settle(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  settlement: Settlement,
  { payer = "0x", payee = "0x" }: SettlementSignatures,
  options?: SendOptions,
): Promise<Sent<SettledEvent>> {
  checkTerms(terms);
  const { toPayee, toPayer, deadline } = settlementTypedData(settlement, terms, site).message;
  const more = [toPayee, toPayer, deadline, payer, payee];
  return sendTerms(sender, site, terms, "settle", more, settledEvent, options);
}

/** Who has signed a review; absent where the sender is the reviewer. */
export type ReviewSignature = { reviewer: string; signature: string };

/**
 * Makes a posted band one step milder, once, by the terms' arbiter or a reviewer of the gate.
 * @param signed Of `signReview`, and whose it is
 * @example
 * const review = { fromBand: "Block", toBand: "Hold", reasonCode: 7, deadline } as const;
 * const signature = await payments.signReview(reviewer, site, terms, review);
 * await payments.review(relayer, site, terms, review, { reviewer: reviewer.address, signature });
 */
export async function review(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  milder: Review,
  signed?: ReviewSignature,
  options?: SendOptions,
): Promise<Sent<ReviewedEvent>> {
  checkTerms(terms);
  const { toBand, reasonCode, deadline } = reviewTypedData(milder, terms, site).message;
  const reviewer = signed === undefined ? await sender.getAddress() : checkAddress("reviewer", signed.reviewer);
  const more = [toBand, reasonCode, deadline, reviewer, signed?.signature ?? "0x"];
  return sendTerms(sender, site, terms, "review", more, reviewedEvent, options);
}

/** On what ground an Allow becomes a Hold. */
export type TightenOptions = SendOptions & {
  /** One that the gate answers Allow, where none is posted. */
  attestation?: string;
  /** Of `packAttestation` with one signer's facts and signature; absent where the current policy holds. */
  differing?: string;
};

/**
 * Turns an Allow into a Hold before the payee has captured: because the current policy holds from a lower score, or because
 * one signer's facts reach the Hold. Anybody may send it.
 * @returns The Hold, also where an attestation posted its Allow in the same transaction
 * @example
 * const differing = packAttestation(facts, [{ signer, signature }]);
 * const { event } = await payments.tighten(sender, site, terms, { differing });
 */
export async function tighten(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  { attestation = "0x", differing = "0x", ...options }: TightenOptions = {},
): Promise<Sent<PostedEvent>> {
  const sent = await sendTerms(sender, site, terms, "tighten", [attestation, differing], postedEvent, options);
  const last = sent.events.findLast(({ name }) => name === postedEvent.name);
  return last === undefined ? sent : { ...sent, event: postedEvent.read(last.args) };
}
