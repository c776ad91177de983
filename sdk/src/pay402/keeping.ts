import { sha256 } from "ethers";

import { SluiceError } from "../failure.ts";
import type { Ask } from "./answers.ts";
import type { SignatureCheck } from "../vouchers/recovery.ts";
import type { PurseChannel } from "./purse.ts";
import {
  emptyBody,
  isSignedReceipt,
  readReceipt,
  requestDigest,
  unreadBody,
  type ReceiptDigest,
  type ReceiptsText,
  type SignedReceipt,
} from "./receipts.ts";
import { decodeHeader, headers } from "./wire.ts";

/** What a payer needs to believe receipts. */
export type ReceiptTrust = {
  /** Whether sellers who give no receipts, or wrong ones, are refused. */
  requireReceipts: boolean;
  check: SignatureCheck;
  receiptDigest: ReceiptDigest;
  /** Whether a key signs the payee's receipts. */
  receiptKey: (receipts: ReceiptsText, payee: string) => Promise<boolean>;
};

const receipts = new WeakMap<Response, SignedReceipt>();
const failure = 400;

/** The seller's receipt for an answer, verified; undefined where he gave none, or a wrong one. */
export function receiptOf(response: Response): SignedReceipt | undefined {
  return receipts.get(response);
}

/** @throws SluiceError `PAYMENT_REFUSED` where the payer wants receipts and the seller promises none */
export function checkPromised({ requireReceipts }: ReceiptTrust, ask: Ask): void {
  if (!requireReceipts || ask.receipts !== undefined) return;
  throw new SluiceError(
    "PAYMENT_REFUSED",
    "the seller promises no receipts, and requireReceipts wants them",
    "receipts",
  );
}

type Call = { request: Request; response: Response; ask: Ask; channel: PurseChannel; cumulative: bigint };

/**
 * Keeps the receipt of an answer with its channel, once it is verified.
 * @throws SluiceError `PAYMENT_REFUSED` with the answer in its details, where the payer wants receipts and this one is wrong
 */
export async function keepReceipt(payer: ReceiptTrust, call: Call): Promise<void> {
  const { ask, response, channel } = call;
  if (ask.receipts === undefined) return;
  const text = response.headers.get(headers.response);
  if (text === null && response.status >= failure) return; // it never came to the paywall
  const receipt = await verified(payer, call, ask.receipts, text ?? "");
  if (typeof receipt === "string") {
    if (!payer.requireReceipts) return;
    throw new SluiceError("PAYMENT_REFUSED", `receipt: ${receipt}`, "receipt", { details: { response } });
  }
  receipts.set(response, receipt);
  const last = channel.receipt;
  if (last === undefined || last.cumulative <= receipt.cumulative) channel.receipt = receipt;
}

/** The receipt, or what is wrong with it. */
async function verified(
  payer: ReceiptTrust,
  { request, ask, channel, cumulative }: Call,
  promised: ReceiptsText,
  text: string,
): Promise<SignedReceipt | string> {
  const receipt = readable(text, promised.signer);
  if (receipt === undefined) return "there is none that can be read";
  if (receipt.channel !== channel.id) return "of another channel";
  if (receipt.cumulative < cumulative) return `names ${receipt.cumulative}, ${cumulative} were signed`;
  if (receipt.price > ask.price) return `names a price of ${receipt.price}, ${ask.price} were asked for`;
  if (!(await namesRequest(receipt, request))) return "of another request";
  if (!isSignedReceipt(receipt, payer.receiptDigest, payer.check)) return `${promised.signer} did not sign it`;
  const known = await payer.receiptKey(promised, ask.payee);
  return known ? receipt : `${promised.signer} is neither the payee's key nor named by him`;
}

function readable(text: string, signer: string): SignedReceipt | undefined {
  try {
    return readReceipt(decodeHeader(headers.response, text), signer);
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

/** A seller who answers before he has read the body names none. */
async function namesRequest({ request: digest }: SignedReceipt, request: Request): Promise<boolean> {
  const { pathname, search } = new URL(request.url);
  const named = (body: string): boolean => requestDigest(request.method, `${pathname}${search}`, body) === digest;
  if (request.body === null) return named(emptyBody);
  if (named(unreadBody)) return true;
  return named(sha256(new Uint8Array(await request.clone().arrayBuffer())));
}

/** Remembers which keys are the payees', so that a contract is asked once. */
export function receiptKeys(
  ask: (receipts: ReceiptsText, payee: string) => Promise<boolean>,
  now: () => number = () => Date.now() / 1000,
): ReceiptTrust["receiptKey"] {
  const known = new Set<string>();
  return async (promised, payee) => {
    const { signer, expiry = 0, signature = "" } = promised;
    const name = `${payee}${signer}${expiry}${signature}`;
    if (known.has(name)) return now() < expiry;
    const ok = await ask(promised, payee);
    if (ok && signer !== payee) known.add(name);
    return ok;
  };
}
