import type { Signer } from "ethers";

import type { Session } from "../channelConsent.ts";
import type { ChannelSite } from "../channels.ts";
import { voucherKeyOf, type PaidTerms } from "../sessionText.ts";
import { SluiceError } from "../failure.ts";
import { chargedBy, readAsk, type Ask } from "./answers.ts";
import type { CallBudget } from "./budget.ts";
import { depositKindFor, kindOf } from "./deposits.ts";
import { checkPromised, keepReceipt, type ReceiptTrust } from "./keeping.ts";
import { addTo, draftChannel, payloadOf, refresh, usualDeposit, type OpenWith, type PurseChannel } from "./purse.ts";
import { encodeHeader, headers, problems } from "./wire.ts";

/** Everything that paying needs; one for each wrapper. */
export type Payer = ReceiptTrust & {
  signer: Signer;
  site: ChannelSite;
  openWith: OpenWith;
  depositTimeoutMs: number;
  fetch: typeof globalThis.fetch;
  purse: PurseChannel[];
  /** What the session key may do, where it is one of a session. */
  session: Session | undefined;
  /** Who signs vouchers, and how: an address, or a P-256 key as sessions name it. */
  voucherSigner: string;
  sign: (channel: string, cumulative: bigint) => Promise<string>;
  /** Whether a voucher is one that the channel's signer has signed. */
  isOwn: (terms: PaidTerms, voucher: { channel: string; cumulative: bigint; signature: string }) => Promise<boolean>;
  /** Ends of what is under way, by payee and token. */
  turns: Map<string, Promise<void>>;
};

export const status402 = 402;
const mostCorrections = 4;
/** Longer than providers answer from their cache. */
const pauseMs = 300;

/** Vouchers to a payee go one after the other, so that none arrives after a higher one. */
export async function inTurn<T>(payer: Payer, ask: Ask, run: () => Promise<T>): Promise<T> {
  const name = `${ask.payee}${ask.token}`;
  const turn = (payer.turns.get(name) ?? Promise.resolve()).then(run);
  const over = turn.then(
    () => undefined,
    () => undefined, // whoever called is told; the next one goes on
  );
  payer.turns.set(name, over);
  return turn;
}

/**
 * Sends a request with a voucher, and again as its 402 says, until it is served or nothing helps; the last answer is returned.
 * @param latest Told what the seller asks for by now
 */
export async function sendPaid(
  payer: Payer,
  request: Request,
  first: Ask,
  budget: CallBudget,
  latest: (ask: Ask) => void,
): Promise<{ response: Response; channel: PurseChannel }> {
  const deadline = Date.now() + payer.depositTimeoutMs;
  let ask = first;
  for (let corrections = 0; ;) {
    checkPromised(payer, ask);
    const known = await channelFor(payer, ask);
    const channel = await reaching(payer, known, nextOf(known, ask), ask);
    const cumulative = nextOf(channel, ask);
    budget.sign(channel, cumulative);
    const payload = payloadOf(channel, cumulative, await payer.sign(channel.id, cumulative), ask);
    const paid = new Request(request.clone(), { headers: new Headers(request.headers) });
    paid.headers.set(headers.signature, encodeHeader(payload));
    const response = await payer.fetch(paid);
    if (response.status !== status402) {
      settle(channel, ask, response);
      await keepReceipt(payer, { request, response, ask, channel, cumulative });
      return { response, channel };
    }
    ask = readAsk(response, payer.site);
    latest(ask);
    const remedy = await remedyFor(payer, channel, ask, deadline);
    if (remedy === "none" || corrections >= mostCorrections) return { response, channel };
    if (remedy === "corrected") corrections += 1;
  }
}

async function channelFor(payer: Payer, ask: Ask): Promise<PurseChannel> {
  const known = payer.purse.find(({ terms }) => {
    const same = terms.payee === ask.payee && terms.token === ask.token && voucherKeyOf(terms) === payer.voucherSigner;
    const inSession = (terms.session === undefined) === (payer.session === undefined);
    return same && inSession && terms.exitDelay >= ask.exitDelay;
  });
  return known ?? opened(payer, ask);
}

