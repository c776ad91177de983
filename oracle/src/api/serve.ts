import type { Express, Request, RequestHandler, Response } from "express";
import type { z } from "zod";

import type { Idempotency } from "../service/idempotency.ts";
import type { Access } from "./access.ts";
import { notAllowed, parseBody, readBatchBody, readBody } from "./http.ts";
import type { Answer, Input, Operation } from "./operation.ts";
import { parseQuery } from "./query.ts";
import { answerOnce } from "./repeat.ts";
import { invalid } from "./requests.ts";

/** What a handler may need beside its input. */
export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

export type Handler<Op extends Operation> = (input: Input<Op>, exchange: Exchange) => Promise<Answer<Op>>;

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  return parsed.data;
}

function inputOf<Op extends Operation>({ params, query, body }: Op, request: Request): Input<Op> {
  // The schemas are those that Input is made of.
  return {
    params: params === undefined ? undefined : checked(params, request.params),
    query: query === undefined ? undefined : parseQuery(request.url, query),
    body: body === undefined ? undefined : checked(body, request.body),
  } as Input<Op>;
}

/** What stands before every operation. */
export interface Before {
  readonly access: Access;
  readonly idempotency: Idempotency;
}

/** Binds operations to a path, and answers every other method of it. */
export class Routes {
  readonly #app: Express;
  readonly #before: Before;
  readonly #methods = new Map<string, Set<string>>();

  constructor(app: Express, before: Before) {
    this.#app = app;
    this.#before = before;
  }

  /** Serves an operation: input is checked against its schemas before the handler sees it. */
  serve<Op extends Operation>(operation: Op, handle: Handler<Op>): void {
    this.#add(operation, async (request, response) => handle(inputOf(operation, request), { request, response }));
  }

  /** Serves an operation whose body the handler reads itself, as terms, whose fields have errors of their own. */
  serveRaw<Op extends Operation>(
    operation: Op,
    handle: (body: unknown, exchange: Exchange) => Promise<Answer<Op>>,
  ): void {
    this.#add(operation, (request, response) => handle(request.body, { request, response }));
  }

  /** Serves an operation whose handler writes the answer itself, bit by bit. */
  serveStream<Op extends Operation>(
    operation: Op,
    handle: (input: Input<Op>, exchange: Exchange) => Promise<void>,
  ): void {
    this.#add(operation, (request, response) => handle(inputOf(operation, request), { request, response }));
  }

  #add(operation: Operation, run: (request: Request, response: Response) => Promise<unknown>): void {
    const { method, path, body, large, status = 200 } = operation;
    const { access, idempotency } = this.#before;
    const methods = this.#methods.get(path) ?? new Set();
    this.#methods.set(path, methods.add(method.toUpperCase()));
    const handler: RequestHandler = (request, response) =>
      answerOnce(idempotency, request, response, status, () => run(request, response));
    const guard = access.guard(operation);
    if (body === undefined) this.#app.route(path)[method](guard, handler);
    else this.#app.route(path)[method](guard, large === true ? readBatchBody : readBody, parseBody, handler);
  }

  /** Every method of these paths that nobody serves. Comes after all of them. */
  close(): void {
    for (const [path, methods] of this.#methods) this.#app.route(path).all(notAllowed([...methods].sort().join(", ")));
  }
}
