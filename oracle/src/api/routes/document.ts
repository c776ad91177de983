import type { Express } from "express";

import { notAllowed } from "../http.ts";
import { openApiDocument } from "../openapi.ts";
import { OPERATIONS } from "../operations.ts";

/** The OpenAPI document, for whoever wants to make a client of his own. */
export function documentRoutes(app: Express): void {
  const text = JSON.stringify(openApiDocument(OPERATIONS));
  app
    .route("/v1/openapi.json")
    .get((_request, response) => {
      response.type("application/json").send(text);
    })
    .all(notAllowed("GET"));
}
