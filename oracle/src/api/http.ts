import express, { type ErrorRequestHandler, type Request, type RequestHandler } from "express";

import { asOracleError, OracleError } from "../errors.ts";
import type { Metrics } from "../ops/metrics.ts";
import { errorAnswer } from "./answers.ts";
import { parseStrict } from "./strictJson.ts";

const BODY_LIMIT = "32kb";

/** The body as bytes; Express is trusted with nothing else. */
export const readBody: RequestHandler = express.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });

/** Batches of many payments are larger. */
const BATCH_LIMIT = "256kb";

/** The same for the routes that take batches. */
export const readBatchBody: RequestHandler = express.raw({ type: () => true, limit: BATCH_LIMIT, inflate: false });

const bodies = new WeakMap<Request, Uint8Array>();

/** The body as it came, empty where there was none. */
export function bodyBytes(request: Request): Uint8Array {
  return bodies.get(request) ?? new Uint8Array();
}

/** The body that `readBody` left, as JSON. */
export const parseBody: RequestHandler = (request, _response, next) => {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new OracleError("UNSUPPORTED_MEDIA_TYPE", "send application/json");
  }
  const body: unknown = request.body;
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  bodies.set(request, bytes);
  request.body = parseStrict(bytes);
  next();
};

/** Errors of the body reader carry a `type`; the rest is ours or unforeseen. */
export function translated(error: unknown): OracleError {
  const type: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "type") : undefined;
  if (type === "entity.too.large")
    return new OracleError(
      "PAYLOAD_TOO_LARGE",
      `the body is larger than this path takes: ${BODY_LIMIT}, a batch ${BATCH_LIMIT}`,
    );
  if (type === "encoding.unsupported") return new OracleError("UNSUPPORTED_MEDIA_TYPE", "send the body unencoded");
  if (type === "request.aborted" || type === "request.size.invalid") {
    return new OracleError("MALFORMED_JSON", "the body ended early");
  }
  if (error instanceof URIError) return new OracleError("INVALID_REQUEST", "the path cannot be decoded");
  return asOracleError(error);
}

/** Measures every request. */
export function timed(metrics: Metrics): RequestHandler {
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

/** Answers every method that a path does not have. */
export function notAllowed(allowed: string): RequestHandler {
  return (_request, response) => {
    response.setHeader("allow", allowed);
    throw new OracleError("METHOD_NOT_ALLOWED", `use ${allowed}`);
  };
}

export const notFound: RequestHandler = () => {
  throw new OracleError("NOT_FOUND", "there is nothing at this path");
};

/** Answers what a route threw, and tells about it. */
export function answerErrors(onError: (error: OracleError, path: string) => void): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const error = translated(thrown);
    onError(error, request.path);
    if (response.headersSent) return next(thrown);
    if (error.status === 401) response.setHeader("www-authenticate", "Bearer");
    response.status(error.status === 0 ? 500 : error.status).json(errorAnswer(error));
  };
}
