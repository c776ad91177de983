import type { FactContext } from "./context.ts";
import type { FactDefinition, FactText } from "./definition.ts";
import { fact, NONE } from "./definition.ts";
import { lg8 } from "./units.ts";

type Compute = FactDefinition["compute"];

/** A fact about an account's newest transactions. */
export function accountFact(text: Omit<FactText, "source" | "window">, compute: Compute): FactDefinition {
  return fact({ ...text, source: "account", window: "last 2,000 transactions each way" }, compute);
}

/** `none` unless there is something to compute it from. */
export function some(
  list: (context: FactContext) => readonly unknown[],
  compute: (context: FactContext) => number,
): Compute {
  return (context) => (list(context).length === 0 ? NONE : compute(context));
}

/** lg8 of a count plus one, so that nothing is zero. */
export function countLevel(count: number): number {
  return lg8(count + 1);
}
