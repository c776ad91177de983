import {
  AbiCoder,
  keccak256,
  sha256,
  toBeHex,
  toUtf8Bytes,
  TypedDataEncoder,
  type Provider,
  type Signer,
} from "ethers";

import { domainOf, type ChannelSite } from "../channels.ts";
import { checkAddress, checkBytes, checkUint } from "../checks.ts";
import { isValidContractSignature } from "../contractSignature.ts";
import { SluiceError } from "../failure.ts";
import { bytesOf } from "../vouchers/hex.ts";
import { ethersCurve } from "../vouchers/curve.ts";
import { javascriptKeccak, type Keccak } from "../vouchers/keccak.ts";
import { signatureCheck, type SignatureCheck } from "../vouchers/recovery.ts";
import { amountIn, pick } from "./wire.ts";
import type { ReceiptExtension } from "./response.ts";

/** What a seller has been paid for, in his own words. Amounts in the token's smallest unit. */
export type Receipt = {
  /** The channel's id. */
  channel: string;
  /** All that was accepted on the channel, this call included. */
  cumulative: bigint;
  /** What was charged for this call. */
  price: bigint;
  /** Seconds since the Unix epoch, by the seller's clock. */
  issuedAt: number;
  /** Which request: `requestDigest` of its method, path and body. */
  request: string;
};

/** A receipt with the seller's signature over it. */
export type SignedReceipt = Receipt & {
  /** 64 bytes of hex (EIP-2098). */
  signature: string;
  /** Whose key signed: the payee's, or one that the payee has named. */
  signer: string;
};

/** A payee's word that a key signs his receipts. */
export type ReceiptKey = { payee: string; key: string; expiry: number };

/** What a 402 says of receipts: who signs them, and by which word of the payee where that is another key. */
export type ReceiptsText = { signer: string; expiry?: number; signature?: string };

/** Where in `PAYMENT-RESPONSE` a receipt stands, as x402's extensions do. */
export const receiptExtension = "sluice-receipt" satisfies keyof ReceiptExtension;

const types = {
  Receipt: [
    { name: "channel", type: "bytes32" },
    { name: "cumulative", type: "uint96" },
    { name: "price", type: "uint96" },
    { name: "issuedAt", type: "uint40" },
    { name: "request", type: "Request" },
  ],
  Request: [
    { name: "method", type: "string" },
    { name: "path", type: "string" },
    { name: "body", type: "bytes32" },
  ],
};
const keyTypes = {
  ReceiptKey: [
    { name: "payee", type: "address" },
    { name: "key", type: "address" },
    { name: "expiry", type: "uint40" },
  ],
};
const words = AbiCoder.defaultAbiCoder();
const encoder = TypedDataEncoder.from(types);
const receiptTypehash = bytesOf(keccak256(toUtf8Bytes(encoder.encodeType("Receipt"))));
const requestTypehash = keccak256(toUtf8Bytes(encoder.encodeType("Request")));
const word = 32;
/** SHA-256 of no bytes. */
export const emptyBody = sha256("0x");
/** What a receipt names where the answer began before the body had been read. */
export const unreadBody = `0x${"00".repeat(32)}`;

/**
 * Names a request: the EIP-712 hash of `Request(string method,string path,bytes32 body)`.
 * @param path With its query, as the seller sees it
 * @param body SHA-256 of the request's body
 * @returns 32 bytes of hex
 */
export function requestDigest(method: string, path: string, body: string): string {
  const name = `${method.toUpperCase()} ${path} ${body}`;
  const known = requests.get(name);
  if (known !== undefined) return known;
  const hashes = [method.toUpperCase(), path].map((text) => keccak256(toUtf8Bytes(text)));
  const parts = [requestTypehash, ...hashes, checkBytes("body", body, 32)];
  const digest = keccak256(words.encode(["bytes32", "bytes32", "bytes32", "bytes32"], parts));
  if (requests.size >= requestsKept) requests.clear();
  if (name.length <= longestKept) requests.set(name, digest);
  return digest;
}

/** Digests of requests that were named: a route's thousand calls are often the same. */
const requests = new Map<string, string>();
const requestsKept = 10_000;
const longestKept = 256;

/** The digest of one site's receipts; the bytes it answers are overwritten by its next call. */
export type ReceiptDigest = (receipt: Receipt) => Uint8Array;

