import type { FactContext } from "./context.ts";

/** Where a fact comes from. */
export type FactSource = "contract" | "terms" | "payee" | "pair" | "payer" | "account";

/** A fact that cannot be computed because the history it needs is empty. */
export const NONE = "none";

/** What a fact is, in words. */
export interface FactText {
  readonly name: string;
  readonly source: FactSource;
  readonly window: string;
  readonly unit: string;
  /** The formula in words; together with unit and window it is the documentation. */
  readonly description: string;
  /** What the fact is called in a sentence that goes on "is higher than in an ordinary payment". */
  readonly phrase: string;
  /** Which of two rows of a channel batch is the worse one: that with the higher value, or with the lower. */
  readonly worse: "high" | "low";
  /** True for facts that say nothing on a deployment's first day: they come from labels and lists. */
  readonly fromLabels?: boolean;
}

/** One entry of the catalogue. */
export interface FactDefinition extends FactText {
  readonly fromLabels: boolean;
  /** True for the facts that are zero when signed and filled in by the contract. */
  readonly filledByContract: boolean;
  compute(context: FactContext): number | typeof NONE;
}

type Compute = FactDefinition["compute"];

/** A definition computed by nodes. */
export function fact(text: FactText, compute: Compute): FactDefinition {
  return { fromLabels: false, ...text, filledByContract: false, compute };
}

/** One about the payee's last 20 payments, `none` as long as there is no payment. */
export function recentFact(text: Omit<FactText, "source" | "window">, compute: Compute): FactDefinition {
  return fact({ ...text, source: "payee", window: "last 20 payments" }, (context) =>
    context.recent.length === 0 ? NONE : compute(context),
  );
}