/** A new channel, which is taken before those that are there. */
async function opened(payer: Payer, ask: Ask, least = 0n): Promise<PurseChannel> {
  const { signer, voucherSigner, site, openWith } = payer;
  const channel = await draftChannel(signer, voucherSigner, ask, site, openWith, payer.session, least);
  payer.purse.unshift(channel);
  return channel;
}

/** What the next voucher must name: what the seller says where he knows the channel, else what the payer knows. */
function nextOf(channel: PurseChannel, ask: Ask): bigint {
  if (ask.nextAmount !== undefined && ask.state?.channel === channel.id) return ask.nextAmount;
  const due = channel.spent + ask.price;
  return due > channel.signed ? due : channel.signed + 1n;
}

/** A channel whose deposit reaches so far: the same with more in it, or another one where the seller can only open. */
async function reaching(payer: Payer, channel: PurseChannel, cumulative: bigint, ask: Ask): Promise<PurseChannel> {
  if (cumulative <= channel.deposit) return channel;
  const { signer, site, openWith } = payer;
  const missing = cumulative - channel.deposit;
  const usual = usualDeposit(ask, openWith);
  const amount = missing > usual ? missing : usual;
  const kind = await depositKindFor(signer, ask, amount, openWith.deposits);
  const onlyOpens = kind !== undefined && kind !== "eip3009";
  if (onlyOpens && payer.session === undefined) return opened(payer, ask, ask.price); // a session has one channel with a payee
  await addTo(channel, signer, amount, ask, site, openWith);
  return channel;
}

/** A call that was served: its deposit is taken, and its price, no more, was charged. */
function settle(channel: PurseChannel, ask: Ask, response: Response): void {
  const charged = chargedBy(response);
  if (charged === undefined) return; // the request did not come to the paywall, or its answer not from there
  channel.pending = undefined;
  const base = ask.state?.channel === channel.id ? ask.state.spent : channel.spent;
  const spent = base + (charged < ask.price ? charged : ask.price);
  channel.spent = spent < channel.signed ? spent : channel.signed;
}

async function remedyFor(
  payer: Payer,
  channel: PurseChannel,
  ask: Ask,
  deadline: number,
): Promise<"corrected" | "waited" | "none"> {
  switch (ask.error) {
    case problems.amount:
      if (ask.state === undefined) await refresh(channel, payer.signer, payer.site);
      else await adopt(payer, channel, ask.state);
      return "corrected";
    case problems.busy:
      if (Date.now() >= deadline) return "none";
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      return "waited";
    case problems.closing:
      payer.purse.splice(payer.purse.indexOf(channel), 1);
      return "corrected";
    case problems.deposit:
    case problems.depositSmall:
      await refresh(channel, payer.signer, payer.site);
      return channel.pending === undefined ? "corrected" : "none";
    case problems.unsponsored:
      await refresh(channel, payer.signer, payer.site);
      if (channel.pending === undefined) return "corrected";
      if (ask.deposits.includes(kindOf(channel.pending))) return "none"; // he contradicts himself
      await opened(payer, ask);
      return "corrected";
    case problems.balance:
    case problems.channel:
      if (Date.now() >= deadline) return "none";
      await new Promise((resolve) => setTimeout(resolve, pauseMs)); // until the deposit is as deep as the seller wants it
      await refresh(channel, payer.signer, payer.site);
      return channel.pending === undefined ? "waited" : "none";
    default:
      return "none";
  }
}

/** Believes what the seller says was served only with the payer's own voucher for it. */
async function adopt(payer: Payer, channel: PurseChannel, state: NonNullable<Ask["state"]>): Promise<void> {
  if (state.channel !== channel.id) return;
  const voucher = { channel: channel.id, cumulative: state.signed, signature: state.signature };
  const own = await payer.isOwn(channel.terms, voucher);
  if (!own || state.spent > state.signed) {
    throw new SluiceError("PAYMENT_REFUSED", `channel ${channel.id}: the seller shows a voucher that was never signed`);
  }
  if (state.signed > channel.signed) channel.signed = state.signed;
  channel.spent = state.spent;
}
