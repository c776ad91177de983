import { channelId } from "../channels.ts";
import type { PaidTerms } from "../sessionText.ts";
import { networkOf, problems, readPayload, readPayment, type ArrivedPayment, type Problem } from "../pay402/wire.ts";
import { SluiceError } from "../failure.ts";
import type { PaidRequest } from "./http.ts";
import type { Settled } from "./options.ts";
import { nextAmount, siteKey, type ChannelRecord, type Outcome } from "./store.ts";
import { fitsSession, sessionRefusal } from "./sessions.ts";
import { voucherSignatures } from "./signatures.ts";
import { submitDeposit, tryDeposit } from "./sponsor.ts";
import { channelWatch, type ChannelFunds, type ChannelWatch } from "./watch.ts";

/** What became of a voucher; `problem` is undefined where it was accepted. */
export type Judgement = {
  problem: Problem | undefined;
  terms?: PaidTerms;
  channel?: string;
  funds?: ChannelFunds;
  record?: ChannelRecord | undefined;
  /** Hash of the transaction that took the deposit, empty where there was none. */
  transaction: string;
  /** The deposit, where there was one. */
  deposited?: bigint;
};

/** Judges vouchers of one paywall: the only way by which a payer's header becomes a payment. */
export type Judge = {
  /** @param price 0 where the voucher only adds to the credit of a stream */
  judge(header: string, price: bigint): Promise<Judgement>;
  /** The same of what the header carries. */
  judgePayload(payload: unknown, price: bigint): Promise<Judgement>;
  /** What `judgePayload` would say, as far as that can be known: accepts nothing and submits no deposit. */
  tryPayload(payload: unknown, price: bigint): Promise<Judgement>;
  readonly watch: ChannelWatch;
};

const idsKept = 100_000;

/** What judging takes. */
type Means<Request extends PaidRequest> = {
  options: Settled<Request>;
  /** Of the store. */
  site: string;
  signed: ReturnType<typeof voucherSignatures>;
  isNamed: (terms: PaidTerms, channel: string) => boolean;
  watch: ChannelWatch;
};

export function judgeOf<Request extends PaidRequest>(options: Settled<Request>): Judge {
  const { site } = options;
  const means: Means<Request> = {
    options,
    site: siteKey(site),
    signed: voucherSignatures(site, options),
    isNamed: rememberedIds((terms) => channelId(terms, site)),
    watch: channelWatch(site, options),
  };
  return {
    judge: (header, price) => judged(means, arrived(readPayment, header), price),
    judgePayload: (payload, price) => judged(means, arrived(readPayload, payload), price),
    tryPayload: (payload, price) => tried(means, arrived(readPayload, payload), price),
    watch: means.watch,
  };
}

async function judged<Request extends PaidRequest>(
  { options, site, signed, isNamed, watch }: Means<Request>,
  payment: ArrivedPayment | Problem,
  price: bigint,
): Promise<Judgement> {
  if (typeof payment === "string") return { problem: payment, transaction: "" };
  const { terms, channel, cumulative, signature } = payment;
  const seen = { terms, channel, ...(payment.deposit && { deposited: payment.deposit.amount }) };
  const wrong = wrongIn(payment, options, isNamed);
  if (wrong) return { problem: wrong, transaction: "" };
  const verdict = signed({ terms, channel, cumulative, signature });
  const signer = typeof verdict === "string" ? verdict : await verdict; // a key's costs no turn of the loop
  if (signer === "invalid") return { problem: problems.signature, transaction: "" };
  if (signer === "busy") return { problem: problems.busy, transaction: "" };
  const { deposit } = payment;
  const { store } = options;
  const deposited = deposit && (await submitDeposit({ ...payment, deposit }, options, watch));
  if (deposited && "problem" in deposited) return { problem: deposited.problem, transaction: "" };
  const transaction = deposited?.transaction ?? "";
  const funds = await watch.funds(terms, channel, cumulative);
  const refused = refusal(funds, terms, cumulative, options);
  if (refused) return { ...seen, problem: refused, funds, record: await store.find(channel), transaction };
  if (signer === "contract") {
    const record = await store.find(channel);
    if (isTooMuch(cumulative, funds, record, options)) {
      return { ...seen, problem: problems.unredeemed, funds, record, transaction };
    }
  }
  const at = Math.floor(options.now());
  const { claimed } = funds;
  const entry = { channel, site, terms, cumulative, signature, price, claimed, at };
  const { done, record }: Outcome = await store.accept(entry);
  return { ...seen, problem: done ? undefined : problems.amount, funds, record, transaction };
}

