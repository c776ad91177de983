import type { Example, Recipe } from "../evaluate/types.ts";
import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import { forward, quantiseNetwork } from "../model/quantise.ts";
import { accumulate } from "../model/reference.ts";
import { DEFAULT_FIT, fitNetwork } from "./fit.ts";
import { buildKnots } from "./knots.ts";
import type { Row } from "./rows.ts";

function rowOf({ group, paymentNumber = 0, facts, illicit }: Example): Row {
  return { account: group, index: paymentNumber, facts, illicit };
}

/** The shipped facts and the default settings on any stream, with nothing done for one data set or against one attack. */
export const PLAIN: Recipe = {
  name: "plain",
  schema: PAYMENT_SCHEMA,
  labels: "used",
  async train(split, seed, progress) {
    const settings = { ...DEFAULT_FIT, seed };
    const rows = split.train.map(rowOf);
    const float = await fitNetwork(rows, settings, (epoch, loss) =>
      progress(`epoch ${epoch}/${settings.epochs} loss ${loss.toFixed(4)}`),
    );
    const layers = quantiseNetwork(
      float,
      rows.map((row) => row.facts),
    );
    const honest = split.validation.filter((row) => !row.illicit).map((row) => row.facts);
    const referenceRow = PAYMENT_SCHEMA.slots.map((_, slot) => {
      const values = honest.map((facts) => facts[slot] ?? 0).sort((a, b) => a - b);
      return values[(values.length - 1) >>> 1] ?? 0;
    });
    const draft: QuantisedModel = { id: "plain", schemaHash: PAYMENT_SCHEMA.hash, layers, knots: [], referenceRow };
    const knots = buildKnots(honest.map((facts) => accumulate(draft, facts)));
    return { floatScore: (facts) => forward(float, facts), model: { ...draft, knots } };
  },
};
