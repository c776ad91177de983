import type { Terms } from "@sluice/sdk";

import { termsFromText } from "../chain/terms.ts";
import { BAND } from "../model/bands.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";

/** The band of a payment for which none was posted. */
export const NO_BAND = 0;

/** A payment's state as its events tell it: what `escrow.payment` and `escrow.timer` answer, without asking the chain. */
export interface PaymentView {
  readonly id: string;
  readonly terms: Terms;
  /** Packed terms as stored. */
  readonly termsText: string;
  readonly authorizedBlock: number;
  readonly capturable: bigint;
  readonly refundable: bigint;
  /** 0 None, 1 Allow, 2 Hold, 3 Block: as posted or reviewed. */
  readonly band: number;
  readonly score: number;
  readonly reviewed: boolean;
  readonly requested: boolean;
  /** Second from which no first band counts; 0 without a request. */
  readonly silentAt: number;
  /** The payee may capture from this second on … */
  readonly opensAt: number;
  /** … and before this one, from which the payer's money goes back. */
  readonly closesAt: number;
  /** Second before which the arbiter rules; 0 without a dispute. */
  readonly ruleBy: number;
}

type Changing = { -readonly [Key in keyof PaymentView]: PaymentView[Key] };

function read(body: unknown, name: string): bigint {
  const value: unknown = typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined;
  return BigInt(typeof value === "string" || typeof value === "number" ? value : 0);
}

function moveWindow(view: Changing, body: unknown): void {
  view.opensAt = Number(read(body, "opensAt"));
  view.closesAt = Number(read(body, "closesAt"));
}

/** What each kind of event changes; kinds that are not here change nothing. */
const CHANGES: Readonly<Record<string, (view: Changing, body: unknown) => void>> = {
  captured: (view, body) => {
    view.capturable -= read(body, "amount");
    view.refundable += read(body, "amount");
  },
  voided: (view, body) => {
    view.capturable -= read(body, "amount");
  },
  reclaimed: (view, body) => {
    view.capturable -= read(body, "amount");
  },
  refunded: (view, body) => {
    view.refundable -= read(body, "amount");
  },
  requested: (view, body) => {
    view.requested = true;
    view.silentAt = Number(read(body, "silentAt"));
    moveWindow(view, body);
  },
  posted: (view, body) => {
    view.band = Number(read(body, "band"));
    view.score = Number(read(body, "score"));
    moveWindow(view, body);
  },
  disputed: (view, body) => {
    view.ruleBy = Number(read(body, "ruleBy"));
  },
  reviewed: (view, body) => {
    view.reviewed = true;
    view.band = Number(read(body, "toBand"));
    moveWindow(view, body);
  },
};

/** Folds a payment's events, oldest first. */
export function paymentView(payment: PaymentRow, events: readonly EventRow[]): PaymentView {
  const terms = termsFromText(payment.terms);
  const view: Changing = {
    ...{ id: payment.id, terms, termsText: payment.terms, authorizedBlock: payment.block },
    ...{ capturable: BigInt(payment.amount), refundable: 0n, band: 0, score: 0, reviewed: false, requested: false },
    ...{ silentAt: 0, opensAt: 0, closesAt: terms.captureBy, ruleBy: 0 },
  };
  for (const { kind, body } of events) CHANGES[kind]?.(view, JSON.parse(body));
  return view;
}

/** Whether a band can still be posted, or an Allow become a Hold: the escrow's own rule. */
export function isPostable(view: PaymentView, now: number): boolean {
  if (view.capturable === 0n || view.band > BAND.allow || view.reviewed) return false;
  if (view.band === BAND.allow) return now < view.closesAt;
  return now < (view.requested ? view.silentAt : view.terms.captureBy);
}

/** The view of a payment as the store has it now; undefined for one that is not, or no longer, on the chain. */
export async function loadView(store: ChainStore, id: string): Promise<PaymentView | undefined> {
  const payment = await store.payment(id);
  return payment === undefined ? undefined : paymentView(payment, await store.eventsOf(id));
}
