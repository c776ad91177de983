import type { BlockRef, ChainStore } from "../store/chainStore.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import { termsFromText } from "../chain/terms.ts";

const OUTFLOWS: ReadonlySet<string> = new Set(["captured", "voided", "reclaimed"]);

function amountOf(event: EventRow): bigint {
  const body: unknown = JSON.parse(event.body);
  const amount: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "amount") : undefined;
  return BigInt(String(amount));
}

/** What is still in escrow, from the payment's events. */
export function capturable(payment: PaymentRow, events: readonly EventRow[]): bigint {
  const gone = events.filter((event) => OUTFLOWS.has(event.kind));
  return gone.reduce((left, event) => left - amountOf(event), BigInt(payment.amount));
}

/** What matters to a node that thinks about posting a band. */
export interface Openness {
  /** Whether a band can still be posted. */
  readonly open: boolean;
  readonly requested: boolean;
}

/** Whether a payment still waits for a band: nothing posted, money left, and the time for it not over. */
export async function opennessOf(store: ChainStore, id: string, head: BlockRef): Promise<Openness> {
  const payment = await store.payment(id);
  if (payment === undefined) return { open: false, requested: false };
  const events = await store.eventsOf(id);
  const requested = events.some((event) => event.kind === "requested");
  const posted = events.some((event) => event.kind === "posted");
  const inTime = head.timestamp < termsFromText(payment.terms).captureBy;
  return { open: !posted && inTime && capturable(payment, events) > 0n, requested };
}
