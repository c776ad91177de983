import type { Express } from "express";

import { OracleError } from "../../errors.ts";
import { attestationAnswer } from "../answers.ts";
import type { AppDeps } from "../deps.ts";
import { notAllowed, parseBody, readBody } from "../http.ts";
import { parseAttestationRequest } from "../requests.ts";

/** An id alone says nothing about a payment the node has not seen. */
function withoutTerms(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof OracleError) || error.code !== "NOT_AUTHORIZED_YET") throw error;
    throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here: send the full terms`);
  };
}

/** What clients ask: a quorum's attestation. */
export function attestationRoutes(app: Express, deps: AppDeps): void {
  app
    .route("/v1/attestations")
    .post(readBody, parseBody, async (request, response) => {
      const question = parseAttestationRequest(request.body, deps.site);
      const made = deps.running().service.quorum(question.id);
      response.json(attestationAnswer(await (question.withTerms ? made : made.catch(withoutTerms(question.id)))));
    })
    .all(notAllowed("POST"));
}
