import { computeFacts } from "../facts/facts.ts";
import { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";

/** Any payment: on an empty history a fact that comes from labels is the same for all. */
const ANY_PAYMENT = { id: "any", payer: "payer", payee: "payee", micro: 1_000_000 };

/** Slots of a schema whose facts come from labels, with the byte each has as long as no label is known. */
export function labelSlots(schema: FactSchema): ReadonlyMap<number, number> {
  if (!schema.definitions.some((definition) => definition.fromLabels)) return new Map();
  const unknown = computeFacts(schema, ANY_PAYMENT, new History(), { block: 0, timestamp: 0 });
  const slots = new Map<number, number>();
  schema.definitions.forEach((definition, slot) => {
    if (definition.fromLabels) slots.set(slot, unknown[slot] ?? 0);
  });
  return slots;
}

/** Facts as they are on a deployment's first day: every fact that comes from labels says that none is known. */
export function withoutLabels(slots: ReadonlyMap<number, number>, facts: Int8Array): Int8Array {
  const copy = Int8Array.from(facts);
  for (const [slot, value] of slots) copy[slot] = value;
  return copy;
}
