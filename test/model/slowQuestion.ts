import type { AsOf, FactPayment } from "../../oracle/src/facts/context.ts";
import type { AuthorizedEvent, HistoryEvent } from "../../oracle/src/facts/history.ts";

/** What a slow twin answers: a number, or none where the history it needs is empty. */
export type Value = number | "none";

/** Twins by name of the fact. */
export type SlowTwins = Record<string, (question: SlowQuestion) => Value>;

/** Something that happened to a payment's money. */
export interface SlowFlow {
  readonly kind: "captured" | "refunded" | "fraudRefunded" | "ruledForPayer" | "ruledForPayee";
  readonly payment: AuthorizedEvent;
  readonly micro: number;
  readonly time: number;
}

/** A payment and all that is known as of a block, filtered out of the bare list of events anew for each question. */
export interface SlowQuestion {
  readonly payment: FactPayment;
  readonly now: number;
  /** Everything but the judged payment and dust. */
  readonly payments: readonly AuthorizedEvent[];
  readonly toPayee: readonly AuthorizedEvent[];
  readonly byPayer: readonly AuthorizedEvent[];
  readonly pair: readonly AuthorizedEvent[];
  readonly flows: readonly SlowFlow[];
  /** Ids of payments known as fraud. */
  readonly frauds: ReadonlySet<string>;
  readonly sanctioned: ReadonlySet<string>;
  readonly reported: ReadonlySet<string>;
}

export const DAY = 86_400;

/** 8 * log2 by the digits of the binary number, not by shifts. */
export function slowLg8(x: number): number {
  const digits = BigInt(x).toString(2);
  return 8 * (digits.length - 1) + parseInt(digits.padEnd(4, "0").slice(1, 4), 2);
}

export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

export function add(values: readonly number[]): bigint {
  return values.reduce((sum, value) => sum + BigInt(value), 0n);
}

export function floor(part: bigint, whole: number | bigint): number {
  const quotient = part / BigInt(whole);
  return Number(part < 0n && part % BigInt(whole) !== 0n ? quotient - 1n : quotient);
}

export function share(part: number | bigint, whole: number | bigint): number {
  return floor(128n * BigInt(part), whole);
}

export function digits(micro: number): number {
  return String(micro).replace(/0+$/, "").length;
}

/** Level of a sum, which stops rising at 2^53 - 1. */
export function levelOfSum(values: readonly number[]): number {
  const sum = add(values);
  const most = 2n ** 53n - 1n;
  return sum === 0n ? 0 : slowLg8(Number(sum > most ? most : sum));
}

/** Level of the time since a payment. */
export function since(entry: { readonly time: number } | undefined, now: number): Value {
  return entry === undefined ? "none" : slowLg8(now - entry.time + 1);
}

/** Those of the last days. */
export function lastDays<T extends { readonly time: number }>(list: readonly T[], days: number, now: number): T[] {
  return list.filter((entry) => entry.time > now - days * DAY);
}

function setOf(events: readonly HistoryEvent[], list: string): Set<string> {
  const entries = new Set<string>();
  for (const event of events) {
    if ((event.kind !== "listed" && event.kind !== "unlisted") || event.list !== list) continue;
    for (const entry of event.entries) {
      if (event.kind === "listed") entries.add(entry);
      else entries.delete(entry);
    }
  }
  return entries;
}

function flowsOf(events: readonly HistoryEvent[], payments: readonly AuthorizedEvent[]): SlowFlow[] {
  return events.flatMap((event): SlowFlow[] => {
    if (event.kind !== "captured" && event.kind !== "refunded" && event.kind !== "ruled") return [];
    const payment = payments.find(({ id }) => id === event.id);
    if (payment === undefined) return [];
    const { time } = event;
    if (event.kind === "captured") return [{ kind: "captured", payment, micro: event.micro, time }];
    if (event.kind === "refunded") {
      const kind = event.reasonCode === 1 ? "fraudRefunded" : "refunded";
      return [{ kind, payment, micro: event.micro, time }];
    }
    const forPayer = event.toPayer > event.toPayee;
    const micro = forPayer ? event.toPayer : event.toPayee;
    return [{ kind: forPayer ? "ruledForPayer" : "ruledForPayee", payment, micro, time }];
  });
}

function fraudsOf(events: readonly HistoryEvent[], flows: readonly SlowFlow[]): Set<string> {
  const ids = new Set(
    flows.filter(({ kind }) => kind === "fraudRefunded" || kind === "ruledForPayer").map(({ payment }) => payment.id),
  );
  for (const event of events) if (event.kind === "labelled") ids.add(event.id);
  // An entry made before its payment was authorized has no effect, nor has taking it off.
  const listed = new Set<string>();
  const authorized = new Set<string>();
  for (const event of events) {
    if (event.kind === "authorized") authorized.add(event.id);
    if ((event.kind !== "listed" && event.kind !== "unlisted") || event.list !== "fraud") continue;
    for (const id of event.entries.filter((entry) => authorized.has(entry))) {
      if (event.kind === "listed") listed.add(id);
      else listed.delete(id);
    }
  }
  return new Set([...ids, ...listed]);
}

/** Filters a list of events for one question. */
export function slowQuestion(payment: FactPayment, events: readonly HistoryEvent[], asOf: AsOf): SlowQuestion {
  const known = events.filter((event) => event.block <= asOf.block);
  const payments = known.filter(
    (event): event is AuthorizedEvent => event.kind === "authorized" && event.id !== payment.id && event.micro >= 1_000,
  );
  const toPayee = payments.filter((event) => event.payee === payment.payee);
  const flows = flowsOf(known, payments);
  return {
    payment,
    now: asOf.timestamp,
    payments,
    toPayee,
    byPayer: payments.filter((event) => event.payer === payment.payer),
    pair: toPayee.filter((event) => event.payer === payment.payer),
    flows,
    frauds: fraudsOf(known, flows),
    sanctioned: setOf(known, "sanctioned"),
    reported: setOf(known, "reported"),
  };
}
