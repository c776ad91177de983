import { z } from "zod";

import { components } from "./fields.ts";
import type { Operation } from "./operation.ts";
import { errorAnswerSchema } from "./schemas/errors.ts";

type Json = Readonly<Record<string, unknown>>;

const VERSION = "1.0.0";
const reference = (id: string): string => `#/components/schemas/${id}`;

/** zod adds to every schema which draft it is and where it lives; the document says both once. */
function plain({ $schema: _draft, $id: _home, ...schema }: Json): Json {
  return schema;
}

function namedSchemas(): Json {
  const { schemas } = z.toJSONSchema(components, { io: "input", uri: reference, unrepresentable: "throw" });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, plain(schema)]));
}

/** A reference where the schema has a name, else the schema itself. */
function schemaOf(schema: z.ZodType): Json {
  const named = components.get(schema);
  return named === undefined ? plain(z.toJSONSchema(schema, { io: "input" })) : { $ref: reference(named.id) };
}

function parametersOf(fields: Operation["params"], where: "path" | "query"): Json[] {
  return Object.entries(fields?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = schemaOf(schema);
    const required = where === "path" || !schema.safeParse(undefined).success;
    return { name, in: where, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function contentOf(schema: z.ZodType, type = "application/json"): Json {
  return { content: { [type]: { schema: schemaOf(schema) } } };
}

const idempotencyKey: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "The same key with the same body gives the same answer for 24 hours; with another body it is refused.",
  schema: { type: "string", pattern: "^[A-Za-z0-9_.:-]{1,128}$" },
};

function accessOf(scope: Operation["scope"]): Json {
  if (scope === "none") return { security: [] };
  return { description: scope === "key" ? "Any key." : `Scope of the key: ${scope}.` };
}

function operationOf(operation: Operation): Json {
  const { id, summary, scope, params, query, body, answer, status = 200, stream, method } = operation;
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  if (method === "post") parameters.push(idempotencyKey);
  return {
    operationId: id,
    summary,
    ...accessOf(scope),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...contentOf(body) } }),
    responses: {
      [status]: { description: summary, ...contentOf(answer, stream) },
      default: { description: "An error; `code` names it.", ...contentOf(errorAnswerSchema) },
    },
  };
}

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = operation.path.replace(/:([a-z]+)/gi, "{$1}");
    paths[path] = { ...paths[path], [operation.method]: operationOf(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sluice oracle node",
      version: VERSION,
      description:
        "What one node of the oracle network answers. Amounts are decimal text in the token's smallest unit.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", description: "`oracle apikeys new` makes one." } },
      schemas: namedSchemas(),
    },
  };
}
