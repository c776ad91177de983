import type { Express } from "express";

import { OracleError } from "../../errors.ts";
import { decisionsAnswer, paymentAnswer } from "../answers.ts";
import type { AppDeps } from "../deps.ts";
import { notAllowed } from "../http.ts";
import { parseId } from "../requests.ts";

/** Reads of payments and decisions. */
export function paymentRoutes(app: Express, deps: AppDeps): void {
  app
    .route("/v1/payments/:id")
    .get(async (request, response) => {
      const id = parseId(request.params.id);
      const { store } = deps.running();
      const payment = await store.payment(id);
      if (payment === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
      response.json(paymentAnswer(payment, await store.eventsOf(id)));
    })
    .all(notAllowed("GET"));
  app
    .route("/v1/decisions/:id")
    .get(async (request, response) => {
      const id = parseId(request.params.id);
      const { store, decisions } = deps.running();
      const payment = await store.payment(id);
      if (payment === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
      response.json(decisionsAnswer(id, await decisions.of(id), await store.eventsOf(id)));
    })
    .all(notAllowed("GET"));
}
