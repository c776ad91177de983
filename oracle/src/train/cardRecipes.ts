import type { Example, Recipe, Split } from "../evaluate/types.ts";
import { CARD_SCHEMA } from "../facts/schemas/card.ts";
import type { AutoencoderModel, QuantisedModel } from "../model/network.ts";
import { forward, quantiseNetwork } from "../model/quantise.ts";
import { quantiseAutoencoder, reconstructionError } from "../model/quantiseAutoencoder.ts";
import { accumulate } from "../model/reference.ts";
import { DEFAULT_AUTOENCODER, fitAutoencoder } from "./autoencoder.ts";
import type { FitSettings } from "./fit.ts";
import { DEFAULT_FIT, fitNetwork } from "./fit.ts";
import { buildKnots } from "./knots.ts";
import type { Row } from "./rows.ts";

/** Strong decay and noise: one week holds few frauds. */
export const CARD_FIT: FitSettings = {
  ...DEFAULT_FIT,
  epochs: 20,
  batch: 256,
  learningRate: 0.003,
  weightDecay: 0.3,
  noise: 10,
  illicitWeight: 1,
  patience: 8,
};

function rowOf({ group, paymentNumber = 0, facts, illicit }: Example): Row {
  return { account: group, index: paymentNumber, facts, illicit };
}

/** The lower median of each fact. */
function medianRow(rows: readonly Int8Array[]): number[] {
  return CARD_SCHEMA.slots.map((_, slot) => {
    const values = Int8Array.from(rows, (facts) => facts[slot] ?? 0).sort();
    return values[(values.length - 1) >>> 1] ?? 0;
  });
}

/** Adds rank table and reference row, both from rows the model was not trained on. */
function ranked<M extends QuantisedModel>(draft: M, reference: readonly Int8Array[]): M {
  const knots = buildKnots(reference.map((facts) => accumulate(draft, facts)));
  return { ...draft, knots, referenceRow: medianRow(reference) };
}

function honestFacts(split: Split): Int8Array[] {
  return split.validation.filter((row) => !row.illicit).map((row) => row.facts);
}

/** A network trained on labels; on a deployment's first day the same model, its facts from labels saying that nothing is known. */
export const CARD: Recipe = {
  name: "card",
  schema: CARD_SCHEMA,
  labels: "used",
  async train(split, seed, progress) {
    const settings = { ...CARD_FIT, seed };
    const tell = (epoch: number, loss: number, validation = Number.NaN): void =>
      progress(
        `${split.name}: epoch ${epoch}/${settings.epochs} loss ${loss.toFixed(4)} validation AP ${validation.toFixed(3)}`,
      );
    const rows = split.train.map(rowOf);
    const float = await fitNetwork(rows, settings, tell, split.validation.map(rowOf));
    const layers = quantiseNetwork(
      float,
      rows.map((row) => row.facts),
    );
    const draft: QuantisedModel = { id: "card", schemaHash: CARD_SCHEMA.hash, layers, knots: [], referenceRow: [] };
    return { floatScore: (facts) => forward(float, facts), model: ranked(draft, honestFacts(split)) };
  },
};

/**
 * What an autoencoder watches: how far an amount and the payer's latest amounts lie from his habit, and what is known against the
 * payee. The other facts say who somebody is, not that anything is wrong; their errors would drown these.
 */
const WATCHED: ReadonlySet<string> = new Set([
  "amountMicro",
  "amountOverPayerMedian60",
  "amountOverPayerUpper60",
  "amountStandardScore60",
  "amountTimesUsual",
  "amountOverUsual",
  "payerHighAmounts14d",
  "payerHighShare14d",
  "payerHighestOverUsual14d",
  "payeeFraudEvidence",
  "payeeDaysSinceGood",
]);

/** A row in which every fact that is not watched is constant, so that nothing is learnt of it. */
function watchedOnly(facts: Int8Array): Int8Array {
  return facts.map((value, slot) => (WATCHED.has(CARD_SCHEMA.slots[slot]?.fact ?? "") ? value : 0));
}

/** An autoencoder that saw no label: neither in training, nor for its rank table. */
export const CARD_LABEL_FREE: Recipe = {
  name: "card-label-free",
  schema: CARD_SCHEMA,
  labels: "not used",
  async train(split, seed, progress) {
    const settings = { ...DEFAULT_AUTOENCODER, seed };
    const rows = split.train.map((row) => row.facts);
    const sides = CARD_SCHEMA.definitions.map(({ worse }) => (worse === "low" ? "below" : "above"));
    const total = settings.epochs * settings.rounds * settings.starts;
    const { layers, weights } = await fitAutoencoder(rows.map(watchedOnly), sides, settings, (epoch, loss) =>
      progress(`${split.name}: epoch ${epoch}/${total} loss ${loss.toFixed(4)}`),
    );
    const draft: AutoencoderModel = {
      kind: "autoencoder",
      id: "card-label-free",
      schemaHash: CARD_SCHEMA.hash,
      ...quantiseAutoencoder(layers, rows, weights),
      knots: [],
      referenceRow: [],
    };
    const all = split.validation.map((row) => row.facts);
    return { floatScore: (facts) => reconstructionError(layers, weights, facts), model: ranked(draft, all) };
  },
};
