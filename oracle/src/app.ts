import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from "express";

import { attestationAnswer, decisionsAnswer, errorAnswer, paymentAnswer, peerAnswer } from "./api/answers.ts";
import { parseAttestationRequest, parseId, parsePeerRequest, type ServedSite } from "./api/requests.ts";
import { parseStrict } from "./api/strictJson.ts";
import type { AttestService } from "./attest/service.ts";
import { asOracleError, OracleError } from "./errors.ts";
import type { Metrics } from "./ops/metrics.ts";
import type { ChainStore } from "./store/chainStore.ts";
import type { DecisionStore } from "./store/decisionStore.ts";

/** What is there once the node has found its chain. */
export interface Running {
  readonly service: AttestService;
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in a few words. */
  readonly reason: string;
  readonly blocksBehind: number | undefined;
}

export interface AppDeps {
  readonly site: ServedSite;
  readonly metrics: Metrics;
  /** Throws OracleError NOT_READY until the node has started. */
  readonly running: () => Running;
  readonly readiness: () => Readiness;
  /** Told about every error that is answered. */
  readonly onError: (error: OracleError, path: string) => void;
}

const BODY_LIMIT = "32kb";

const readBody = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });

/** The body as JSON. Express hands over bytes; nothing else is trusted to parse them. */
const parseBody: RequestHandler = (request, _response, next) => {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new OracleError("UNSUPPORTED_MEDIA_TYPE", "send application/json");
  }
  const bytes: unknown = request.body;
  request.body = parseStrict(bytes instanceof Uint8Array ? bytes : new Uint8Array());
  next();
};

/** Errors of the body reader carry a `type`; the rest is ours or unforeseen. */
function translated(error: unknown): OracleError {
  const type: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "type") : undefined;
  if (type === "entity.too.large") return new OracleError("PAYLOAD_TOO_LARGE", `the body is larger than ${BODY_LIMIT}`);
  if (type === "encoding.unsupported") return new OracleError("UNSUPPORTED_MEDIA_TYPE", "send the body unencoded");
  if (type === "request.aborted" || type === "request.size.invalid") {
    return new OracleError("MALFORMED_JSON", "the body ended early");
  }
  if (error instanceof URIError) return new OracleError("INVALID_REQUEST", "the path cannot be decoded");
  return asOracleError(error);
}

function timed(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stop = metrics.requests.startTimer();
    response.on("finish", () => {
      // The pattern, not the path: ids must not become label values.
      const route: unknown = request.route === undefined ? "none" : Reflect.get(request.route, "path");
      stop({ route: String(route), status: String(response.statusCode) });
    });
    next();
  };
}

function notAllowed(allowed: string): RequestHandler {
  return (_request, response) => {
    response.setHeader("allow", allowed);
    throw new OracleError("METHOD_NOT_ALLOWED", `use ${allowed}`);
  };
}

/** An id alone says nothing about a payment the node has not seen. */
function withoutTerms(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof OracleError) || error.code !== "NOT_AUTHORIZED_YET") throw error;
    throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here: send the full terms`);
  };
}

function attestationRoutes(app: Express, deps: AppDeps): void {
  app
    .route("/v1/attestations")
    .post(readBody, parseBody, async (request, response) => {
      const question = parseAttestationRequest(request.body, deps.site);
      const made = deps.running().service.quorum(question.id);
      response.json(attestationAnswer(await (question.withTerms ? made : made.catch(withoutTerms(question.id)))));
    })
    .all(notAllowed("POST"));
  app
    .route("/v1/peer/attestations")
    .post(readBody, parseBody, async (request, response) => {
      const { id, request: asked } = parsePeerRequest(request.body, deps.site);
      response.json(peerAnswer(await deps.running().service.own(id, asked)));
    })
    .all(notAllowed("POST"));
}

function readRoutes(app: Express, deps: AppDeps): void {
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

function opsRoutes(app: Express, deps: AppDeps): void {
  app.get("/livez", (_request, response) => {
    response.json({ live: true });
  });
  app.get("/readyz", (_request, response) => {
    const readiness = deps.readiness();
    response.status(readiness.ready ? 200 : 503).json(readiness);
  });
  app.get("/metrics", async (_request, response: Response) => {
    response.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });
}

/** The HTTP API. Takes what it needs and never listens. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.use(timed(deps.metrics));
  opsRoutes(app, deps);
  attestationRoutes(app, deps);
  readRoutes(app, deps);
  app.use(() => {
    throw new OracleError("NOT_FOUND", "there is nothing at this path");
  });
  const answerError: ErrorRequestHandler = (thrown, request, response, next) => {
    const error = translated(thrown);
    deps.onError(error, request.path);
    if (response.headersSent) return next(thrown);
    response.status(error.status === 0 ? 500 : error.status).json(errorAnswer(error));
  };
  app.use(answerError);
  return app;
}
