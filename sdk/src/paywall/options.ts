import type { Provider, Signer } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { checkAddress } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import type { DepositKind } from "../pay402/wire.ts";
import type { VoucherCurve } from "../vouchers/curve.ts";
import type { ContractSignerLimits } from "./contractSigners.ts";
import type { PaidRequest } from "./http.ts";
import type { ReceiptOptions } from "./receipts.ts";
import type { VoucherStore } from "./store.ts";
import type { KeyVerifier } from "./threads.ts";

/** What a call costs, in the token's smallest unit: one price for the route, or what the request says. */
export type Price<Request extends PaidRequest> = bigint | ((request: Request) => bigint | Promise<bigint>);

/** What a seller decides. Only the first five have no value of their own. */
export type PaywallOptions<Request extends PaidRequest = PaidRequest> = {
  /** Contract and chain. */
  site: ChannelSite;
  /** Whom the channels pay. */
  payee: string;
  /** In which token. */
  token: string;
  price: Price<Request>;
  store: VoucherStore;
  /** Where deposits are looked up. */
  provider: Provider;
  /** Name and version of the token's EIP-712 domain, for deposits by ERC-3009 and EIP-2612. */
  tokenDomain?: { name: string; version: string };
  /** Pays the gas of payers' deposits. */
  sponsor?: Signer;
  /** Ways by which the sponsor takes them: what the token can do. `["eip3009"]` when absent and `tokenDomain` is given. */
  deposits?: readonly DepositKind[];
  /** Least deposit the sponsor opens a channel for or adds; 1,000 calls' worth is a good measure. 0 when absent. */
  minDeposit?: bigint;
  /** Blocks after which a deposit counts; 2 when absent. */
  confirmations?: number;
  /** Shortest exit delay of a channel, in seconds; a day when absent. */
  minExitDelaySeconds?: number;
  /** How long before a channel closes vouchers are refused, so that the last one is redeemed in time; an hour when absent. */
  closeMarginSeconds?: number;
  /** How old what is known of the chain may be, in seconds; 30 when absent, at most half the margin. */
  maxAgeSeconds?: number;
  /** Longest wait for a voucher inside a stream, in milliseconds; 30,000 when absent. */
  topUpTimeoutMs?: number;
  /** `nativeCurve(…)` verifies some 30 times as many vouchers as what is taken when absent. */
  curve?: VoucherCurve;
  /** Checks keys' signatures instead of `curve`: `threadedVerifier(…)`. */
  verifier?: KeyVerifier;
  /** Lets contract accounts sign vouchers (EIP-1271), within these limits; only keys may when absent. */
  contractSigners?: ContractSignerLimits;
  /** Signs a receipt for each paid answer; none is given when absent. */
  receipts?: ReceiptOptions;
  /** Seconds since the Unix epoch; the system's clock when absent. */
  now?: () => number;
  /** Told what went wrong on the seller's side; the payer is told no more than status 500. `console.error` when absent. */
  onError?: (error: unknown) => void;
};

/** The options with every value there, checked. */
export type Settled<Request extends PaidRequest> = Required<Omit<PaywallOptions<Request>, Optional>> &
  Pick<PaywallOptions<Request>, Optional>;

type Optional = "tokenDomain" | "sponsor" | "curve" | "receipts" | "contractSigners" | "verifier";

const hour = 3_600;

/** @throws SluiceError naming the option that is wrong */
export function settle<Request extends PaidRequest>(options: PaywallOptions<Request>): Settled<Request> {
  const closeMarginSeconds = options.closeMarginSeconds ?? hour;
  const settled = {
    ...options,
    payee: checkAddress("payee", options.payee),
    token: checkAddress("token", options.token),
    deposits: depositsOf(options),
    minDeposit: options.minDeposit ?? 0n,
    confirmations: options.confirmations ?? 2,
    minExitDelaySeconds: options.minExitDelaySeconds ?? 24 * hour,
    closeMarginSeconds,
    maxAgeSeconds: options.maxAgeSeconds ?? Math.min(30, closeMarginSeconds / 2),
    topUpTimeoutMs: options.topUpTimeoutMs ?? 30_000,
    now: options.now ?? (() => Date.now() / 1000),
    onError: options.onError ?? ((error: unknown) => console.error(error)),
  };
  if (settled.maxAgeSeconds > closeMarginSeconds / 2) {
    throw outOfRange("maxAgeSeconds", "more than half of closeMarginSeconds: an exit would be noticed too late");
  }
  if (settled.minExitDelaySeconds <= closeMarginSeconds) {
    throw outOfRange("closeMarginSeconds", "no less than minExitDelaySeconds: a channel could close within the margin");
  }
  const { signer, consent } = options.receipts ?? {};
  if (signer !== undefined && consent === undefined && signer.address !== settled.payee) {
    const message = `receipts: ${signer.address} is not the payee, and no consent of his is given`;
    throw new SluiceError("SIGNATURE_INVALID", message, "receipts");
  }
  if (typeof options.price === "bigint" && options.price <= 0n) throw outOfRange("price", "want more than 0");
  return settled;
}

/** @throws SluiceError where a way needs the token's domain and there is none */
function depositsOf({
  sponsor,
  tokenDomain,
  deposits = tokenDomain ? ["eip3009"] : [],
}: Pick<PaywallOptions, "sponsor" | "tokenDomain" | "deposits">): readonly DepositKind[] {
  const nameless = tokenDomain === undefined && deposits.some((kind) => kind !== "permit2");
  if (nameless) throw new SluiceError("TERMS_INVALID", "tokenDomain: needed for eip3009 and eip2612", "tokenDomain");
  return sponsor === undefined ? [] : deposits;
}

function outOfRange(field: string, problem: string): SluiceError {
  return new SluiceError("NUMBER_OUT_OF_RANGE", `${field}: ${problem}`, field);
}
