import type { z } from "zod";

import type { Scope } from "../service/scopes.ts";

type Fields = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** One call of the API: routes, OpenAPI document and typed client are made from it. */
export interface Operation {
  /** Name of the call in the typed client. */
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  /** As Express writes it, with `:name` for a part of the path. */
  readonly path: `/v1/${string}`;
  /** What a key needs; "key": nothing but to be one, "none" needs no key. */
  readonly scope: Scope | "key" | "none";
  readonly summary: string;
  readonly params?: Fields;
  readonly query?: Fields;
  readonly body?: z.ZodType;
  /** Whether the body may be as large as a batch is. */
  readonly large?: true;
  readonly answer: z.ZodType;
  /** Of the answer; 200 where absent. */
  readonly status?: 200 | 201;
  /** Media type of the answer where it is not JSON. */
  readonly stream?: "text/event-stream" | "text/csv";
}

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** What a handler is given: checked, with defaults in place. */
export interface Input<Op extends Operation> {
  readonly params: OutputOf<Op["params"]>;
  readonly query: OutputOf<Op["query"]>;
  readonly body: OutputOf<Op["body"]>;
}

export type Answer<Op extends Operation> = z.input<Op["answer"]>;

/** Keeps the literal types of an operation. */
export function operation<const Op extends Operation>(op: Op): Op {
  return op;
}
