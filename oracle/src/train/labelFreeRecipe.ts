import type { Recipe } from "../evaluate/types.ts";
import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { AutoencoderModel } from "../model/network.ts";
import { quantiseAutoencoder, reconstructionError } from "../model/quantiseAutoencoder.ts";
import { accumulate } from "../model/reference.ts";
import { DEFAULT_AUTOENCODER, fitAutoencoder } from "./autoencoder.ts";
import { buildKnots } from "./knots.ts";
import { medianRow } from "./paymentRecipe.ts";

const ID = "payments-label-free";

/** Finds payments unlike the others, for a node whose history holds too few known frauds: no label is read at all. */
export const PAYMENTS_LABEL_FREE: Recipe = {
  name: ID,
  schema: PAYMENT_SCHEMA,
  labels: "not used",
  async train(split, seed, progress) {
    const settings = { ...DEFAULT_AUTOENCODER, seed };
    const rows = split.train.map((row) => row.facts);
    const sides = PAYMENT_SCHEMA.definitions.map(({ worse }) => (worse === "low" ? "below" : "above"));
    const { layers, weights } = await fitAutoencoder(rows, sides, settings, (epoch, loss) =>
      progress(`${split.name}: epoch ${epoch} loss ${loss.toFixed(4)}`),
    );
    const draft: AutoencoderModel = {
      kind: "autoencoder",
      id: ID,
      schemaHash: PAYMENT_SCHEMA.hash,
      ...quantiseAutoencoder(layers, rows, weights),
      knots: [],
      referenceRow: medianRow(split.validation, PAYMENT_SCHEMA.slots.length),
    };
    const knots = buildKnots(split.validation.map((row) => accumulate(draft, row.facts)));
    return { floatScore: (facts) => reconstructionError(layers, weights, facts), model: { ...draft, knots } };
  },
};
