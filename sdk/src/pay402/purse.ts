import type { Signer } from "ethers";

import { open, readChannel, topUp } from "../channelCalls.ts";
import { channelId, type ChannelSite } from "../channels.ts";
import { sessionTerms, type Session } from "../channelConsent.ts";
import { SluiceError } from "../failure.ts";
import type { PaidTerms } from "../sessionText.ts";
import type { Ask } from "./answers.ts";
import { allow, depositKindFor, randomNumber, signDeposit, signTopUp } from "./deposits.ts";
import type { SignedReceipt } from "./receipts.ts";
import { configOf, type DepositKind, type DepositText } from "./wire.ts";

/** A channel as its payer keeps it. Amounts in the token's smallest unit. */
export type PurseChannel = {
  id: string;
  terms: PaidTerms;
  deposit: bigint;
  /** Highest amount signed. */
  signed: bigint;
  /** What the payer knows was served. */
  spent: bigint;
  /** A deposit that the seller has been given to submit, until he has. */
  pending: DepositText | undefined;
  /** The last receipt of a seller who gives any. */
  receipt?: SignedReceipt;
};

/** What opens channels and adds to them. */
export type OpenWith = {
  /** Deposit of a new channel, and what is added when it is used up. */
  deposit: bigint;
  /** Most that a seller's least deposit may be, else he is not paid; `maxTotal` of `payFetch` when absent. */
  maxDeposit?: bigint;
  /** In seconds; what the seller asks for when absent. A seller who asks for more than this is not paid. */
  maxExitDelay?: number;
  /** For how long a seller may submit a deposit, in seconds; 600 when absent. */
  validSeconds?: number;
  /** Ways by which a seller may submit it, the best one first; what the seller takes when absent. */
  deposits?: readonly DepositKind[];
};

const usuallyValid = 600;

/**
 * A channel to the seller: drafted, and opened by the payer's own transaction unless the seller submits deposits.
 * @param least Deposited at least
 * @throws SluiceError `PAYMENT_REFUSED` where the exit delay is longer than the payer wants, or the least deposit more; as `open` does
 */
export async function draftChannel(
  payer: Signer,
  voucherSigner: string,
  ask: Ask,
  site: ChannelSite,
  openWith: OpenWith,
  session?: Session,
  least = 0n,
): Promise<PurseChannel> {
  if (openWith.maxExitDelay !== undefined && ask.exitDelay > openWith.maxExitDelay) {
    throw new SluiceError("PAYMENT_REFUSED", `exit delay ${ask.exitDelay} s, want ${openWith.maxExitDelay} at most`);
  }
  const { payee, token, exitDelay } = ask;
  const terms: PaidTerms = session
    ? { ...sessionTerms(session, { payee, exitDelay }, site), session }
    : {
        ...{ payer: await payer.getAddress(), payee, token, signer: voucherSigner, exitDelay },
        salt: randomNumber(),
      };
  const usual = usualDeposit(ask, openWith);
  const deposit = usual > least ? usual : least;
  const channel = { id: channelId(terms, site), terms, deposit, signed: 0n, spent: 0n };
  const kind = await depositKindFor(payer, ask, deposit, openWith.deposits);
  if (kind === undefined) {
    await allow(payer, site, terms.token, deposit);
    await open(payer, site, terms, deposit);
    return { ...channel, pending: undefined };
  }
  const deadline = await deadlineOf(payer, openWith);
  return { ...channel, pending: await signDeposit(kind, payer, ask, { terms, amount: deposit, deadline, site }) };
}

/**
 * What is deposited at once.
 * @throws SluiceError `PAYMENT_REFUSED` where the seller wants more than the payer does
 */
export function usualDeposit({ minDeposit }: Ask, { deposit, maxDeposit }: OpenWith): bigint {
  if (minDeposit <= deposit) return deposit;
  if (maxDeposit === undefined || minDeposit <= maxDeposit) return minDeposit;
  throw new SluiceError("PAYMENT_REFUSED", `minDeposit ${minDeposit}, want ${maxDeposit} at most`, "minDeposit");
}

/** Adds to the deposit, by the seller where he does that: by ERC-3009. */
export async function addTo(
  channel: PurseChannel,
  payer: Signer,
  amount: bigint,
  ask: Ask,
  site: ChannelSite,
  openWith: OpenWith,
): Promise<void> {
  const { terms } = channel;
  if ((await depositKindFor(payer, ask, amount, openWith.deposits)) === "eip3009") {
    const deadline = await deadlineOf(payer, openWith);
    channel.pending = await signTopUp(payer, ask, { terms, amount, deadline, site });
  } else {
    await allow(payer, site, terms.token, amount);
    await topUp(payer, site, terms, amount);
  }
  channel.deposit += amount;
}

/** The payload that pays up to `cumulative`. */
export function payloadOf(channel: PurseChannel, cumulative: bigint, signature: string, ask: Ask): object {
  const { id, terms, pending } = channel;
  const voucher = { channelId: id, maxClaimableAmount: cumulative.toString(), signature };
  const config = { channelConfig: configOf(terms), voucher };
  const payload = pending ? { type: "deposit", ...config, deposit: pending } : { type: "voucher", ...config };
  return { x402Version: 2, accepted: ask.accepted, payload };
}

/** Learns from the chain: a pending deposit that is there is pending no more, and what was claimed was served. */
export async function refresh(channel: PurseChannel, payer: Signer, site: ChannelSite): Promise<void> {
  if (payer.provider === null) return;
  const { deposit, open, claimed } = await readChannel(payer.provider, site, channel.terms);
  if (open && deposit >= channel.deposit) channel.pending = undefined;
  if (claimed > channel.signed) channel.signed = claimed;
  if (claimed > channel.spent) channel.spent = claimed;
}

/** Until when a seller may submit a deposit. */
async function deadlineOf(payer: Signer, { validSeconds = usuallyValid }: OpenWith): Promise<number> {
  return (await chainTime(payer)) + validSeconds;
}

/** The later of the chain's time and the clock's: a deposit must not be over before it is sent. */
async function chainTime(payer: Signer): Promise<number> {
  const block = await payer.provider?.getBlock("latest");
  return Math.max(block?.timestamp ?? 0, Math.floor(Date.now() / 1000));
}
