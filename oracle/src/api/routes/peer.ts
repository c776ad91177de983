import type { Express } from "express";

import { peerAnswer } from "../answers.ts";
import type { AppDeps } from "../deps.ts";
import { notAllowed, parseBody, readBody } from "../http.ts";
import { parsePeerRequest } from "../requests.ts";

/** What other nodes ask: this node's own signature. */
export function peerRoutes(app: Express, deps: AppDeps): void {
  app
    .route("/v1/peer/attestations")
    .post(readBody, parseBody, async (request, response) => {
      const { id, request: asked } = parsePeerRequest(request.body, deps.site);
      response.json(peerAnswer(await deps.running().service.own(id, asked)));
    })
    .all(notAllowed("POST"));
}
