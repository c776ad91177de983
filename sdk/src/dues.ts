import { TypedDataEncoder, type TypedDataDomain } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { escrowDomain, paymentBatchTypes } from "./generated/eip712.ts";
import { checkTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

/** One payment's terms; or those of a batch, milestones or a cart, of one payer and one token. */
export type TermsOrBatch = Terms | readonly Terms[];

/** What a payer consents to at once. */
export type Due = {
  payer: string;
  token: string;
  /** The sum, in the token's smallest unit. */
  amount: bigint;
  /** The earliest authorizeBy, in seconds since the Unix epoch. */
  deadline: number;
  /** The payment's id; of a batch the digest of its ids. */
  digest: string;
};

/**
 * What a payer's one signature is for.
 * @throws SluiceError `TERMS_INVALID`, naming the field; as `checkTerms`
 */
export function dueOf(terms: TermsOrBatch, site: EscrowSite): Due {
  const list = listOf(terms);
  const [first] = list;
  if (first === undefined) throw new SluiceError("TERMS_INVALID", "a batch of no payments", "terms");
  for (const each of list) checkTerms(each);
  const payer = checkAddress("payer", first.payer);
  const token = checkAddress("token", first.token);
  for (const each of list) {
    if (checkAddress("payer", each.payer) !== payer) throw mixed("payer", each.payer, payer);
    if (checkAddress("token", each.token) !== token) throw mixed("token", each.token, token);
  }
  const amount = list.reduce((sum, each) => sum + each.amount, 0n);
  const deadline = Math.min(...list.map(({ authorizeBy }) => authorizeBy));
  return { payer, token, amount, deadline, digest: isBatch(terms) ? batchDigest(list, site) : paymentId(first, site) };
}

/**
 * What the payer's wallet signs for a batch.
 * @example
 * const { domain, types, message } = batchTypedData([first, second], { chainId: 8453, escrow });
 */
export function batchTypedData(
  terms: readonly Terms[],
  site: EscrowSite,
): {
  domain: TypedDataDomain;
  types: Record<string, { name: string; type: string }[]>;
  message: { payments: string[] };
} {
  const domain = domainOf(site);
  const types = { PaymentBatch: [...paymentBatchTypes.PaymentBatch] };
  return { domain, types, message: { payments: terms.map((each) => paymentId(each, site)) } };
}

/** The EIP-712 domain of everything that is signed for an escrow. */
export function domainOf(site: EscrowSite): TypedDataDomain {
  return {
    ...escrowDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("escrow", site.escrow),
  };
}

export function isBatch(terms: TermsOrBatch): terms is readonly Terms[] {
  return Array.isArray(terms);
}

function listOf(terms: TermsOrBatch): readonly Terms[] {
  return isBatch(terms) ? terms : [terms];
}

function batchDigest(terms: readonly Terms[], site: EscrowSite): string {
  const { domain, types, message } = batchTypedData(terms, site);
  return TypedDataEncoder.hash(domain, types, message);
}

function mixed(field: "payer" | "token", value: string, first: string): SluiceError {
  return new SluiceError("TERMS_INVALID", `${field}: ${value} in a batch whose first names ${first}`, field);
}
