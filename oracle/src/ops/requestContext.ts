import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { RequestHandler } from "express";

import { traceparent } from "./trace.ts";

const storage = new AsyncLocalStorage<{ readonly requestId: string }>();

/** What an id may look like: short, and nothing that could forge a log line or a header. */
const ALLOWED = /^[A-Za-z0-9._:-]{1,64}$/;

/** Id of the request that is being answered, undefined outside of one. */
export function requestId(): string | undefined {
  return storage.getStore()?.requestId;
}

/** Runs a task as part of a request, as everything below the handler does. */
export function withRequestId<T>(id: string, task: () => T): T {
  return storage.run({ requestId: id }, task);
}

/**
 * Gives every request an id: the client's own `X-Request-Id` where it is 1 to 64 letters, digits or `._:-`, else a new one.
 * The answer carries it, and so does every log line and every request to a peer that is made on the way.
 */
export const requestIds: RequestHandler = (request, response, next) => {
  const given = request.headers["x-request-id"];
  const id = typeof given === "string" && ALLOWED.test(given) ? given : randomUUID();
  response.setHeader("X-Request-Id", id);
  withRequestId(id, () => next());
};

/** Headers that tie a request to a peer to the one being answered: its id, and W3C trace context where traces are on. */
export function outgoingHeaders(): Record<string, string> {
  const id = requestId();
  const parent = traceparent();
  return {
    ...(id === undefined ? {} : { "x-request-id": id }),
    ...(parent === undefined ? {} : { traceparent: parent }),
  };
}
