import type { FactSchema } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";

/** One judged thing with its facts: what training reads, and what evaluation scores. */
export interface Example {
  readonly id: string;
  /** Whom it belongs to: customer, account. Folds and card precision go by it. */
  readonly group: string;
  /** Seconds, of the stream. */
  readonly time: number;
  /** Who paid, where a recipe needs it. Never a feature. */
  readonly payer?: string;
  readonly micro: number;
  /** 32 completed facts. */
  readonly facts: Int8Array;
  readonly illicit: boolean;
  /** Name of the fraud scenario, where the data set tells. Never a feature. */
  readonly scenario?: string;
  /** 1 for the payee's first payment. */
  readonly paymentNumber?: number;
}

/** Rows of one fold: fit on train, stop and calibrate on validation, report on test. */
export interface Split {
  readonly name: string;
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
  readonly test: readonly Example[];
}

/** What a recipe gives: both forms of one model. Scores only rank; higher is worse. */
export interface Trained {
  readonly floatScore: (facts: Int8Array) => number;
  readonly model: QuantisedModel;
}

/** How a model is made from a split; seeds come in, nothing else does. */
export interface Recipe {
  readonly name: string;
  readonly schema: FactSchema;
  readonly labels: "used" | "not used";
  readonly train: (split: Split, seed: number, progress: (line: string) => void) => Promise<Trained>;
}
