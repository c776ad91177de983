import type { FactSchema } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import { accumulate } from "../model/reference.ts";
import type { FloatLayer } from "../model/quantise.ts";
import { quantiseNetwork } from "../model/quantise.ts";
import type { FitSettings } from "./fit.ts";
import { fitNetwork } from "./fit.ts";
import { buildKnots } from "./knots.ts";
import type { LabelledAccount } from "./payments.ts";
import type { Row } from "./rows.ts";
import { factRows } from "./rows.ts";

/** Accounts by what they are used for; no account is in two of them. */
export interface Split {
  readonly train: readonly LabelledAccount[];
  /** Rank table, reference row and thresholds come from here. */
  readonly validation: readonly LabelledAccount[];
}

/** A model in both forms, with the rows it came from. */
export interface TrainedModel {
  readonly float: readonly FloatLayer[];
  readonly model: QuantisedModel;
  readonly trainRows: readonly Row[];
  readonly validationRows: readonly Row[];
}

/** The lower median of each fact. */
function medianRow(rows: readonly Row[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const values = rows.map((row) => row.facts[column] ?? 0).sort((a, b) => a - b);
    return values[(values.length - 1) >>> 1] ?? 0;
  });
}

/**
 * Trains, quantises and calibrates one model. Touches neither files nor clock; the same arguments and the same TensorFlow.js
 * backend give the same bytes.
 */
export async function trainModel(
  id: string,
  schema: FactSchema,
  split: Split,
  settings: FitSettings,
  afterEpoch?: (epoch: number, loss: number) => void,
): Promise<TrainedModel> {
  const trainRows = factRows(schema, split.train);
  const validationRows = factRows(schema, split.validation);
  const float = await fitNetwork(trainRows, settings, afterEpoch);
  const layers = quantiseNetwork(
    float,
    trainRows.map((row) => row.facts),
  );
  const honest = validationRows.filter((row) => !row.illicit);
  const referenceRow = medianRow(honest, schema.slots.length);
  const draft: QuantisedModel = { id, schemaHash: schema.hash, layers, knots: [], referenceRow };
  const knots = buildKnots(honest.map((row) => accumulate(draft, row.facts)));
  return { float, model: { ...draft, knots }, trainRows, validationRows };
}
