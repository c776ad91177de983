import { AbiCoder, concat, dataLength, hexlify, toBeHex, type BytesLike, type Signer } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { batchTypedData, domainOf, dueOf, isBatch, type TermsOrBatch } from "./dues.ts";
import { collectorCallTypes } from "./generated/eip712.ts";
import { signPermit2Transfer, signTokenPermit } from "./permits.ts";
import { termsTypedData, type EscrowSite } from "./terms.ts";
import { signReceiveAuthorization, type TokenDomain } from "./tokens.ts";

/** Last word of a signature wrapped for an account that is not deployed yet (EIP-6492). */
const wrapped = `0x${"6492".repeat(16)}`;

/**
 * The payer's signature of terms, or of a batch, for money that comes out of an allowance he gave the escrow, and for native
 * coin that somebody else sends.
 * @returns What `authorize` takes with "Allowance" or "Native"
 * @throws SluiceError as `checkTerms`; so do the functions below
 */
export async function signTerms(payer: Signer, site: EscrowSite, terms: TermsOrBatch): Promise<string> {
  dueOf(terms, site);
  const { domain, types, message } = isBatch(terms) ? batchTypedData(terms, site) : termsTypedData(terms, site);
  return payer.signTypedData(domain, types, message);
}

/**
 * The payer's one signature for money and terms (ERC-3009): the payment id, or the batch's digest, is its nonce. The payer
 * needs no gas.
 * @returns What `authorize` takes with "Erc3009"
 */
export async function signAuthorization(
  payer: Signer,
  site: EscrowSite,
  terms: TermsOrBatch,
  token: TokenDomain,
): Promise<string> {
  const due = dueOf(terms, site);
  return signReceiveAuthorization(payer, {
    token: due.token,
    ...token,
    chainId: site.chainId,
    from: due.payer,
    to: site.escrow,
    value: due.amount,
    validAfter: 0,
    validBefore: due.deadline,
    nonce: due.digest,
  });
}

/**
 * The payer's one signature for money and terms by Permit2, which has his allowance; any ERC-20 will do.
 * @param nonce One he has not used, see `freePermit2Nonce`
 * @returns What `authorize` takes with "Permit2"
 */
export async function signPermit2(
  payer: Signer,
  site: EscrowSite,
  terms: TermsOrBatch,
  nonce: bigint,
): Promise<string> {
  const { token, amount, deadline, digest: payment } = dueOf(terms, site);
  const transfer = { chainId: site.chainId, token, amount, spender: site.escrow, nonce, deadline, payment };
  return packPermit2(nonce, await signPermit2Transfer(payer, transfer));
}

/** A signature for Permit2 as the escrow takes it, with its nonce. */
export function packPermit2(nonce: bigint, signature: string): string {
  return concat([toBeHex(checkUint("nonce", nonce, 256), 32), signature]);
}

/**
 * A permit (EIP-2612) for exactly the amount and, where somebody else sends, the payer's signature of the terms.
 * @param token Name and version of the token's EIP-712 domain; `nonce` as its `nonces(payer)` answers
 * @param payerSends True where the payer sends himself: one signature is enough
 * @returns What `authorize` takes with "Eip2612"
 */
export async function signPermit(
  payer: Signer,
  site: EscrowSite,
  terms: TermsOrBatch,
  { nonce, ...token }: TokenDomain & { nonce: bigint },
  payerSends = false,
): Promise<string> {
  const due = dueOf(terms, site);
  const permit = await signTokenPermit(payer, {
    ...token,
    chainId: site.chainId,
    token: due.token,
    owner: due.payer,
    spender: site.escrow,
    value: due.amount,
    nonce,
    deadline: due.deadline,
  });
  return payerSends ? permit : concat([permit, await signTerms(payer, site, terms)]);
}

/** A plug-in that brings the money, and what it is told. */
export type CollectorCall = { collector: string; data: BytesLike };

/**
 * The payer's signature for money that a plug-in brings: it names payment, plug-in and what that is told.
 * @returns What `authorize` takes with "Plugin"
 */
export async function signCollectorCall(
  payer: Signer,
  site: EscrowSite,
  terms: TermsOrBatch,
  call: CollectorCall,
): Promise<string> {
  const message = {
    payment: dueOf(terms, site).digest,
    collector: checkAddress("collector", call.collector),
    data: hexlify(call.data),
  };
  const types = { CollectorCall: [...collectorCallTypes.CollectorCall] };
  return packCollectorCall(call, await payer.signTypedData(domainOf(site), types, message));
}

/**
 * A collector's call as the escrow takes it.
 * @param signature Of `signCollectorCall`'s typed data by a contract account; "0x" where the payer sends himself
 */
export function packCollectorCall({ collector, data }: CollectorCall, signature = "0x"): string {
  return concat([checkAddress("collector", collector), toBeHex(dataLength(signature), 2), signature, data]);
}

/**
 * Wraps the signature of a contract account that is not deployed yet (EIP-6492): whoever submits it deploys the account first.
 * @param factory What deploys the account when it is called with `factoryData`
 */
export function wrapSignature(signature: string, factory: string, factoryData: BytesLike): string {
  const values = [checkAddress("factory", factory), factoryData, signature];
  return concat([AbiCoder.defaultAbiCoder().encode(["address", "bytes", "bytes"], values), wrapped]);
}
