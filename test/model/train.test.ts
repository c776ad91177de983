import * as tf from "@tensorflow/tfjs";
import { expect } from "chai";

import { packFacts } from "../../oracle/src/facts/facts.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { MAX_KNOTS, MAX_SCORE } from "../../oracle/src/model/network.ts";
import type { FloatLayer } from "../../oracle/src/model/quantise.ts";
import { equalise, forward } from "../../oracle/src/model/quantise.ts";
import { accumulate, rank, score } from "../../oracle/src/model/reference.ts";
import { BackendError, backendChoice, selectBackend } from "../../oracle/src/train/backend.ts";
import { drawOutcome, pooled } from "../../oracle/src/train/figures.ts";
import type { FitSettings } from "../../oracle/src/train/fit.ts";
import { DEFAULT_FIT } from "../../oracle/src/train/fit.ts";
import { buildKnots } from "../../oracle/src/train/knots.ts";
import { ranking } from "../../oracle/src/train/metrics.ts";
import { renderModel } from "../../oracle/src/train/modelFile.ts";
import { factRows } from "../../oracle/src/train/rows.ts";
import type { TrainedModel } from "../../oracle/src/train/train.ts";
import { trainModel } from "../../oracle/src/train/train.ts";
import { sampleAccounts, shippedModel } from "./shipped.ts";

const SMALL: FitSettings = { ...DEFAULT_FIT, seed: 3, hidden: [10, 5], epochs: 15, batch: 128 };

async function trainSmall(settings = SMALL): Promise<TrainedModel> {
  const accounts = await sampleAccounts();
  const train = accounts.filter((_, index) => index % 3 !== 0);
  const validation = accounts.filter((_, index) => index % 3 === 0);
  return trainModel("small-1", PAYMENT_SCHEMA, { train, validation }, settings);
}

/** The float network's outputs, computed by TensorFlow.js itself. */
function tensorflowOutputs(layers: readonly FloatLayer[], rows: readonly Int8Array[]): Float32Array {
  const outputs = tf.tidy(() => {
    let values: tf.Tensor2D = tf.tensor2d(rows.map((row) => Array.from(row)));
    layers.forEach((layer, index) => {
      const kernel = tf.tensor2d(layer.weights.map((row) => [...row]));
      const sums = tf.add<tf.Tensor2D>(tf.matMul(values, kernel, false, true), tf.tensor1d([...layer.bias]));
      values = index === layers.length - 1 ? sums : tf.relu(sums);
    });
    return values.dataSync();
  });
  return Float32Array.from(outputs);
}

