import express, { type Express } from "express";

import { Access } from "./api/access.ts";
import { cors } from "./api/cors.ts";
import type { AppDeps } from "./api/deps.ts";
import { answerErrors, notFound, timed } from "./api/http.ts";
import { affiliateRoutes } from "./api/routes/affiliates.ts";
import { attestationRoutes } from "./api/routes/attestations.ts";
import { batchRoutes } from "./api/routes/batches.ts";
import { documentRoutes } from "./api/routes/document.ts";
import { epochRoutes } from "./api/routes/epochs.ts";
import { keeperRoutes } from "./api/routes/keeper.ts";
import { keyRoutes } from "./api/routes/keys.ts";
import { eventRoutes } from "./api/routes/events.ts";
import { reviewRoutes } from "./api/routes/reviews.ts";
import { webhookRoutes } from "./api/routes/webhooks.ts";
import { opsRoutes } from "./api/routes/ops.ts";
import { decisionRoutes, paymentRoutes } from "./api/routes/payments.ts";
import { peerRoutes } from "./api/routes/peer.ts";
import { quorumReportRoutes } from "./api/routes/quorumReport.ts";
import { Routes } from "./api/serve.ts";
import { requestIds } from "./ops/requestContext.ts";
import { tracedRequests } from "./ops/trace.ts";

export type { AppDeps, Readiness, Running } from "./api/deps.ts";

/** The HTTP API. Takes what it needs and never listens. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.set("trust proxy", deps.proxyHops);
  app.use(requestIds, tracedRequests, timed(deps.metrics), cors(deps.corsOrigins));
  opsRoutes(app, deps);
  documentRoutes(app);
  peerRoutes(app, deps);
  const access = new Access(deps.parts.keys, deps.access, deps.parts.stakeLimits, () => performance.now());
  const routes = new Routes(app, { access, idempotency: deps.parts.idempotency });
  attestationRoutes(routes, deps, access);
  batchRoutes(routes, deps, access);
  quorumReportRoutes(routes, deps);
  paymentRoutes(routes, deps);
  decisionRoutes(routes, deps);
  affiliateRoutes(routes, deps);
  epochRoutes(routes, deps);
  keeperRoutes(routes, deps);
  keyRoutes(routes, deps);
  eventRoutes(routes, deps.parts.events, deps.events);
  webhookRoutes(routes, deps.parts.events, deps.parts.audit);
  reviewRoutes(routes, deps, deps.parts);
  routes.close();
  app.use(notFound);
  app.use(answerErrors(deps.onError));
  return app;
}
