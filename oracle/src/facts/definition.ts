import type { FactContext } from "./context.ts";

/** Where a fact comes from. */
export type FactSource = "contract" | "terms" | "payee" | "pair" | "payer";

/** A fact that cannot be computed because the history it needs is empty. */
export const NONE = "none";

/** One entry of the catalogue. */
export interface FactDefinition {
  readonly name: string;
  readonly unit: string;
  /** The formula in words; together with unit and window it is the documentation. */
  readonly description: string;
  readonly window: string;
  readonly source: FactSource;
  /** True for the facts that are zero when signed and filled in by the contract. */
  readonly filledByContract: boolean;
  compute(context: FactContext): number | typeof NONE;
}

type Compute = FactDefinition["compute"];

/** A definition computed by nodes. */
export function fact(
  source: FactSource,
  window: string,
  name: string,
  unit: string,
  description: string,
  compute: Compute,
): FactDefinition {
  return { name, unit, description, window, source, filledByContract: false, compute };
}

/** The same, `none` as long as the payee has no recent payment. */
export function recentFact(name: string, unit: string, description: string, compute: Compute): FactDefinition {
  return fact("payee", "last 20 payments", name, unit, description, (context) =>
    context.recent.length === 0 ? NONE : compute(context),
  );
}
