import { setImmediate as nextTurn } from "node:timers/promises";

import { fieldOfTerms } from "../chain/terms.ts";
import type { ChainStore } from "../store/chainStore.ts";
import { paymentView, type PaymentView } from "./paymentView.ts";

/** Longest that a hold, an appeal and a request together can move a payment's end beyond its captureBy, and a little more. */
const LONGEST_TAIL_SECONDS = 60 * 86_400;

/** Second by which a payment has ended whatever was done about it, of stored terms. */
function latestEnd(terms: string): number {
  const fields = ["captureBy", "maxHold", "rulingWindow"] as const;
  return fields.reduce((end, field) => end + Number(`0x${fieldOfTerms(terms, field)}`), LONGEST_TAIL_SECONDS);
}

/**
 * Every payment with money in escrow, oldest first. Payments whose end is long past are passed over without a look at their
 * events. Gives way to other work after each.
 *
 * @param now Seconds of the chain's clock.
 * @param upTo Block up to which payments are looked at; later ones come by the follower.
 */
export async function* openPayments(
  store: ChainStore,
  now: number,
  upTo: number,
  signal: AbortSignal,
): AsyncGenerator<PaymentView> {
  for await (const page of store.paymentsUpTo(upTo)) {
    for (const payment of page) {
      if (signal.aborted) return;
      if (latestEnd(payment.terms) < now) continue;
      const view = paymentView(payment, await store.eventsOf(payment.id));
      if (view.capturable > 0n) yield view;
      await nextTurn();
    }
  }
}
