import type { Express } from "express";

import { OracleError } from "../../errors.ts";
import { peerAnswer } from "../answers.ts";
import { parseBatchRequest, parseChargeRequest, wants } from "../batchRequests.ts";
import type { AppDeps } from "../deps.ts";
import { notAllowed, parseBody, readBatchBody, readBody } from "../http.ts";
import { peerDoor } from "../peerDoor.ts";
import { parsePeerRequest } from "../requests.ts";
import type { OwnAttestation } from "../../attest/service.ts";

async function single(body: unknown, deps: AppDeps): Promise<OwnAttestation> {
  if (!wants(body, "charge")) {
    const { id, request } = parsePeerRequest(body, deps.site);
    return deps.running().service.own(id, request);
  }
  const { charge, request } = parseChargeRequest(body, deps.site);
  if (request === undefined)
    throw new OracleError("INVALID_REQUEST", "asOf, asOfHash, epoch: a coordinator names them");
  return deps.running().service.ownCharge(charge, request);
}

async function batch(body: unknown, deps: AppDeps): Promise<OwnAttestation> {
  const asked = parseBatchRequest(body, deps.site);
  const { service } = deps.running();
  if (asked.for === "captures") {
    const named = asked.items.every((item) => item.asOf !== undefined);
    if (!named) throw new OracleError("INVALID_REQUEST", "items: a coordinator names asOf, asOfHash and epoch");
    return service.ownBatch(asked.items);
  }
  if (asked.request === undefined) {
    throw new OracleError("INVALID_REQUEST", "asOf, asOfHash, epoch: a coordinator names them");
  }
  if (asked.for === "payMany") return service.ownPayList(asked.question, asked.request);
  return service.ownChannels(asked.question, asked.request);
}

/** What other nodes ask: this node's own signature. */
export function peerRoutes(app: Express, deps: AppDeps): void {
  const door = peerDoor(deps);
  app
    .route("/v1/peer/attestations")
    .post(readBody, door, parseBody, async (request, response) => {
      response.json(peerAnswer(await single(request.body, deps)));
    })
    .all(notAllowed("POST"));
  app
    .route("/v1/peer/batches")
    .post(readBatchBody, door, parseBody, async (request, response) => {
      response.json(peerAnswer(await batch(request.body, deps)));
    })
    .all(notAllowed("POST"));
}
