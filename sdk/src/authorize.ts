import type { Signer } from "ethers";

import { dueOf } from "./dues.ts";
import { escrowCall } from "./escrowCall.ts";
import { collections, type Collection } from "./generated/enums.ts";
import { signAuthorization, signPermit, signPermit2, signTerms } from "./payerSignatures.ts";
import { authorizedEvent, type AuthorizedEvent } from "./paymentEvents.ts";
import { execute, send, type SendOptions, type Sent } from "./send.ts";
import { packTerms, type EscrowSite, type Terms } from "./terms.ts";
import type { TokenDomain } from "./tokens.ts";

/** What one transaction authorized, in the order of the terms. */
export type SentMany = Pick<Sent<never>, "receipt" | "events"> & {
  authorized: readonly AuthorizedEvent[];
};

/**
 * Takes the payer's money into escrow, with a signature that is there already. Anybody may send it; native coin comes out of
 * the sender's pocket.
 * @param collection Which way the money comes
 * @param payerSignature Of `signAuthorization`, `signPermit2`, `signPermit`, `signTerms` or `signCollectorCall`; "0x" for an
 * allowance or native coin whose payer sends himself
 * @throws SluiceError `TERMS_INVALID`; ContractRevertedError, see `send`. So do all functions below.
 */
export async function authorize(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  collection: Collection,
  payerSignature: string,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const { amount } = dueOf(terms, site);
  const args = [packTerms(terms), collections.indexOf(collection), payerSignature];
  const value = collection === "Native" ? amount : 0n;
  return send(sender, escrowCall(site, "authorize", args, value), authorizedEvent, options);
}

/**
 * Takes the money of several payments into escrow under one signature: milestones with deadlines of their own, or a cart of
 * several payees. All or nothing.
 * @param terms Of one payer and one token
 * @param payerSignature As for `authorize`, signed for the whole list in this order
 * @example
 * const milestones = [first, second];
 * const signature = await payments.signPermit2(payer, site, milestones, await freePermit2Nonce(provider, payer.address));
 * const { authorized } = await payments.authorizeMany(operator, site, milestones, "Permit2", signature);
 */
export async function authorizeMany(
  sender: Signer,
  site: EscrowSite,
  terms: readonly Terms[],
  collection: Collection,
  payerSignature: string,
  options?: SendOptions,
): Promise<SentMany> {
  const { amount } = dueOf(terms, site);
  const args = [terms.map(packTerms), collections.indexOf(collection), payerSignature];
  const value = collection === "Native" ? amount : 0n;
  const { receipt, events } = await execute(sender, escrowCall(site, "authorizeMany", args, value), options);
  const authorized = events.filter(({ name }) => name === authorizedEvent.name);
  return { receipt, events, authorized: authorized.map(({ args: fields }) => authorizedEvent.read(fields)) };
}

/**
 * The payer signs, the sender submits: one call where both are at hand.
 * @param token Name and version of the token's EIP-712 domain
 * @example
 * const usdc = { tokenName: "USD Coin", tokenVersion: "2" };
 * const { event } = await payments.authorizeByAuthorization(operator, site, terms, payer, usdc);
 * console.log("in escrow:", event.id);
 */
export async function authorizeByAuthorization(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer: Signer,
  token: TokenDomain,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const signature = await signAuthorization(payer, site, terms, token);
  return authorize(sender, site, terms, "Erc3009", signature, options);
}

/**
 * Takes the money out of the allowance the payer gave the escrow.
 * @param payer Signs the terms; absent where the sender is the payer
 */
export async function authorizeByAllowance(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer?: Signer,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const signature = payer === undefined ? "0x" : await signTerms(payer, site, terms);
  return authorize(sender, site, terms, "Allowance", signature, options);
}

/**
 * Takes the money out of the allowance the payer gave Permit2, under his one signature for money and terms.
 * @param nonce One the payer has not used, see `freePermit2Nonce`
 */
export async function authorizeByPermit2(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer: Signer,
  nonce: bigint,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  return authorize(sender, site, terms, "Permit2", await signPermit2(payer, site, terms, nonce), options);
}

/**
 * Takes the money under a permit that the payer signs, and his signature of the terms.
 * @param token Name and version of the token's EIP-712 domain, and what its `nonces(payer)` answers
 */
export async function authorizeByPermit(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer: Signer,
  token: TokenDomain & { nonce: bigint },
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  return authorize(sender, site, terms, "Eip2612", await signPermit(payer, site, terms, token), options);
}

/** Pays in native coin, which the sender has; the terms' token is the zero address. */
export async function authorizeWithCoin(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer?: Signer,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const signature = payer === undefined ? "0x" : await signTerms(payer, site, terms);
  return authorize(sender, site, terms, "Native", signature, options);
}
