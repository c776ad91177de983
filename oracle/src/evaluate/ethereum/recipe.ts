import { ACCOUNT_SCHEMA } from "../../facts/schemas/account.ts";
import type { QuantisedModel } from "../../model/network.ts";
import { forward, quantiseNetwork } from "../../model/quantise.ts";
import { accumulate } from "../../model/reference.ts";
import type { FitSettings } from "../../train/fit.ts";
import { DEFAULT_FIT, fitNetwork } from "../../train/fit.ts";
import { buildKnots } from "../../train/knots.ts";
import type { Example, Recipe } from "../types.ts";

/** Short, fast and noisy: with few illicit accounts, the noise keeps the network from learning them by heart. */
const ACCOUNT_FIT: FitSettings = {
  ...DEFAULT_FIT,
  epochs: 20,
  batch: 512,
  learningRate: 0.012,
  weightDecay: 0.05,
  noise: 22,
  illicitWeight: 1,
};

/** The lower median of each fact. */
function medianRow(rows: readonly Example[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const values = rows.map((row) => row.facts[column] ?? 0).sort((a, b) => a - b);
    return values[(values.length - 1) >>> 1] ?? 0;
  });
}

function rowOf({ group, facts, illicit }: Example): {
  account: string;
  index: number;
  facts: Int8Array;
  illicit: boolean;
} {
  return { account: group, index: 0, facts, illicit };
}

/** One network for accounts of every age; the rank table comes from the validation accounts. */
function accountRecipe(name: string, hidden: readonly number[]): Recipe {
  return {
    name,
    schema: ACCOUNT_SCHEMA,
    labels: "used",
    async train(split, seed, progress) {
      const settings = { ...ACCOUNT_FIT, hidden, seed };
      const float = await fitNetwork(split.train.map(rowOf), settings, (epoch, loss) =>
        progress(`${split.name}: epoch ${epoch}/${settings.epochs} loss ${loss.toFixed(4)}`),
      );
      const layers = quantiseNetwork(
        float,
        split.train.map((row) => row.facts),
      );
      const honest = split.validation.filter((row) => !row.illicit);
      const draft: QuantisedModel = {
        id: name,
        schemaHash: ACCOUNT_SCHEMA.hash,
        layers,
        knots: [],
        referenceRow: medianRow(honest, ACCOUNT_SCHEMA.slots.length),
      };
      const knots = buildKnots(honest.map((row) => accumulate(draft, row.facts)));
      return { floatScore: (facts) => forward(float, facts), model: { ...draft, knots } };
    },
  };
}

/** Accounts of Ethereum with a network of the shipped size. */
export const ACCOUNTS: Recipe = accountRecipe("accounts", [30, 10]);

/** The same with a network of about twice the size and gas. */
export const ACCOUNTS_LARGE: Recipe = accountRecipe("accounts-large", [60, 30]);
