import { expect } from "chai";

import type { Split } from "../../oracle/src/evaluate/types.ts";
import { forward, quantiseNetwork } from "../../oracle/src/model/quantise.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { selectBackend } from "../../oracle/src/train/backend.ts";
import { CARD_LABEL_FREE } from "../../oracle/src/train/cardRecipes.ts";
import type { FitSettings } from "../../oracle/src/train/fit.ts";
import { DEFAULT_FIT, fitNetwork } from "../../oracle/src/train/fit.ts";
import { ranking } from "../../oracle/src/train/metrics.ts";
import { renderModel } from "../../oracle/src/train/modelFile.ts";
import type { Row } from "../../oracle/src/train/rows.ts";
import { generatedRows } from "./cardStream.ts";

const SMALL: FitSettings = {
  ...DEFAULT_FIT,
  seed: 7,
  hidden: [8, 4],
  epochs: 6,
  batch: 64,
  learningRate: 0.01,
  noise: 4,
  illicitWeight: 1,
};

function precision(rows: readonly Row[], score: (facts: Int8Array) => number): number {
  return ranking(
    rows.map((row) => score(row.facts)),
    rows.map((row) => row.illicit),
  ).averagePrecision;
}

function splitOf(train: readonly Row[], validation: readonly Row[]): Split {
  const example = ({ account, index, facts, illicit }: Row): Split["train"][number] => ({
    id: `p${index}`,
    group: account,
    time: index,
    micro: 1,
    facts,
    illicit,
  });
  return { name: "generated", train: train.map(example), validation: validation.map(example), test: [] };
}

describe("training on a generated stream", () => {
  const train = generatedRows(1, 3_000);
  const unseen = generatedRows(2, 2_000);

  before(() => selectBackend("cpu", () => {}));

  it("ranks unseen frauds far better than chance, in integers as in floats", async () => {
    const float = await fitNetwork(train, SMALL);
    const layers = quantiseNetwork(
      float,
      train.map((row) => row.facts),
    );
    const model: QuantisedModel = { id: "t", schemaHash: "0x", layers, knots: [], referenceRow: [] };
    const chance = unseen.filter((row) => row.illicit).length / unseen.length;
    const floatPrecision = precision(unseen, (facts) => forward(float, facts));
    expect(floatPrecision).to.be.greaterThan(6 * chance);
    expect(Math.abs(floatPrecision - precision(unseen, (facts) => accumulate(model, facts)))).to.be.at.most(0.02);
  });

  it("stops when the validation rows no longer get better, and returns the best epoch's weights", async () => {
    const seen: number[] = [];
    const settings = { ...SMALL, learningRate: 0.02, epochs: 60, patience: 3 };
    const layers = await fitNetwork(
      train,
      settings,
      (_epoch, _loss, validation = NaN) => seen.push(validation),
      unseen,
    );
    expect(seen.length).to.be.below(60);
    const best = Math.max(...seen);
    expect(seen.indexOf(best)).to.equal(seen.length - 1 - 3);
    expect(precision(unseen, (facts) => forward(layers, facts))).to.equal(best);
  });

  it("does not look at validation rows without a patience", async () => {
    const settings = { ...SMALL, epochs: 1 };
    const seen: unknown[] = [];
    const with_ = await fitNetwork(train, settings, (_epoch, _loss, validation) => seen.push(validation), unseen);
    expect(seen).to.deep.equal([undefined]);
    expect(with_).to.deep.equal(await fitNetwork(train, settings));
  });

  it("refuses to stop early by rows without a fraud", async () => {
    const honest = unseen.filter((row) => !row.illicit);
    const failure = await fitNetwork(train, { ...SMALL, patience: 1 }, () => {}, honest).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(RangeError);
  });

  it("gives the same label-free model for the same seed, whatever the labels, and another for another seed", async () => {
    const split = splitOf(train.slice(0, 1_000), unseen.slice(0, 500));
    const flipped = splitOf(
      train.slice(0, 1_000).map((row) => ({ ...row, illicit: !row.illicit })),
      unseen.slice(0, 500).map((row) => ({ ...row, illicit: !row.illicit })),
    );
    const bytes = async (from: Split, seed: number): Promise<string> =>
      renderModel((await CARD_LABEL_FREE.train(from, seed, () => {})).model);
    expect(await bytes(flipped, 1)).to.equal(await bytes(split, 1));
    expect(await bytes(split, 2)).not.to.equal(await bytes(split, 1));
  });
});
