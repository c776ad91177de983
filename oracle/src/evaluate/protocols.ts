import type { FactSchema } from "../facts/schema.ts";
import type { ColumnMapping } from "./formats/mapping.ts";
import type { Example, Split } from "./types.ts";

/** How the data file is read. */
export const FORMATS = ["handbook", "ethereum", "generic"] as const;

export type Format = (typeof FORMATS)[number];

/** The files and options of one run. */
export interface Source {
  /** Path of the data, csv or csv.gz. */
  readonly data: string;
  /** Path of the labels, where they lie in a file of their own. */
  readonly labels?: string;
  /** Which column is what; for the generic format only. */
  readonly columns?: ColumnMapping;
}

/** A named part of a fold's test rows that gets a line of its own, such as "after 5 transactions". */
export interface View {
  readonly name: string;
  readonly rows: readonly Example[];
}

/** One fold. Without views its test rows are the only one. */
export interface Fold extends Split {
  readonly views?: readonly View[];
}

/**
 * What is trained on, what is tested on, and what is left out. The harness trains each recipe on each fold with each seed,
 * scores the views in float and integer, with label facts and without, and reports means over folds and seeds.
 */
export interface Protocol {
  readonly name: string;
  /** One line: the periods or folds. */
  readonly summary: string;
  readonly format: Format;
  /** Name of the recipe that is used when none is named. */
  readonly recipe: string;
  /** Whether the 100 worst groups of each day are a figure here. */
  readonly cardPrecision: boolean;
  /** Whether training may see labels; without them the supervised baseline is left out. */
  readonly labels: "used" | "not used";
  /** Printed with the result: what is missing, what a reader must know. */
  readonly notes: readonly string[];
  /**
   * The folds that a ready model may be tested on, by name, where its card says so; all of them if absent.
   * Rows that a model was trained on say nothing.
   */
  readonly unseenFolds?: readonly string[];
  /** Score from which lines by scenario and payment number count a payment as stopped; the proposed threshold if absent. */
  readonly holdAt?: number;
  readonly folds: (source: Source, schema: FactSchema, progress: (line: string) => void) => Promise<readonly Fold[]>;
}
