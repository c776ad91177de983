import { OracleError } from "../../errors.ts";
import type { Access } from "../access.ts";
import { attestationAnswer, chargeAnswer } from "../answers.ts";
import { parseChargeRequest, wants } from "../batchRequests.ts";
import type { AppDeps } from "../deps.ts";
import { attest } from "../operations.ts";
import { parseAttestationRequest } from "../requests.ts";
import type { Routes } from "../serve.ts";

/** An id alone says nothing about a payment the node has not seen. */
function withoutTerms(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof OracleError) || error.code !== "NOT_AUTHORIZED_YET") throw error;
    throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here: send the full terms`);
  };
}

/** What clients ask: a quorum's attestation. */
export function attestationRoutes(routes: Routes, deps: AppDeps, access: Access): void {
  routes.serveRaw(attest, async (body, { response }) => {
    if (wants(body, "charge")) {
      const { charge } = parseChargeRequest(body, deps.site);
      access.countPayer(response, charge.terms.payer);
      return chargeAnswer(await deps.running().service.quorumCharge(charge));
    }
    const question = parseAttestationRequest(body, deps.site);
    if (access.countsPayers) {
      const payer = question.payer ?? (await deps.running().store.payment(question.id))?.payer;
      if (payer !== undefined) access.countPayer(response, payer);
    }
    const made = deps.running().service.quorum(question.id);
    return attestationAnswer(await (question.withTerms ? made : made.catch(withoutTerms(question.id))));
  });
}
