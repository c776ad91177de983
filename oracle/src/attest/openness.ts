import type { EventRow, PaymentRow } from "../store/schema.ts";

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
