import type { ChannelSite } from "../channels.ts";
import { checkAddress } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import type { ReceiptsText } from "./receipts.ts";
import {
  amountIn,
  decodeHeader,
  depositKinds,
  headers,
  networkOf,
  pick,
  scheme,
  x402Version,
  type DepositKind,
} from "./wire.ts";

/** What a seller asks for, as far as a payer believes and uses it. */
export type Ask = {
  error: string;
  price: bigint;
  token: string;
  payee: string;
  exitDelay: number;
  minDeposit: bigint;
  /** Ways by which the seller submits deposits, as far as what they need is known. */
  deposits: readonly DepositKind[];
  tokenDomain: { tokenName: string; tokenVersion: string } | undefined;
  nextAmount: bigint | undefined;
  /** What the seller says was served, with the payer's own voucher as proof. */
  state: { channel: string; spent: bigint; signed: bigint; signature: string } | undefined;
  /** Who signs receipts, where the seller gives any. */
  receipts: ReceiptsText | undefined;
  /** The entry itself, which goes back with the voucher. */
  accepted: object;
};

/**
 * Reads a 402: the first entry that is of this contract and chain.
 * @throws SluiceError `PAYMENT_INVALID` where there is none, or it cannot be read
 */
export function readAsk(response: Response, site: ChannelSite): Ask {
  const text = response.headers.get(headers.required);
  if (text === null) throw invalid(`status 402 without ${headers.required}: no seller of x402 version 2`);
  const all = decodeHeader(headers.required, text);
  if (pick(all, "x402Version") !== x402Version) throw invalid("x402Version: want 2");
  const entries = pick(all, "accepts");
  const own = (Array.isArray(entries) ? entries : []).find((entry) => isOf(site, entry)) as object | undefined; // isOf says so
  if (own === undefined) {
    throw invalid(`accepts: nothing payable by ${scheme} on ${networkOf(site)} through ${site.channels}`);
  }
  return { ...readEntry(own), error: String(pick(all, "error")), accepted: own };
}

function readEntry(entry: object): Omit<Ask, "error" | "accepted"> {
  const extra = pick(entry, "extra");
  const [name, version] = [pick(extra, "name"), pick(extra, "version")];
  const named = typeof name === "string" && typeof version === "string";
  const optional = (field: string): bigint | undefined =>
    pick(extra, field) === undefined ? undefined : amountIn(extra, field);
  return {
    price: amountIn(entry, "amount"),
    token: checkAddress("asset", pick(entry, "asset")),
    payee: checkAddress("payTo", pick(entry, "payTo")),
    exitDelay: Number(pick(extra, "withdrawDelay")),
    minDeposit: optional("minDeposit") ?? 0n,
    deposits: depositsIn(extra).filter((kind) => named || kind === "permit2"),
    tokenDomain: named ? { tokenName: name, tokenVersion: version } : undefined,
    nextAmount: optional("nextAmount"),
    state: readState(extra),
    receipts: readReceipts(pick(extra, "receipts")),
  };
}

function depositsIn(extra: unknown): DepositKind[] {
  const listed = pick(extra, "deposits");
  if (!Array.isArray(listed)) return pick(extra, "sponsored") === true ? ["eip3009"] : [];
  return depositKinds.filter((kind) => listed.includes(kind));
}

function readReceipts(receipts: unknown): ReceiptsText | undefined {
  if (receipts === undefined) return undefined;
  const signer = checkAddress("receipts.signer", pick(receipts, "signer"));
  const [expiry, signature] = [pick(receipts, "expiry"), pick(receipts, "signature")];
  const named = typeof expiry === "number" && typeof signature === "string";
  return named ? { signer, expiry, signature } : { signer };
}

function readState(extra: unknown): Ask["state"] {
  const [channelState, voucherState] = [pick(extra, "channelState"), pick(extra, "voucherState")];
  const [channel, signature] = [pick(channelState, "channelId"), pick(voucherState, "signature")];
  if (typeof channel !== "string" || typeof signature !== "string") return undefined;
  return {
    channel,
    spent: amountIn(channelState, "chargedCumulativeAmount"),
    signed: amountIn(voucherState, "signedMaxClaimable"),
    signature,
  };
}

function isOf(site: ChannelSite, entry: unknown): boolean {
  const channels = pick(pick(entry, "extra"), "channels");
  const here = typeof channels === "string" && channels.toLowerCase() === site.channels.toLowerCase();
  return here && pick(entry, "scheme") === scheme && pick(entry, "network") === networkOf(site);
}

/** What an answer to a paid call says was charged; undefined where it says nothing that can be read. */
export function chargedBy(response: Response): bigint | undefined {
  const text = response.headers.get(headers.response);
  if (text === null) return undefined;
  try {
    return amountIn(pick(decodeHeader(headers.response, text), "extra"), "chargedAmount");
  } catch (error) {
    if (error instanceof SluiceError) return undefined; // the seller's word; the next 402 corrects the payer
    throw error;
  }
}

function invalid(message: string): SluiceError {
  return new SluiceError("PAYMENT_INVALID", message);
}
