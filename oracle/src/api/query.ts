import { z } from "zod";

import { OracleError } from "../errors.ts";
import { invalid } from "./requests.ts";

const WHOLE = /^(0|[1-9][0-9]{0,15})$/;

function isNumber(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isNumber(schema.unwrap());
  return schema instanceof z.ZodNumber;
}

/** The query of a URL as text by name; a name that stands twice would mean two things. */
function pairsOf(url: string): Map<string, string> {
  const start = url.indexOf("?");
  const pairs = new Map<string, string>();
  if (start < 0) return pairs;
  for (const [name, value] of new URLSearchParams(url.slice(start + 1))) {
    if (pairs.has(name)) throw new OracleError("INVALID_REQUEST", `${name.slice(0, 64)}: stands twice in the query`);
    pairs.set(name, value);
  }
  return pairs;
}

/**
 * The query of a URL, checked. Numbers are plain decimal digits.
 *
 * @throws OracleError INVALID_REQUEST naming the field.
 */
export function parseQuery<Schema extends z.ZodObject>(url: string, schema: Schema): z.output<Schema> {
  const shape: Readonly<Record<string, unknown>> = schema.shape;
  const values = [...pairsOf(url)].map(([name, text]): [string, unknown] => {
    return [name, isNumber(shape[name]) && WHOLE.test(text) ? Number(text) : text];
  });
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (!parsed.success) throw invalid("INVALID_REQUEST", parsed.error);
  return parsed.data;
}
