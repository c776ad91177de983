import { expect } from "chai";

import { calibrate, probabilityOf, reliabilityBins } from "../../oracle/src/train/calibration.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";

/** Scores whose true probability is their square. */
function drawn(seed: number, count: number): { scores: number[]; illicit: boolean[] } {
  const random = mulberry32(seed);
  const scores = Array.from({ length: count }, () => random());
  return { scores, illicit: scores.map((score) => random() < score * score) };
}

describe("calibrated probability", () => {
  it("never falls as the score rises, and stays within 0 and 1", () => {
    const { scores, illicit } = drawn(1, 5_000);
    const steps = calibrate(scores, illicit);
    for (let at = 1; at < steps.length; at++) {
      const [before, step] = [steps[at - 1], steps[at]];
      expect(step?.from).to.be.greaterThan(before?.from ?? Infinity);
      expect(step?.probability).to.be.greaterThan(before?.probability ?? Infinity);
    }
    for (const score of [-1, 0, 0.3, 0.9, 2]) expect(probabilityOf(steps, score)).to.be.within(0, 1);
  });

  it("comes near the true probability on rows it was not made from", () => {
    const made = drawn(1, 20_000);
    const steps = calibrate(made.scores, made.illicit);
    const other = drawn(2, 20_000);
    const bins = reliabilityBins(
      other.scores.map((score) => probabilityOf(steps, score)),
      other.illicit,
    );
    expect(bins.length).to.equal(10);
    expect(bins.reduce((sum, bin) => sum + bin.count, 0)).to.equal(20_000);
    for (const bin of bins) expect(Math.abs(bin.meanProbability - bin.illicitShare)).to.be.below(0.04);
  });

  it("gives equal scores one probability: the share that is illicit among them", () => {
    const steps = calibrate([5, 5, 5, 5, 9], [true, false, false, false, true]);
    expect(steps).to.deep.equal([
      { from: 5, probability: 0.25 },
      { from: 9, probability: 1 },
    ]);
    expect([4, 5, 8, 9].map((score) => probabilityOf(steps, score))).to.deep.equal([0.25, 0.25, 0.25, 1]);
  });

  it("pools scores that contradict their order", () => {
    expect(calibrate([1, 2, 3], [true, false, true])).to.deep.equal([
      { from: 1, probability: 0.5 },
      { from: 3, probability: 1 },
    ]);
  });

  it("refuses to calibrate on nothing", () => {
    expect(() => calibrate([], [])).to.throw(RangeError);
  });
});
