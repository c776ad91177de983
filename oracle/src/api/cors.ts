import type { RequestHandler } from "express";

const METHODS = "GET, POST, DELETE";
const REQUEST_HEADERS = "authorization, content-type, idempotency-key, last-event-id";
const ANSWER_HEADERS = "retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, idempotency-replayed";
const PREFLIGHT_SECONDS = "600";

/** Lets pages of the named origins read answers. Without any, no header is sent and browsers refuse. */
export function cors(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (request, response, next) => {
    const { origin } = request.headers;
    if (allowed.size > 0) response.vary("origin");
    if (origin === undefined || !allowed.has(origin)) return next();
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", ANSWER_HEADERS);
    const preflight = request.method === "OPTIONS" && "access-control-request-method" in request.headers;
    if (!preflight) return next();
    response.setHeader("access-control-allow-methods", METHODS);
    response.setHeader("access-control-allow-headers", REQUEST_HEADERS);
    response.setHeader("access-control-max-age", PREFLIGHT_SECONDS);
    response.status(204).end();
  };
}
