import type { Express } from "express";

import type { AppDeps } from "../deps.ts";

/** What the node's operator watches. */
export function opsRoutes(app: Express, deps: AppDeps): void {
  app.get("/livez", (_request, response) => {
    response.json({ live: true });
  });
  app.get("/readyz", (_request, response) => {
    const readiness = deps.readiness();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  app.get("/metrics", async (_request, response) => {
    response.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });
}
