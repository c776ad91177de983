import type { Result } from "ethers";

import { SluiceError } from "./failure.ts";

// Values out of what ethers decoded, an event's arguments or a struct, each with the type its ABI says.

/** An address, bytes or text. */
export function textIn(fields: Result, name: string): string {
  const value: unknown = fields.getValue(name);
  return typeof value === "string" ? value : wrong(name, "text");
}

/** A whole number, as a bigint. */
export function wholeIn(fields: Result, name: string): bigint {
  const value: unknown = fields.getValue(name);
  return typeof value === "bigint" ? value : wrong(name, "a whole number");
}

/** A whole number that is known to be small: seconds, blocks, scores. */
export function numberIn(fields: Result, name: string): number {
  return Number(wholeIn(fields, name));
}

export function flagIn(fields: Result, name: string): boolean {
  const value: unknown = fields.getValue(name);
  return typeof value === "boolean" ? value : wrong(name, "true or false");
}

/** A number that stands for one of `names`. */
export function nameIn<Name extends string>(fields: Result, name: string, names: readonly Name[]): Name {
  return names[numberIn(fields, name)] ?? wrong(name, names.join(", "));
}

function wrong(name: string, wanted: string): never {
  throw new SluiceError("CONTRACT_UNEXPECTED", `${name}: the contract's answer is not ${wanted}`, name);
}
