import { TypedDataEncoder, type Signer } from "ethers";

import type { Session } from "../channelConsent.ts";
import { signVoucher, voucherTypedData, type ChannelSite } from "../channels.ts";
import { checkAddress } from "../checks.ts";
import { isValidContractSignature } from "../contractSignature.ts";
import { SluiceError } from "../failure.ts";
import { voucherKeyOf } from "../sessionText.ts";
import { ethersCurve } from "../vouchers/curve.ts";
import { p256VoucherVerifier, type P256VoucherSigner } from "../vouchers/p256.ts";
import { signatureCheck } from "../vouchers/recovery.ts";
import type { VoucherSigner } from "../vouchers/sign.ts";
import { voucherVerifier } from "../vouchers/verify.ts";
import { readAsk, type Ask } from "./answers.ts";
import { budgetOf, type Budget } from "./budget.ts";
import { receiptKeys } from "./keeping.ts";
import { inTurn, sendPaid, status402, type Payer } from "./payer.ts";
import type { OpenWith, PurseChannel } from "./purse.ts";
import { isReceiptKey, receiptDigestOf } from "./receipts.ts";
import { payStream } from "./stream.ts";
import { headers } from "./wire.ts";

/** What a payer decides. All amounts in the token's smallest unit. */
export type PayFetchOptions = {
  /** Whose money it is: opens channels, adds to them, and signs vouchers where there is no session key. Has a provider. */
  signer: Signer;
  /** Signs vouchers instead, without a wallet's dialog: `voucherSigner(…)`, or with a session `p256VoucherSigner(…)`. */
  sessionKey?: VoucherSigner | P256VoucherSigner;
  /**
   * What the session key may do: the chain holds it to that. `signer` opens one channel for it, with the one payee the session
   * names; a seller who is not that payee is not paid.
   */
  session?: Session;
  /** Contract and chain; sellers who name another contract are not paid. */
  channels: ChannelSite;
  /** Most that one call may cost, all that it streams included. */
  maxPerCall: bigint;
  /** Most that is ever signed by this wrapper. */
  maxTotal: bigint;
  openWith: OpenWith;
  /** Channels to go on with, as `purse()` answered them earlier. */
  purse?: readonly PurseChannel[];
  /** Longest wait until the seller counts a deposit, in milliseconds; 120,000 when absent. */
  depositTimeoutMs?: number;
  /**
   * Pays only sellers who promise a signed receipt for each answer, and throws where one is missing or wrong; `receiptOf(response)`
   * hands it over. Receipts of sellers who give them are verified and kept either way.
   */
  requireReceipts?: boolean;
  /** What sends requests; the global `fetch` when absent. */
  fetch?: typeof globalThis.fetch;
  /** Told why the payments of a stream ended early; the stream then ends too. */
  onStreamError?: (error: unknown) => void;
};

/** A `fetch` that pays. */
export type PayFetch = ((input: string | URL | Request, init?: RequestInit) => Promise<Response>) & {
  /** All that was signed so far. */
  signed(): bigint;
  /** The channels, to be kept where the process ends before they do. */
  purse(): PurseChannel[];
};

const usualDepositTimeoutMs = 120_000;

/**
 * A `fetch` that pays sellers behind a paywall: it opens a channel at the first call, signs a voucher for each, does what a
 * corrective 402 says within its limits, and adds to the deposit when it is used up. Works in Node and in browsers.
 * @throws SluiceError `PAYMENT_LIMIT` where a call would exceed a limit, and nothing is signed; `PAYMENT_INVALID` where the
 * seller's 402 cannot be read; `PAYMENT_REFUSED` where it contradicts what was signed, or a receipt is wrong that
 * `requireReceipts` wants. Whatever `fetch` throws
 * @example
 * const fetch = payFetch({ signer, channels: site, maxPerCall: 2_000n, maxTotal: 5_000_000n, openWith: { deposit: 1_000_000n } });
 * const response = await fetch("https://api.example/weather");
 */
