import { expect } from "chai";

import { BASELINES } from "../../oracle/src/evaluate/baselines.ts";
import { isolationForest } from "../../oracle/src/evaluate/isolationForest.ts";
import { fitLogistic, logisticScorer, matrixOf } from "../../oracle/src/evaluate/logistic.ts";
import { measure } from "../../oracle/src/evaluate/metrics.ts";
import type { Example } from "../../oracle/src/evaluate/types.ts";
import { mulberry32, nearlyNormal } from "../../oracle/src/train/random.ts";
import { expectNear } from "./near.ts";

const SEED = 11;

/** Honest rows around zero; every twentieth row lies far out in three facts and is illicit. */
function planted(count: number, seed: number): Example[] {
  const random = mulberry32(seed);
  return Array.from({ length: count }, (_, index) => {
    const illicit = index % 20 === 7;
    const facts = Int8Array.from({ length: 32 }, () => Math.round(10 * nearlyNormal(random)));
    if (illicit) for (const slot of [4, 9, 17]) facts[slot] = 60;
    return { id: `p${index}`, group: `c${index}`, time: index, micro: 1_000_000, facts, illicit };
  });
}

describe("baselines", () => {
  for (const { key, title, fit } of BASELINES) {
    it(`${title}: ranks planted anomalies above the rest (seed ${SEED})`, () => {
      const test = planted(1_000, SEED + 1);
      const score = fit(planted(2_000, SEED), SEED);
      const facts = test.map((row) => row.facts);
      const { auc } = measure(test, score(facts), false);
      expect(auc, key).to.be.greaterThan(0.97);
    });
  }

  it("grow the same forest from the same seed and another from another", () => {
    const rows = planted(500, SEED).map((row) => row.facts);
    const settings = { seed: SEED, trees: 20, sample: 64 };
    const scores = (seed: number): number[] => rows.map(isolationForest(rows, { ...settings, seed }));
    expect(scores(SEED)).to.deep.equal(scores(SEED));
    expect(scores(SEED)).not.to.deep.equal(scores(SEED + 1));
    for (const score of scores(SEED)) expect(score).to.be.within(0, 1);
  });

  it("isolate a row that stands alone sooner than one among its like: hand-made case", () => {
    const crowd = Array.from({ length: 63 }, () => [0]);
    const score = isolationForest([...crowd, [100]], { seed: SEED, trees: 10, sample: 64 });
    // Every tree cuts between 0 and 100 once: depth 1 for the lone row, 1 + c(63) for the crowd.
    const depth = (rows: number): number => 2 * (Math.log(rows - 1) + 0.5772156649015329) - (2 * (rows - 1)) / rows;
    expectNear(score([100]), 2 ** (-1 / depth(64)), 1e-12);
    expectNear(score([0]), 2 ** (-(1 + depth(63)) / depth(64)), 1e-12);
  });
});

describe("logistic regression", () => {
  it("reaches the optimum: the penalised gradient vanishes", () => {
    const rows = planted(400, SEED).map((row) => Array.from(row.facts.slice(0, 5), (value) => value / 10));
    const labels = rows.map((row) => (row[0] ?? 0) + (row[4] ?? 0) > 1);
    const matrix = matrixOf(rows);
    const weights = fitLogistic(matrix, labels);
    for (let column = 0; column <= 5; column++) {
      let gradient = column < 5 ? (weights[column] ?? 0) : 0;
      rows.forEach((row, index) => {
        const logit = row.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), weights[5] ?? 0);
        const error = 1 / (1 + Math.exp(-logit)) - (labels[index] === true ? 1 : 0);
        gradient += error * (column < 5 ? (row[column] ?? 0) : 1);
      });
      expect(Math.abs(gradient), `column ${column}`).to.be.below(1e-3);
    }
  });

  it("gives the closed solution of a hand-made case: equal classes at -1 and 1", () => {
    // With one column, w = -dL/dw: w = 4 / (1 + e^w), so w + w e^w = 4.
    const weights = fitLogistic(matrixOf([[-1], [-1], [1], [1]]), [false, false, true, true]);
    const [slope = 0, intercept = 1] = weights;
    expectNear(slope + slope * Math.exp(slope), 4, 1e-6);
    expectNear(intercept, 0, 1e-9);
  });

  it("takes a column that never varies as no information", () => {
    const rows = [
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
    ];
    const score = logisticScorer(matrixOf(rows), [false, false, true, true]);
    const scores = score(matrixOf(rows));
    expect([...scores]).to.deep.equal([...scores].sort((a, b) => a - b));
    expect(Number.isFinite(scores[0])).to.equal(true);
  });
});