/** What a seller signs, from a fixed template under the EIP-712 domain of the channels. */
export function receiptDigestOf(site: ChannelSite, keccak: Keccak = javascriptKeccak()): ReceiptDigest {
  const struct = new Uint8Array(6 * word);
  struct.set(receiptTypehash);
  const outer = new Uint8Array(2 + 2 * word);
  outer.set([0x19, 0x01]);
  bytesOf(TypedDataEncoder.hashDomain(domainOf(site)), outer.subarray(2, 2 + word));
  const structHash = outer.subarray(2 + word);
  const part = (index: number): Uint8Array => struct.subarray(index * word, (index + 1) * word);
  const [channelPart, cumulativePart, pricePart, issuedPart, requestPart] = [
    part(1),
    part(2),
    part(3),
    part(4),
    part(5),
  ];
  const digest = new Uint8Array(word);
  return ({ channel, cumulative, price, issuedAt, request }) => {
    bytesOf(channel, channelPart);
    bytesOf(toBeHex(cumulative, word), cumulativePart);
    bytesOf(toBeHex(price, word), pricePart);
    bytesOf(toBeHex(issuedAt, word), issuedPart);
    bytesOf(request, requestPart);
    keccak(struct, structHash);
    return keccak(outer, digest);
  };
}

/**
 * Names a key that signs the payee's receipts, so that his own stays where it is.
 * @param expiry Seconds since the Unix epoch, exclusive
 * @returns 65 bytes of hex for `paywall`'s `receipts`
 * @example
 * const consent = { expiry, signature: await signReceiptKey(payee, { payee: payee.address, key: signer.address, expiry }, site) };
 */
export async function signReceiptKey(payee: Signer, key: ReceiptKey, site: ChannelSite): Promise<string> {
  return payee.signTypedData(domainOf(site), keyTypes, keyMessage(key));
}

function keyMessage({ payee, key, expiry }: ReceiptKey): ReceiptKey {
  checkUint("expiry", expiry, 40);
  return { payee: checkAddress("payee", payee), key: checkAddress("key", key), expiry };
}

/** A receipt as `PAYMENT-RESPONSE` carries it, in the shape of x402's signed receipts. */
export function receiptText(receipt: SignedReceipt): ReceiptExtension {
  const { channel, cumulative, price, issuedAt, request, signature } = receipt;
  const payload = { channelId: channel, cumulative: `${cumulative}`, price: `${price}`, issuedAt, request };
  return { [receiptExtension]: { info: { version: 1, receipt: { format: "eip712", payload, signature } } } };
}

/** @throws SluiceError naming the field that cannot be read */
export function readReceipt(response: unknown, signer: string): SignedReceipt {
  const receipt = pick(pick(pick(pick(response, "extensions"), receiptExtension), "info"), "receipt");
  const payload = pick(receipt, "payload");
  if (payload === undefined) throw new SluiceError("PAYMENT_INVALID", "there is no receipt", receiptExtension);
  return {
    channel: checkBytes("receipt.channelId", pick(payload, "channelId"), 32),
    cumulative: amountIn(payload, "cumulative"),
    price: amountIn(payload, "price"),
    issuedAt: Number(checkUint("receipt.issuedAt", pick(payload, "issuedAt"), 40)),
    request: checkBytes("receipt.request", pick(payload, "request"), 32),
    signature: String(pick(receipt, "signature")),
    signer,
  };
}

/** Whether a receipt is what it says, and its signer's. */
export function isSignedReceipt(receipt: SignedReceipt, digestOf: ReceiptDigest, check: SignatureCheck): boolean {
  return check(() => digestOf(receipt), receipt.signature, receipt.signer);
}

/**
 * Whether a receipt's signer signed it, for whoever is shown one. Whether that key is the payee's or named by him is another question.
 * @example
 * const receipt = receiptOf(response);
 * if (receipt && verifyReceipt(receipt, site) && receipt.signer === payee) console.log(receipt.cumulative, receipt.request);
 */
export function verifyReceipt(receipt: SignedReceipt, site: ChannelSite): boolean {
  return isSignedReceipt(receipt, receiptDigestOf(site), signatureCheck(ethersCurve));
}

/** Whether the payee, a key or a contract, has named the key that signs his receipts; his own needs no naming. */
export async function isReceiptKey(
  { signer, expiry = 0, signature = "0x" }: ReceiptsText,
  payee: string,
  site: ChannelSite,
  { check, provider, now }: { check: SignatureCheck; provider: Provider | null; now: number },
): Promise<boolean> {
  if (signer === payee) return true;
  if (now >= expiry) return false;
  const digest = TypedDataEncoder.hash(domainOf(site), keyTypes, keyMessage({ payee, key: signer, expiry }));
  if (check(() => bytesOf(digest), signature, payee)) return true;
  return provider !== null && isValidContractSignature(provider, { signer: payee, digest, signature });
}
