import type { AppDeps } from "../deps.ts";
import { giveOrder, giveSettlement, giveVoucher } from "../keeperOperations.ts";
import type { Routes } from "../serve.ts";

/** Papers for the keeper. They prove themselves by their signatures; who may hand them in is `keeperServes`. */
export function keeperRoutes(routes: Routes, deps: AppDeps): void {
  routes.serve(giveOrder, ({ body: { id, signature, reasonCode = 0, ...order } }) =>
    deps.running().desk.takeOrder(id.toLowerCase(), { ...order, reasonCode }, signature),
  );
  routes.serve(giveSettlement, ({ body: { id, payerSignature, payeeSignature, ...settlement } }) => {
    const signatures = { payer: payerSignature, payee: payeeSignature };
    return deps.running().desk.takeSettlement(id.toLowerCase(), settlement, signatures);
  });
  routes.serve(giveVoucher, ({ body: { cumulative, signature, ...terms } }) =>
    deps.running().desk.takeVoucher(terms, cumulative, signature),
  );
}
