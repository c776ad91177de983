import type { Drift } from "./drift.ts";
import type { CurvePoint, Measures } from "./metrics.ts";
import type { Budgets, CostPoint, GroupOutcome, Operation, Thresholds } from "./operating.ts";
import type { PublishedRow } from "./published.ts";
import type { ReliabilityBin } from "./reliability.ts";
import type { Pair } from "./scoring.ts";

/** Means over folds and seeds. */
export interface Figures {
  /** Null for a ready model, of which only the integers are kept. */
  readonly float: Measures | null;
  readonly integer: Measures;
  readonly baselines: Readonly<Record<string, Measures>>;
}

/** The mean of one view beside its first-day mean. */
export interface ViewMeans {
  readonly view: string;
  readonly usual: Pair;
  readonly firstDay: Pair;
}

/** The integer model on one fold with one seed. */
export interface RunFigures {
  readonly fold: string;
  readonly seed: number;
  readonly float: Measures | null;
  readonly integer: Measures;
  readonly firstDay: Measures;
}

export interface FoldCounts {
  readonly fold: string;
  readonly train: number;
  readonly trainIllicit: number;
  readonly validation: number;
  readonly test: number;
  readonly testIllicit: number;
}

/** What the first seed's models do under a policy, on all folds' test rows together. */
export interface Policy {
  /** Shares of honest money that the proposed thresholds keep within, on validation rows. */
  readonly budgets: Budgets;
  readonly proposed: Thresholds;
  /** Where the lines by scenario and payment number are drawn. */
  readonly groupsHoldAt: number;
  readonly operations: readonly Operation[];
  readonly byScenario: readonly GroupOutcome[];
  readonly byPaymentNumber: readonly GroupOutcome[];
}

/** The result of one run as it is written and printed with --json. */
export interface Result {
  readonly protocol: string;
  readonly summary: string;
  readonly recipe: string;
  readonly schemaHash: string;
  readonly labels: "used" | "not used";
  readonly seeds: readonly number[];
  readonly notes: readonly string[];
  readonly folds: readonly FoldCounts[];
  readonly evaluate: Figures & { readonly firstDay: Figures };
  readonly views: readonly ViewMeans[];
  readonly runs: readonly RunFigures[];
  readonly published: readonly PublishedRow[];
  readonly policy: Policy;
  readonly drift: readonly Drift[];
}

/** What the plots are drawn from; not part of the JSON. */
export interface Curves {
  readonly roc: Readonly<Record<string, readonly CurvePoint[]>>;
  readonly reliability: readonly ReliabilityBin[];
  readonly cost: readonly CostPoint[];
  readonly proposed: Thresholds;
}
