import type { Signer } from "ethers";

import { chargedEvent, skippedEvent, type ChargedEvent, type SkippedEvent } from "./caseEvents.ts";
import { checkUint } from "./checks.ts";
import { escrowCall } from "./escrowCall.ts";
import { collections, type Collection } from "./generated/enums.ts";
import { capturedEvent, type CapturedEvent } from "./paymentEvents.ts";
import { execute, type SendOptions, type Sent } from "./send.ts";
import { isCoin, sendTerms } from "./sendTerms.ts";
import { checkTerms, packTerms, type EscrowSite, type Terms } from "./terms.ts";

/** One payment of a batch: `amount` in the token's smallest unit with fees, the operator's fee in basis points. */
export type CaptureItem = { terms: Terms; amount: bigint; feeBps: number };

/** What came of each payment of a batch. */
export type SentCaptures = Pick<Sent<never>, "receipt" | "events"> & {
  captured: readonly CapturedEvent[];
  /** Those passed over, and why. */
  skipped: readonly SkippedEvent[];
};

/** The ground on which the payments of a batch go out. */
export type CaptureManyOptions = SendOptions & {
  /** Of `packAttestationBatch`, about all of them in order; absent where bands are posted or silence has spoken. */
  attestation?: string;
};

/**
 * Pays the payees of many payments, by the operator or the payee himself; fees stay in the ledger. A payment that cannot be
 * captured is passed over. Neighbours of one payee and token are paid by one transfer, so sort by payee.
 * @throws SluiceError `TERMS_INVALID`, `NUMBER_OUT_OF_RANGE`; ContractRevertedError, see `send`
 * @example
 * const items = payments.map((terms) => ({ terms, amount: terms.amount, feeBps: 100 }));
 * const { captured, skipped } = await payments.captureMany(operator, site, items, { attestation });
 * for (const { id, reason } of skipped) console.log(id, "was not captured:", reason);
 */
export async function captureMany(
  sender: Signer,
  site: EscrowSite,
  items: readonly CaptureItem[],
  { attestation = "0x", ...options }: CaptureManyOptions = {},
): Promise<SentCaptures> {
  const packed = items.map(({ terms, amount, feeBps }) => {
    checkTerms(terms);
    return {
      terms: packTerms(terms),
      amount: checkUint("amount", amount, 96),
      feeBps: checkUint("feeBps", feeBps, 16),
    };
  });
  const call = escrowCall(site, "captureMany", [packed, attestation]);
  const { receipt, events } = await execute(sender, call, options);
  const captured = events.filter(({ name }) => name === capturedEvent.name);
  const skipped = events.filter(({ name }) => name === skippedEvent.name);
  return {
    ...{ receipt, events },
    captured: captured.map(({ args }) => capturedEvent.read(args)),
    skipped: skipped.map(({ args }) => skippedEvent.read(args)),
  };
}

/** The operator's fee in basis points, and an attestation about the payment as of `gate.batchAsOf()`. */
export type ChargeOptions = SendOptions & { feeBps: number; attestation: string };

/**
 * Authorizes and captures everything at once, screened before the payment exists: for amounts up to the policy's charge cap.
 * By the operator or, at the highest fee of the terms, the payee. The whole amount is refundable afterwards.
 * @param collection Which way the money comes, as for `authorize`
 * @param payerSignature As for `authorize`
 * @throws SluiceError `TERMS_INVALID`, `NUMBER_OUT_OF_RANGE`; ContractRevertedError, see `send`
 * @example
 * const signature = await payments.signAuthorization(payer, site, terms, usdc);
 * const { event } = await payments.charge(operator, site, terms, "Erc3009", signature, { feeBps: 100, attestation });
 */
export async function charge(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  collection: Collection,
  payerSignature: string,
  { feeBps, attestation, ...options }: ChargeOptions,
): Promise<Sent<ChargedEvent>> {
  const more = [collections.indexOf(collection), payerSignature, checkUint("feeBps", feeBps, 16), attestation];
  const value = isCoin(terms) ? terms.amount : 0n;
  return sendTerms(sender, site, terms, "charge", more, chargedEvent, options, value);
}
