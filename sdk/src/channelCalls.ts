import { Interface, type BlockTag, type Result, type Signer } from "ethers";

import {
  decodeReport,
  decodeRows,
  packRows,
  type ChannelRow,
  type SignedVoucher,
  type SkippedRow,
} from "./channelBatch.ts";
import { packPayManyRows, type PayManyHeader } from "./channelConsent.ts";
import {
  channelId,
  checkChannelTerms,
  openAuthorization,
  packChannelTerms,
  type ChannelSite,
  type ChannelTerms,
  type TokenSigning,
} from "./channels.ts";
import { checkAddress, checkUint } from "./checks.ts";
import { flagIn, numberIn, textIn, wholeIn } from "./fields.ts";
import { SluiceError } from "./failure.ts";
import { paymentChannelsAbi } from "./generated/abi.ts";
import { read, type Reader } from "./read.ts";
import { execute, send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";
import { signReceiveAuthorization } from "./tokens.ts";

/** A channel's deposit is there, in the token's smallest unit as all amounts here. */
export type OpenedEvent = { id: string; payer: string; payee: string; deposit: bigint };
/** A deposit grew by `amount` to `deposit`. */
export type ToppedUpEvent = { id: string; from: string; amount: bigint; deposit: bigint };
/** Vouchers count before `closeAt`, seconds since the Unix epoch; afterwards `finalizeExit` returns the rest. */
export type ExitRequestedEvent = { id: string; closeAt: number };
/** What went back; `pending` waits for its time and is 0 once the channel is closed. */
export type ExitEvent = { id: string; returned: bigint; pending: bigint; closed: boolean };
/** An account grew by `amount` to `credit`. */
export type AccountFundedEvent = { account: string; amount: bigint; credit: bigint };
/** A list was paid: `total` in all. */
export type PaidManyEvent = { account: string; sequence: bigint; total: bigint };
/** What became of a batch; a row stands in one of the four lists. */
export type Redemption = {
  /** What went to the payee. */
  amount: bigint;
  paid: ChannelRow[];
  /** Held by the gate: `release` pays them from `releaseAt` on. */
  queued: ChannelRow[];
  /** Blocked by the gate. */
  blocked: ChannelRow[];
  skipped: SkippedRow[];
  /** Seconds since the Unix epoch; 0 where nothing was queued. */
  releaseAt: number;
};

/** A channel as the contract knows it; all false and zero when it was never opened. */
export type ChannelView = {
  id: string;
  deposit: bigint;
  claimed: bigint;
  closeAt: number;
  riskCap: bigint;
  open: boolean;
  closed: boolean;
  blocked: boolean;
  queued: boolean;
  capped: boolean;
};

const abi = new Interface(paymentChannelsAbi);

const openedEvent: EventReader<OpenedEvent> = {
  name: "Opened",
  read: (args) => ({
    id: textIn(args, "id"),
    payer: textIn(args, "payer"),
    payee: textIn(args, "payee"),
    deposit: wholeIn(args, "deposit"),
  }),
};
const toppedUpEvent: EventReader<ToppedUpEvent> = {
  name: "ToppedUp",
  read: (args) => ({
    id: textIn(args, "id"),
    from: textIn(args, "from"),
    amount: wholeIn(args, "amount"),
    deposit: wholeIn(args, "deposit"),
  }),
};
const exitRequestedEvent: EventReader<ExitRequestedEvent> = {
  name: "ExitRequested",
  read: (args) => ({ id: textIn(args, "id"), closeAt: numberIn(args, "closeAt") }),
};
const accountFundedEvent: EventReader<AccountFundedEvent> = {
  name: "AccountFunded",
  read: (args) => ({
    account: textIn(args, "account"),
    amount: wholeIn(args, "amount"),
    credit: wholeIn(args, "credit"),
  }),
};
const paidManyEvent: EventReader<PaidManyEvent> = {
  name: "PaidMany",
  read: (args) => ({
    account: textIn(args, "account"),
    sequence: wholeIn(args, "sequence"),
    total: wholeIn(args, "total"),
  }),
};

/**
 * Opens a channel out of the allowance the payer gave the contract.
 * @throws SluiceError `TERMS_INVALID`; ContractRevertedError, see `send`. So do all functions below.
 */
export async function open(
  payer: Signer,
  site: ChannelSite,
  terms: ChannelTerms,
  deposit: bigint,
  options?: SendOptions,
): Promise<Sent<OpenedEvent>> {
  checkChannelTerms(terms);
  const args = [packChannelTerms(terms), checkUint("deposit", deposit, 96)];
  return send(payer, callOf(site, "open", args), openedEvent, options);
}

/**
 * Adds to a deposit out of the allowance the caller gave the contract; what is not paid out goes back to the payer, whoever adds.
 * @param amount In the token's smallest unit
 */
export async function topUp(
  sender: Signer,
  site: ChannelSite,
  terms: ChannelTerms,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<ToppedUpEvent>> {
  const args = [packChannelTerms(terms), checkUint("amount", amount, 96)];
  return send(sender, callOf(site, "topUp", args), toppedUpEvent, options);
}

/**
 * Opens a channel by the payer's signature (ERC-3009); the payer needs no gas, anybody sends it.
 * @example
 * const usdc = { tokenName: "USD Coin", tokenVersion: "2", validBefore: now + 600 };
 * const { event } = await channels.openByAuthorization(payee, site, terms, 100_000000n, payer, usdc);
 */
export async function openByAuthorization(
  sender: Signer,
  site: ChannelSite,
  terms: ChannelTerms,
  deposit: bigint,
  payer: Signer,
  token: TokenSigning,
  options?: SendOptions,
): Promise<Sent<OpenedEvent>> {
  checkChannelTerms(terms);
  const signature = await signReceiveAuthorization(payer, openAuthorization(terms, deposit, site, token));
  const args = [packChannelTerms(terms), deposit, token.validBefore, signature];
  return send(sender, callOf(site, "openWithAuthorization", args), openedEvent, options);
}

/**
 * Redeems the last vouchers of many channels of one payee, token and exit delay. Anybody sends it.
 * @param attestation About the batch; absent within the channels' risk caps
 * @example
 * const { redemption } = await channels.redeemMany(payee, site, vouchers);
 * for (const { index, problem } of redemption.skipped) console.log(index, problem);
 */
export async function redeemMany(
  sender: Signer,
  site: ChannelSite,
  vouchers: readonly SignedVoucher[],
  { attestation = "0x", ...options }: SendOptions & { attestation?: string } = {},
): Promise<Pick<Sent<never>, "receipt" | "events"> & { redemption: Redemption }> {
  const { header, rows } = packRows(vouchers, site);
  const { receipt, events } = await execute(sender, callOf(site, "redeemMany", [header, rows, attestation]), options);
  const argsOf = (name: string): Result | undefined => events.find((log) => log.name === name)?.args;
  const rowsOf = (args: Result | undefined): ChannelRow[] => (args ? decodeRows(textIn(args, "rows")) : []);
  const [paid, held, skipped] = [argsOf("BatchRedeemed"), argsOf("BatchQueued"), argsOf("RowsSkipped")];
  const redemption = {
    amount: paid ? wholeIn(paid, "amount") : 0n,
    paid: rowsOf(paid),
    queued: rowsOf(held),
    blocked: rowsOf(argsOf("BatchBlocked")),
    skipped: skipped ? decodeReport(textIn(skipped, "report")) : [],
    releaseAt: held ? numberIn(held, "releaseAt") : 0,
  };
  return { receipt, events, redemption };
}

/**
 * Adds to an account out of the allowance the caller gave the contract; an account pays many by one signature.
 * @param amount In the token's smallest unit
 */
export async function fund(
  sender: Signer,
  site: ChannelSite,
  { token, account }: Pick<PayManyHeader, "token" | "account">,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<AccountFundedEvent>> {
  const args = [checkAddress("token", token), checkAddress("account", account), checkUint("amount", amount, 96)];
  return send(sender, callOf(site, "fund", args), accountFundedEvent, options);
}

/**
 * Pays many out of an account by its one signature. Anybody sends it; each payee gets a credit.
 * @param signature Of `signPayMany`; `0x` where the account sends it itself
 * @param attestation About the list, of `requestPayManyAttestation`; absent within the account's risk cap
 * @example
 * const header = { account: owner.address, token, sequence: 1n, deadline: now + 3_600 };
 * const rows = [{ payee: alice, amount: 5_000000n }, { payee: bob, amount: 7_000000n }];
 * const signature = await signPayMany(owner, header, packPayManyRows(rows), site);
 * await channels.payMany(anybody, site, header, rows, signature);
 */
export async function payMany(
  sender: Signer,
  site: ChannelSite,
  { account, token, sequence, deadline }: PayManyHeader,
  rows: readonly { payee: string; amount: bigint }[],
  signature: string,
  { attestation = "0x", ...options }: SendOptions & { attestation?: string } = {},
): Promise<Sent<PaidManyEvent>> {
  const args = [{ account, token, sequence, deadline }, packPayManyRows(rows), signature, attestation];
  return send(sender, callOf(site, "payMany", args), paidManyEvent, options);
}

/** Starts the exit window, by the payer. */
export async function requestExit(
  payer: Signer,
  site: ChannelSite,
  terms: ChannelTerms,
  options?: SendOptions,
): Promise<Sent<ExitRequestedEvent>> {
  return send(payer, callOf(site, "requestExit", [packChannelTerms(terms)]), exitRequestedEvent, options);
}

/** Returns the rest to the payer after the exit window, at once where the channel is blocked. Anybody sends it. */
export async function finalizeExit(
  sender: Signer,
  site: ChannelSite,
  terms: ChannelTerms,
  options?: SendOptions,
): Promise<Sent<ExitEvent>> {
  const call = callOf(site, "finalizeExit", [packChannelTerms(terms)]);
  const { receipt, events } = await execute(sender, call, options);
  const log = events.find(({ name }) => name === "Closed" || name === "ExitPending");
  if (log === undefined) {
    throw new SluiceError("CONTRACT_UNEXPECTED", `finalizeExit: neither Closed nor ExitPending in ${receipt.hash}`);
  }
  const { name, args } = log;
  const closed = name === "Closed";
  const pending = closed ? 0n : wholeIn(args, "pending");
  return { receipt, events, event: { id: textIn(args, "id"), returned: wholeIn(args, "returned"), pending, closed } };
}

/** All the contract knows of a channel. */
export async function readChannel(
  reader: Reader,
  site: ChannelSite,
  terms: ChannelTerms,
  block: BlockTag = "latest",
): Promise<ChannelView> {
  const id = channelId(terms, site);
  const answer = await read(reader, callOf(site, "channel", [id]), block);
  const state = answer[0] as Result; // a struct decodes to a result
  return {
    id,
    deposit: wholeIn(state, "deposit"),
    claimed: wholeIn(state, "claimed"),
    closeAt: numberIn(state, "closeAt"),
    riskCap: wholeIn(state, "riskCap"),
    open: flagIn(state, "open"),
    closed: flagIn(state, "closed"),
    blocked: flagIn(state, "blocked"),
    queued: flagIn(state, "queued"),
    capped: flagIn(state, "capped"),
  };
}

function callOf(site: ChannelSite, method: string, args: readonly unknown[]): Call {
  return { chainId: site.chainId, to: checkAddress("channels", site.channels), abi, method, args };
}
