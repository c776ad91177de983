import type { PaidTerms } from "../sessionText.ts";

/** What a seller keeps of a channel: of its vouchers the highest, and how much of it was served. */
export type ChannelRecord = {
  /** The channel's id. */
  channel: string;
  /** Chain and contract, as `siteKey` names them. */
  site: string;
  terms: PaidTerms;
  /** Highest accepted voucher, in the token's smallest unit as all amounts here; what was claimed on chain before the first. */
  signed: bigint;
  /** That voucher's signature; empty before the first. */
  signature: string;
  /** What was served for it; never above `signed`. The difference is the payer's credit. */
  spent: bigint;
  /** Up to where the contract has paid, or holds in its queue. */
  redeemed: bigint;
  /** When the first voucher after `redeemed` was accepted, seconds since the Unix epoch; 0 where there is none. */
  unredeemedSince: number;
};

/** A verified voucher that shall pay for something. */
export type Payment = {
  channel: string;
  site: string;
  terms: PaidTerms;
  cumulative: bigint;
  signature: string;
  /** What is served for it at once; 0 where it only adds to the credit of a stream. */
  price: bigint;
  /** What the chain says was claimed; where a channel that the store does not know begins. */
  claimed: bigint;
  /** Seconds since the Unix epoch. */
  at: number;
};

/** What can happen to a channel's record. */
export type Change =
  | { kind: "accept"; channel: string; payment: Payment }
  | { kind: "spend"; channel: string; amount: bigint }
  | { kind: "giveBack"; channel: string; amount: bigint }
  | { kind: "redeemed"; channel: string; cumulative: bigint; at: number };

/** Whether the change was made, and the record as it stands now; undefined where the channel is not known. */
export type Outcome = { done: boolean; record: ChannelRecord | undefined };

/**
 * Where a seller keeps vouchers. Each change is made once or not at all, whichever processes share the store, and what is
 * answered is as durable as the store promises.
 */
export interface VoucherStore {
  find(channel: string): Promise<ChannelRecord | undefined>;
  /** Every record of a site. */
  all(site: string): Promise<ChannelRecord[]>;
  /**
   * Accepts a voucher that is higher than the last one and pays for all that was served and for this. Of two vouchers of the
   * same amount one is accepted, of a thousand one too.
   */
  accept(payment: Payment): Promise<Outcome>;
  /** Serves something more out of the credit; not done where the credit is short. */
  spend(channel: string, amount: bigint): Promise<Outcome>;
  /** Takes back what was accepted and not served; it becomes credit. */
  giveBack(channel: string, amount: bigint): Promise<Outcome>;
  /** Notes up to where the contract has paid. */
  redeemed(channel: string, cumulative: bigint, at: number): Promise<Outcome>;
  /** Waits for what is under way and lets go of what the store opened itself. */
  close(): Promise<void>;
}

/** How stores name a site. */
export function siteKey(site: { chainId: number | bigint; channels: string }): string {
  return `${site.chainId}:${site.channels.toLowerCase()}`;
}

/** The least amount the next voucher must name: it pays for all that was served and for this, and is higher than the last. */
export function nextAmount(record: Pick<ChannelRecord, "signed" | "spent">, price: bigint): bigint {
  const due = record.spent + price;
  return due > record.signed ? due : record.signed + 1n;
}

/** The one rule of every store: what a change makes of a record. */
export function applied(record: ChannelRecord | undefined, change: Change): Outcome {
  if (change.kind === "accept") return accepted(record ?? firstRecord(change.payment), change.payment);
  if (record === undefined) return { done: false, record };
  switch (change.kind) {
    case "spend": {
      const spent = record.spent + change.amount;
      return spent > record.signed ? { done: false, record } : { done: true, record: { ...record, spent } };
    }
    case "giveBack": {
      const spent = record.spent - change.amount;
      return spent < 0n ? { done: false, record } : { done: true, record: { ...record, spent } };
    }
    case "redeemed":
      return redeemedUpTo(record, change.cumulative, change.at);
  }
}

function firstRecord({ channel, site, terms, claimed }: Payment): ChannelRecord {
  const amounts = { signed: claimed, spent: claimed, redeemed: claimed };
  return { channel, site, terms, ...amounts, signature: "", unredeemedSince: 0 };
}

function accepted(record: ChannelRecord, { cumulative, signature, price, at }: Payment): Outcome {
  if (cumulative < nextAmount(record, price)) return { done: false, record };
  const unredeemedSince = record.unredeemedSince === 0 ? at : record.unredeemedSince;
  const next = { ...record, signed: cumulative, signature, spent: record.spent + price, unredeemedSince };
  return { done: true, record: next };
}

function redeemedUpTo(record: ChannelRecord, cumulative: bigint, at: number): Outcome {
  if (cumulative <= record.redeemed) return { done: false, record };
  const unredeemedSince = record.signed > cumulative ? at : 0;
  return { done: true, record: { ...record, redeemed: cumulative, unredeemedSince } };
}