async function tried<Request extends PaidRequest>(
  { options, signed, isNamed, watch }: Means<Request>,
  payment: ArrivedPayment | Problem,
  price: bigint,
): Promise<Judgement> {
  if (typeof payment === "string") return { problem: payment, transaction: "" };
  const { terms, channel, cumulative, deposit } = payment;
  const wrong = wrongIn(payment, options, isNamed);
  if (wrong) return { problem: wrong, transaction: "" };
  const signer = await signed(payment);
  if (signer === "invalid") return { problem: problems.signature, transaction: "" };
  if (signer === "busy") return { problem: problems.busy, transaction: "" };
  const unfit = deposit && (await tryDeposit({ ...payment, deposit }, options, watch));
  if (unfit) return { problem: unfit, transaction: "" };
  const funds = await watch.funds(terms, channel, cumulative - (deposit?.amount ?? 0n));
  const coming = deposit ? { ...funds, usable: true, deposit: funds.deposit + deposit.amount } : funds;
  const record = await options.store.find(channel);
  const seen = { terms, channel, funds, record, transaction: "" };
  const refused = refusal(coming, terms, cumulative, options);
  if (refused) return { ...seen, problem: refused };
  if (signer === "contract" && isTooMuch(cumulative, funds, record, options)) {
    return { ...seen, problem: problems.unredeemed };
  }
  const { claimed } = funds;
  const least = nextAmount(record ?? { signed: claimed, spent: claimed }, price);
  return { ...seen, problem: cumulative < least ? problems.amount : undefined };
}

/** What is wrong with a payment by itself, without its signature. */
function wrongIn<Request extends PaidRequest>(
  payment: ArrivedPayment,
  options: Settled<Request>,
  isNamed: Means<Request>["isNamed"],
): Problem | undefined {
  const mismatch = mismatchOf(payment, options);
  if (mismatch) return mismatch;
  if (!fitsSession(payment.terms, options.site, options)) return problems.session;
  return isNamed(payment.terms, payment.channel) ? undefined : problems.channelId;
}

function arrived<From>(read: (from: From) => ArrivedPayment, from: From): ArrivedPayment | Problem {
  try {
    return read(from);
  } catch (error) {
    if (error instanceof SluiceError) return problems.payload;
    throw error;
  }
}

function mismatchOf<Request extends PaidRequest>(
  { network, asset, payTo, terms }: ArrivedPayment,
  options: Settled<Request>,
): Problem | undefined {
  const { payee, token, minExitDelaySeconds } = options;
  const asked = network === networkOf(options.site) && asset === token && payTo === payee;
  const fits = terms.payee === payee && terms.token === token && terms.exitDelay >= minExitDelaySeconds;
  return asked && fits ? undefined : problems.requirements;
}

/** Why the chain does not back the voucher; the contract would pay it until the last second, the seller stops before. */
function refusal<Request extends PaidRequest>(
  { usable, deposit, closeAt, session }: ChannelFunds,
  terms: PaidTerms,
  cumulative: bigint,
  { now, closeMarginSeconds }: Settled<Request>,
): Problem | undefined {
  if (!usable) return problems.channel;
  if (closeAt !== 0 && now() >= closeAt - closeMarginSeconds) return problems.closing;
  if (cumulative > deposit) return problems.balance;
  if (terms.session === undefined || session === undefined) return undefined;
  const { use, counted } = session;
  return sessionRefusal(terms.session, use, { cumulative, counted, now: now(), marginSeconds: closeMarginSeconds });
}

/** Whether a contract, which may change its mind until the voucher is redeemed, would owe more than the seller risks. */
function isTooMuch<Request extends PaidRequest>(
  cumulative: bigint,
  { claimed }: ChannelFunds,
  record: ChannelRecord | undefined,
  { contractSigners }: Settled<Request>,
): boolean {
  const redeemed = record !== undefined && record.redeemed > claimed ? record.redeemed : claimed;
  return cumulative - redeemed > (contractSigners?.mostUnredeemed ?? 0n);
}

/** Terms whose id was computed, by that id: a payer's thousand calls carry the same, and comparing is cheaper than hashing. */
function rememberedIds(idOf: (terms: PaidTerms) => string): (terms: PaidTerms, channel: string) => boolean {
  const seen = new Map<string, PaidTerms>();
  return (terms, channel) => {
    const known = seen.get(channel);
    if (known !== undefined) return sameTerms(known, terms);
    if (idOf(terms) !== channel) return false;
    if (seen.size >= idsKept) seen.clear();
    seen.set(channel, terms);
    return true;
  };
}

/** A session is checked by itself: the terms name it by their signer and salt. */
function sameTerms(a: PaidTerms, b: PaidTerms): boolean {
  const parties = a.payer === b.payer && a.payee === b.payee && a.token === b.token && a.signer === b.signer;
  return parties && a.exitDelay === b.exitDelay && a.salt === b.salt;
}
