import type { HistoryView } from "./history.ts";
import type { Entry } from "./tile.ts";
import { lg8 } from "./units.ts";

/** How many of an account's newest payments the facts about recent payments read. */
export const RECENT = 20;

/** Seconds in a day. */
export const DAY = 86_400;

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

/** What fact definitions compute from: the payment, the views of history, and the payee's recent payments summed up once. */
export interface FactContext {
  readonly payment: FactPayment;
  readonly now: number;
  readonly views: HistoryView;
  /** The payee's newest payments, oldest first. */
  readonly recent: readonly Entry[];
  /** lg8 of their amounts, ascending. */
  readonly levels: readonly number[];
  /** lg8 of 1 + seconds from each to the next, the last one to now; in order of time. */
  readonly gaps: readonly number[];
  /** Sum of their amounts; at most 20 * 2^48, so exact. */
  readonly sum: number;
  /** By payer: how many of them, and their sum. */
  readonly byPayer: ReadonlyMap<string, { readonly count: number; readonly sum: number }>;
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
  return context.payment.micro === 0 ? 0 : lg8(context.payment.micro);
}

function gapsOf(recent: readonly Entry[], now: number): number[] {
  return recent.map((entry, index) => lgSeconds(secondsSince(entry.time, recent[index + 1]?.time ?? now)));
}

function groupByPayer(recent: readonly Entry[]): Map<string, { count: number; sum: number }> {
  const groups = new Map<string, { count: number; sum: number }>();
  for (const entry of recent) {
    const group = groups.get(entry.counterparty);
    if (group === undefined) groups.set(entry.counterparty, { count: 1, sum: entry.micro });
    else {
      group.count += 1;
      group.sum += entry.micro;
    }
  }
  return groups;
}

/** Reads what the facts need out of the views, once per payment. */
export function factContext(payment: FactPayment, views: HistoryView, now: number): FactContext {
  const recent = views.payee.recent(RECENT);
  return {
    payment,
    now,
    views,
    recent,
    levels: recent.map((entry) => entry.level).sort((a, b) => a - b),
    gaps: gapsOf(recent, now),
    sum: recent.reduce((sum, entry) => sum + entry.micro, 0),
    byPayer: groupByPayer(recent),
  };
}