describe("training", () => {
  let small: TrainedModel;

  before(async () => {
    await selectBackend("cpu", () => {});
    small = await trainSmall();
  });

  it("gives the same bytes for the same seed, and others for another seed", async () => {
    const again = await trainSmall();
    const other = await trainSmall({ ...SMALL, seed: 4, epochs: 1 });
    expect(renderModel(again.model)).to.equal(renderModel(small.model));
    expect(renderModel(other.model)).not.to.equal(renderModel(small.model));
    expect(JSON.parse(renderModel(small.model))).to.deep.equal(small.model);
  });

  it("learns: the small model ranks validation accounts far better than chance", () => {
    const rows = small.validationRows;
    const { auc } = ranking(
      rows.map((row) => accumulate(small.model, row.facts)),
      rows.map((row) => row.illicit),
    );
    expect(auc).to.be.greaterThan(0.85);
  });

  it("loses at most 0.005 AUC and 3 % of the outputs' range from TensorFlow.js float to integers", () => {
    const facts = small.validationRows.map((row) => row.facts);
    const illicit = small.validationRows.map((row) => row.illicit);
    const float = tensorflowOutputs(small.float, facts);
    const integer = facts.map((row) => accumulate(small.model, row));
    const unit =
      float.reduce((sum, value, at) => sum + value * (integer[at] ?? 0), 0) /
      integer.reduce((sum, value) => sum + value ** 2, 0);
    const range = Math.max(...float) - Math.min(...float);
    const errors = integer.map((value, at) => Math.abs(value * unit - (float[at] ?? 0))).sort((a, b) => a - b);
    expect(errors[Math.floor(0.99 * errors.length)]).to.be.at.most(0.03 * range);
    expect(Math.abs(ranking(float, illicit).auc - ranking(integer, illicit).auc)).to.be.at.most(0.005);
  });

  it("computes the float network outside of TensorFlow.js as inside, before and after equalising", () => {
    const facts = small.validationRows.slice(0, 200).map((row) => row.facts);
    const inside = tensorflowOutputs(small.float, facts);
    const equal = equalise(small.float);
    facts.forEach((row, at) => {
      expect(Math.abs(forward(small.float, row) - (inside[at] ?? NaN))).to.be.at.most(1e-3);
      expect(Math.abs(forward(equal, row) - (inside[at] ?? NaN))).to.be.at.most(1e-3);
    });
  });

  it("takes no fact from a label: inverted labels give the same bytes", async () => {
    const accounts = await sampleAccounts();
    const inverted = accounts.map((account) => ({ ...account, illicit: !account.illicit }));
    const bytes = (list: typeof accounts) => factRows(PAYMENT_SCHEMA, list).map((row) => packFacts(row.facts));
    expect(bytes(inverted)).to.deep.equal(bytes(accounts));
  });

  it("gives no weight to a fact that never varies in training", () => {
    const [first] = small.model.layers;
    for (const row of first?.weights ?? []) expect(row.slice(1, 3)).to.deep.equal([0, 0]);
  });

  it("takes an absent backend setting as auto and refuses an unknown one", async () => {
    expect(backendChoice({})).to.equal("auto");
    expect(backendChoice({ ORACLE_TF_BACKEND: "wasm" })).to.equal("wasm");
    expect(() => backendChoice({ ORACLE_TF_BACKEND: "abacus" })).to.throw(BackendError, "abacus");
  });
});

describe("the rank table", () => {
  it("gives each reference value the share of references below it at a knot", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => index * 7);
    const knots = buildKnots(values);
    expect(knots.length).to.be.at.most(MAX_KNOTS);
    for (const value of [0, 7 * 5_000, 7 * 9_700, 7 * 9_950]) expect(rank(knots, value)).to.equal(value / 7);
    expect(rank(knots, -1)).to.equal(0);
    expect(rank(knots, 7 * 9_999)).to.be.below(MAX_SCORE);
    expect(rank(knots, 7 * 9_999 + 1)).to.equal(MAX_SCORE);
  });

  it("never falls and has at least 1,000 levels in the shipped model", async () => {
    const { knots } = await shippedModel();
    const [lowest, highest] = [knots[0]?.[0] ?? 0, knots.at(-1)?.[0] ?? 0];
    let before = -1;
    const levels = new Set<number>();
    for (let accumulator = lowest - 1; accumulator <= highest + 1; accumulator++) {
      const value = rank(knots, accumulator);
      expect(value).to.be.at.least(before);
      before = value;
      levels.add(value);
    }
    expect(levels.size).to.be.at.least(1_000);
    expect([rank(knots, lowest), rank(knots, highest)]).to.deep.equal([0, MAX_SCORE]);
  });
});

describe("the shipped model on accounts it has never seen", () => {
  it("stops at least half of the illicit payments and allows at least 90 % of the honest ones", async () => {
    const model = await shippedModel();
    const accounts = await sampleAccounts();
    const outcomes = [1, 2, 3, 4, 5].map((seed) => drawOutcome(model, PAYMENT_SCHEMA, accounts, seed));
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome.illicitStopped, `seed ${index + 1}`).to.be.at.least(0.35);
      expect(outcome.honestAllowed, `seed ${index + 1}`).to.be.at.least(0.85);
    }
    const all = pooled(outcomes);
    expect(all.illicitStopped).to.be.at.least(0.5);
    expect(all.honestAllowed).to.be.at.least(0.9);
  });

  it("scores within 0 to 10,000", async () => {
    const model = await shippedModel();
    for (const row of factRows(PAYMENT_SCHEMA, (await sampleAccounts()).slice(0, 200))) {
      expect(score(model, row.facts)).to.be.within(0, MAX_SCORE);
    }
  });
});
