import type { Express, Request, RequestHandler, Response } from "express";
import type { z } from "zod";

import { notAllowed, parseBody, readBatchBody, readBody } from "./http.ts";
import type { Answer, Input, Operation } from "./operation.ts";
import { parseQuery } from "./query.ts";
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

/** Binds operations to a path, and answers every other method of it. */
export class Routes {
  readonly #app: Express;
  readonly #methods = new Map<string, Set<string>>();

  constructor(app: Express) {
    this.#app = app;
  }

  /** Serves an operation: input is checked against its schemas before the handler sees it. */
  serve<Op extends Operation>(operation: Op, handle: Handler<Op>): void {
    this.#add(operation, async (request, response) => {
      const { params, query, body } = operation;
      // The schemas are those that Input is made of.
      const input = {
        params: params === undefined ? undefined : checked(params, request.params),
        query: query === undefined ? undefined : parseQuery(request.url, query),
        body: body === undefined ? undefined : checked(body, request.body),
      } as Input<Op>;
      const answer = await handle(input, { request, response });
      if (!response.headersSent) response.status(operation.status ?? 200).json(answer);
    });
  }

  /** Serves an operation whose body the handler reads itself, as terms, whose fields have errors of their own. */
  serveRaw<Op extends Operation>(
    operation: Op,
    handle: (body: unknown, exchange: Exchange) => Promise<Answer<Op>>,
  ): void {
    this.#add(operation, async (request, response) => {
      const answer = await handle(request.body, { request, response });
      response.status(operation.status ?? 200).json(answer);
    });
  }

  #add({ method, path, body, large }: Operation, handler: RequestHandler): void {
    const methods = this.#methods.get(path) ?? new Set();
    this.#methods.set(path, methods.add(method.toUpperCase()));
    if (body === undefined) this.#app.route(path)[method](handler);
    else this.#app.route(path)[method](large === true ? readBatchBody : readBody, parseBody, handler);
  }

  /** Every method of these paths that nobody serves. Comes after all of them. */
  close(): void {
    for (const [path, methods] of this.#methods) this.#app.route(path).all(notAllowed([...methods].sort().join(", ")));
  }
}