export function payFetch(options: PayFetchOptions): PayFetch {
  const budget = budgetOf(options.maxPerCall, options.maxTotal);
  const purse = structuredClone([...(options.purse ?? [])]);
  const asks = new Map<string, Ask>();
  let payer: Promise<Payer> | undefined;
  const paying = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    payer ??= payerOf(options, purse);
    return pay(await payer, new Request(input, init), asks, budget, options.onStreamError);
  };
  return Object.assign(paying, { signed: () => budget.signed(), purse: () => structuredClone(purse) });
}

async function pay(
  payer: Payer,
  request: Request,
  asks: Map<string, Ask>,
  budget: Budget,
  onStreamError: PayFetchOptions["onStreamError"],
): Promise<Response> {
  const { origin, pathname } = new URL(request.url);
  const route = `${request.method} ${origin}${pathname}`;
  const remember = (ask: Ask): void => void asks.set(route, { ...ask, nextAmount: undefined, state: undefined });
  let ask = asks.get(route);
  if (ask === undefined) {
    const response = await payer.fetch(request.clone());
    if (response.status !== status402) return response;
    ask = readAsk(response, payer.site);
    remember(ask);
  }
  const [asked, ofCall] = [ask, budget.call()];
  const { response } = await inTurn(payer, asked, () => sendPaid(payer, request, asked, ofCall, remember));
  const stream = response.headers.get(headers.stream);
  if (stream !== null) payStream(payer, request, stream, ofCall).catch(onStreamError ?? unheard);
  return response;
}

function unheard(): void {
  // the caller sees the stream end before its time
}

async function payerOf(options: PayFetchOptions, purse: PurseChannel[]): Promise<Payer> {
  const { signer, sessionKey, channels: site, openWith } = options;
  const check = signatureCheck(ethersCurve);
  if (sessionKey && "key" in sessionKey && options.session?.keyKind !== "P256") {
    throw new SluiceError("TERMS_INVALID", "sessionKey: a P-256 key needs a session that names it", "sessionKey");
  }
  return {
    signer,
    site,
    openWith: { maxDeposit: options.maxTotal, ...openWith },
    purse,
    session: options.session,
    depositTimeoutMs: options.depositTimeoutMs ?? usualDepositTimeoutMs,
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    voucherSigner: await nameOf(signer, sessionKey),
    sign: async (channel, cumulative) =>
      sessionKey ? sessionKey.sign(channel, cumulative) : signVoucher(signer, channel, cumulative, site),
    isOwn: ownVouchers(signer, site),
    requireReceipts: options.requireReceipts ?? false,
    check,
    receiptDigest: receiptDigestOf(site),
    receiptKey: receiptKeys((receipts, payee) => {
      return isReceiptKey(receipts, payee, site, { check, provider: signer.provider, now: Date.now() / 1000 });
    }),
    turns: new Map(),
  };
}

async function nameOf(signer: Signer, sessionKey: PayFetchOptions["sessionKey"]): Promise<string> {
  if (sessionKey && "key" in sessionKey) return sessionKey.key.toLowerCase();
  return checkAddress("signer", sessionKey?.address ?? (await signer.getAddress()));
}

/** Recognises vouchers of keys, and of the payer's account where it is a contract. */
function ownVouchers(payer: Signer, site: ChannelSite): Payer["isOwn"] {
  const verifier = voucherVerifier(site);
  const p256 = p256VoucherVerifier(site);
  return async (terms, voucher) => {
    const signer = voucherKeyOf(terms);
    if (terms.session?.keyKind === "P256") return p256({ ...voucher, key: signer });
    if (verifier.verify({ ...voucher, signer })) return true;
    if (payer.provider === null) return false;
    const { domain, types, message } = voucherTypedData(voucher.channel, voucher.cumulative, site);
    const digest = TypedDataEncoder.hash(domain, types, message);
    return isValidContractSignature(payer.provider, { signer, digest, signature: voucher.signature });
  };
}
