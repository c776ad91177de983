import { computeAddress, sha256, SigningKey } from "ethers";

import { compactSignature, type ChannelSite } from "../channels.ts";
import { checkAddress, checkBytes } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import {
  emptyBody,
  receiptDigestOf,
  receiptText,
  requestDigest,
  unreadBody,
  type Receipt,
  type ReceiptsText,
} from "../pay402/receipts.ts";
import { ethersCurve, type VoucherCurve } from "../vouchers/curve.ts";
import { bytesOf, hexOf } from "../vouchers/hex.ts";
import { signatureCheck } from "../vouchers/recovery.ts";
import { headerOf, pathOf, type PaidRequest, type PaidResponse } from "./http.ts";
import type { ReceiptExtension } from "../pay402/response.ts";

/** Signs receipts of one site with one key that is here, by `receiptSigner`. */
export type ReceiptSigner = {
  readonly address: string;
  /** @returns 64 bytes of hex (EIP-2098) */
  sign(receipt: Receipt): string;
};

/** Signs receipts of one site with one key that is elsewhere, by `remoteReceiptSigner`. */
export type RemoteReceiptSigner = {
  readonly address: string;
  /** @returns 64 bytes of hex (EIP-2098) */
  signLater(receipt: Receipt): Promise<string>;
};

/** Which key signs a seller's receipts. */
export type ReceiptOptions = {
  signer: ReceiptSigner | RemoteReceiptSigner;
  /** The payee's word for that key, of `signReceiptKey`; absent where it is the payee's own. */
  consent?: { expiry: number; signature: string };
  /** Longest body that a receipt names, in bytes; a longer one counts as not read. 1,048,576 when absent. */
  mostBodyBytes?: number;
};

/** Receipts for one request, once it is paid. */
export type RequestReceipt = {
  /** Whether the body is known before the answer begins, so that the receipt can be signed at once. */
  readonly immediate: boolean;
  /** Whether the signature comes from elsewhere, so that `extension` answers a promise. */
  readonly remote: boolean;
  /** The extension of `PAYMENT-RESPONSE`. */
  extension(
    paid: Pick<Receipt, "channel" | "cumulative" | "price" | "issuedAt">,
  ): ReceiptExtension | Promise<ReceiptExtension>;
};

const usualBodyBytes = 2 ** 20;
const bodyless = new Set(["GET", "HEAD"]);

/**
 * A key that signs receipts: the payee's own, or one that he names by `signReceiptKey`. It can take no money.
 * @param privateKey 32 bytes of hex
 * @example
 * const receipts = { signer: receiptSigner(process.env["RECEIPT_KEY"], site, curve) };
 * app.get("/weather", paywall({ site, payee, token, price, store, provider, receipts }), handler);
 */
export function receiptSigner(privateKey: string, site: ChannelSite, curve: VoucherCurve = ethersCurve): ReceiptSigner {
  const key = bytesOf(checkBytes("privateKey", privateKey, 32));
  const digestOf = receiptDigestOf(site, curve.keccak);
  return {
    address: computeAddress(new SigningKey(key)),
    sign: (receipt) => hexOf(curve.sign(digestOf(receipt), key)),
  };
}

/**
 * A key that signs receipts where nobody can read it: in a KMS, an HSM, another process. Each paid call waits for it, so let it be
 * near and end by itself what takes too long. A call whose receipt cannot be signed is not charged and answered with status 500.
 * @param address Of the key
 * @param signDigest Signs 32 bytes as they are; answers 64 (EIP-2098) or 65 bytes of hex
 * @example
 * const signer = remoteReceiptSigner(address, site, (digest) => kms.sign(digest));
 */
export function remoteReceiptSigner(
  address: string,
  site: ChannelSite,
  signDigest: (digest: Uint8Array) => Promise<string>,
  curve: VoucherCurve = ethersCurve,
): RemoteReceiptSigner {
  const key = checkAddress("address", address);
  const digestOf = receiptDigestOf(site, curve.keccak);
  const isSigned = signatureCheck(curve);
  return {
    address: key,
    signLater: async (receipt) => {
      const digest = Uint8Array.from(digestOf(receipt)); // the template is shared, and another receipt may come meanwhile
      const signature = compactSignature(await signDigest(digest));
      if (isSigned(() => digest, signature, key)) return signature;
      throw new SluiceError(
        "SIGNATURE_INVALID",
        `signDigest: answered another key's signature than ${key}'s`,
        "receipts",
      );
    },
  };
}

/** What a 402 says of the seller's receipts. */
export function receiptsText({ signer, consent }: ReceiptOptions): ReceiptsText {
  return { signer: signer.address, ...consent };
}

/** Watches a request's body from now on, so that a receipt can name it. */
export function receiptOf(request: PaidRequest, { signer, mostBodyBytes }: ReceiptOptions): RequestReceipt {
  const method = request.method ?? "GET";
  const path = pathOf(request);
  const immediate = isBodyless(request, method);
  const body = immediate ? () => emptyBody : bodyOf(request, mostBodyBytes ?? usualBodyBytes);
  return {
    immediate,
    remote: "signLater" in signer,
    extension: (paid) => {
      const receipt = { ...paid, request: requestDigest(method, path, body()) };
      const text = (signature: string): ReceiptExtension =>
        receiptText({ ...receipt, signature, signer: signer.address });
      return "signLater" in signer ? signer.signLater(receipt).then(text) : text(signer.sign(receipt));
    },
  };
}

function isBodyless(request: PaidRequest, method: string): boolean {
  const length = headerOf(request, "content-length");
  if (headerOf(request, "transfer-encoding") !== undefined) return false;
  return length === "0" || (length === undefined && bodyless.has(method));
}

/** SHA-256 of what the handler, or a parser before it, has read; `unreadBody` where that is not all of the body. */
function bodyOf(request: PaidRequest, mostBytes: number): () => string {
  if (request.emit === undefined) return () => unreadBody;
  const emit = request.emit.bind(request);
  const chunks: Uint8Array[] = [];
  let [bytes, ended, known] = [0, false, true];
  // Whoever reads a stream, and however, makes it emit `data`; a listener of our own would make it flow before its time.
  request.emit = (event, ...args) => {
    const [chunk] = args;
    if (event === "end") ended = true;
    if (event === "data" && known) {
      bytes += chunk instanceof Uint8Array ? chunk.length : Infinity; // text has lost its bytes
      known = bytes <= mostBytes;
      if (known && chunk instanceof Uint8Array) chunks.push(chunk);
      else chunks.length = 0;
    }
    return emit(event, ...args);
  };
  return () => (ended && known ? sha256(joined(chunks, bytes)) : unreadBody);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Calls once, before the head of an answer goes out, however it does. */
export function beforeHead(response: PaidResponse, call: () => unknown): void {
  const writeHead = response.writeHead?.bind(response);
  if (writeHead === undefined) return void call(); // no server of node:http: nothing better is known
  let called = false;
  response.writeHead = (...args) => {
    if (!called) {
      called = true;
      call();
    }
    return writeHead(...args);
  };
}
