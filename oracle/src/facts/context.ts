import type { Entry, HistoryView } from "./views.ts";
import { sortAscending } from "./integers.ts";
import { levelOf, lg8 } from "./units.ts";

/** How many of an account's newest payments the facts about recent payments read. */
export const RECENT = 20;

/** How many the facts about an account's usual amounts read. */
export const USUAL = 60;

/** Seconds in a day. */
export const DAY = 86_400;

/** Seconds after which a payment without a label counts as known to be good. */
export const LABEL_DELAY = 7 * DAY;

/** The payment that is judged. Addresses and id are lower-case 0x strings. */
export interface FactPayment {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  /** Amount in micro-units. */
  readonly micro: number;
}

/** The block up to which history is read. */
export interface AsOf {
  readonly block: number;
  /** Seconds; this is "now" for every fact. */
  readonly timestamp: number;
}

/** Who the payee's recent payments came from. */
export interface PayerMix {
  /** Distinct payers. */
  readonly payers: number;
  /** Payers with one payment. */
  readonly oneTime: number;
  /** Payments of the payer with the most. */
  readonly topCount: number;
  /** Sum of the payer with the largest one. */
  readonly topSum: number;
}

/** Seconds since a moment, never negative. */
export function secondsSince(time: number, now: number): number {
  return Math.max(0, now - time);
}

/** lg8 of a number of seconds plus one, so that no time at all is zero. */
export function lgSeconds(seconds: number): number {
  return lg8(seconds + 1);
}

/** lg8 of the judged payment's amount; 0 for an amount below one micro-unit. */
export function amountLevel(context: FactContext): number {
  return levelOf(context.payment.micro);
}

function gapsOf(recent: readonly Entry[], now: number): number[] {
  return recent.map((entry, index) => lgSeconds(secondsSince(entry.time, recent[index + 1]?.time ?? now)));
}

function payerMix(recent: readonly Entry[]): PayerMix {
  const mix = { payers: 0, oneTime: 0, topCount: 0, topSum: 0 };
  recent.forEach(({ counterparty }, index) => {
    const isTheirs = (entry: Entry): boolean => entry.counterparty === counterparty;
    if (recent.findIndex(isTheirs) < index) return;
    let [count, sum] = [0, 0];
    for (const entry of recent) {
      if (!isTheirs(entry)) continue;
      count += 1;
      sum += entry.micro;
    }
    mix.payers += 1;
    if (count === 1) mix.oneTime += 1;
    mix.topCount = Math.max(mix.topCount, count);
    mix.topSum = Math.max(mix.topSum, sum);
  });
  return mix;
}

/**
 * What fact definitions compute from: the payment, the views of history, and what several facts share, each computed once
 * and only when a fact asks for it.
 */
export class FactContext {
  readonly payment: FactPayment;
  readonly now: number;
  readonly views: HistoryView;
  #recent: readonly Entry[] | undefined;
  #levels: readonly number[] | undefined;
  #gaps: readonly number[] | undefined;
  #sum: number | undefined;
  #payerLevels: readonly number[] | undefined;
  #payeeLevels: readonly number[] | undefined;
  #mix: PayerMix | undefined;
  #kept: Map<string, unknown> | undefined;

  constructor(payment: FactPayment, views: HistoryView, now: number) {
    this.payment = payment;
    this.views = views;
    this.now = now;
  }

  /** First second of the last `days` days: windows are [start, end). */
  start(days: number): number {
    return this.now - days * DAY + 1;
  }

  /** First second after now. */
  get end(): number {
    return this.now + 1;
  }

  /** The payee's newest payments, oldest first. */
  get recent(): readonly Entry[] {
    return (this.#recent ??= this.views.payee.recent(RECENT));
  }

  /** lg8 of their amounts, ascending. */
  get levels(): readonly number[] {
    return (this.#levels ??= sortAscending(this.recent.map((entry) => entry.level)));
  }

  /** lg8 of 1 + seconds from each to the next, the last one to now; in order of time. */
  get gaps(): readonly number[] {
    return (this.#gaps ??= gapsOf(this.recent, this.now));
  }

  /** Sum of their amounts; at most 20 * 2^48, so exact. */
  get sum(): number {
    return (this.#sum ??= this.recent.reduce((sum, entry) => sum + entry.micro, 0));
  }

  /** Who they came from. */
  get payerMix(): PayerMix {
    return (this.#mix ??= payerMix(this.recent));
  }

  /** Levels of the payer's newest payments, ascending. */
  get payerLevels(): readonly number[] {
    return (this.#payerLevels ??= this.views.payer.recentLevels(USUAL));
  }

  /** Levels of the newest payments to the payee, more of them than `levels` has, ascending. */
  get payeeLevels(): readonly number[] {
    return (this.#payeeLevels ??= this.views.payee.recentLevels(USUAL));
  }

  /** Number of this payer's account, -1 for one without history. */
  get payerAccount(): number {
    return this.views.payerAccount;
  }

  /** Computes something once for all facts of this payment that share it. */
  once<T>(name: string, make: () => T): T {
    const kept = (this.#kept ??= new Map());
    if (!kept.has(name)) kept.set(name, make());
    return kept.get(name) as T; // the same name is always made by the same function
  }
}

/** Reads what the facts need out of the views, once per payment. */
export function factContext(payment: FactPayment, views: HistoryView, now: number): FactContext {
  return new FactContext(payment, views, now);
}
