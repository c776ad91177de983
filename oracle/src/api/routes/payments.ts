import { paymentRules } from "../../compliance/paymentRules.ts";
import { OracleError } from "../../errors.ts";
import { accountView } from "../../service/accounts.ts";
import type { PaymentRow } from "../../store/schema.ts";
import { accountAnswer, decisionAnswer, decisionsAnswer, paymentAnswer, summaryAnswer } from "../answers.ts";
import { page, placeOf } from "../cursor.ts";
import type { AppDeps, Running } from "../deps.ts";
import { listDecisions, listPayments, readAccount, readDecisions, readPayment } from "../operations.ts";
import type { Routes } from "../serve.ts";

async function known({ store }: Running, id: string): Promise<PaymentRow> {
  const payment = await store.payment(id);
  if (payment === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
  return payment;
}

/** Reads of payments. */
export function paymentRoutes(routes: Routes, deps: AppDeps): void {
  routes.serve(listPayments, async ({ query: { after, limit, payer, payee, band } }) => {
    const [block, logIndex] = after === undefined ? [] : placeOf("payments", ["number", "number"], after);
    const below = after === undefined ? undefined : { block: Number(block), logIndex: Number(logIndex) };
    const filter = { payer: payer?.toLowerCase(), payee: payee?.toLowerCase(), band };
    const rows = await deps.running().reads.payments(filter, below, limit + 1);
    return page(rows, limit, "payments", (row) => [row.block, row.log_index], summaryAnswer);
  });
  routes.serve(readPayment, async ({ params }) => {
    const running = deps.running();
    const payment = await known(running, params.id.toLowerCase());
    const events = await running.store.eventsOf(payment.id);
    return paymentAnswer(payment, events, paymentRules(running.state, payment, deps.rules));
  });
  routes.serve(readAccount, async ({ params }) => {
    const address = params.address.toLowerCase();
    return accountAnswer(address, await accountView(deps.running().reads, address));
  });
}

/** Reads of what was decided about payments. */
export function decisionRoutes(routes: Routes, deps: AppDeps): void {
  routes.serve(listDecisions, async ({ query: { after, limit } }) => {
    const [asOf, id] = after === undefined ? [] : placeOf("decisions", ["number", "string"], after);
    const below = after === undefined ? undefined : { asOf: Number(asOf), id: String(id) };
    const rows = await deps.running().reads.decisions(below, limit + 1);
    return page(
      rows,
      limit,
      "decisions",
      (row) => [row.as_of, row.id],
      (row) => ({ id: row.id, ...decisionAnswer(row) }),
    );
  });
  routes.serve(readDecisions, async ({ params }) => {
    const running = deps.running();
    const { id } = await known(running, params.id.toLowerCase());
    return decisionsAnswer(id, await running.decisions.of(id), await running.store.eventsOf(id));
  });
}
