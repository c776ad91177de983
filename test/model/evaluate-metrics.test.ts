import { expect } from "chai";

import { cardPrecision } from "../../oracle/src/evaluate/cardPrecision.ts";
import { stabilityIndex } from "../../oracle/src/evaluate/drift.ts";
import { curve, meanMeasures, measure } from "../../oracle/src/evaluate/metrics.ts";
import { calibrationError, reliability } from "../../oracle/src/evaluate/reliability.ts";
import type { Example } from "../../oracle/src/evaluate/types.ts";
import { expectNear } from "./near.ts";

const DAY = 86_400;

function row(group: string, day: number, illicit: boolean): { group: string; time: number; illicit: boolean } {
  return { group, time: day * DAY + 60, illicit };
}

function example(illicit: boolean, facts = new Int8Array(32)): Example {
  return { id: "p", group: "g", time: 0, micro: 1_000_000, facts, illicit };
}

describe("the measures", () => {
  it("count a tie half in AUC and as one step in average precision", () => {
    // Scores 9 (fraud), 5 (fraud, honest), 1 (honest). Pairs: 9>5, 9>1, 5=5 half, 5>1: 3.5 of 4.
    // Precision 1 at recall 1/2, then 2 of 3 at recall 1: 1/2 * 1 + 1/2 * 2/3.
    const rows = [row("a", 0, true), row("b", 0, true), row("c", 0, false), row("d", 0, false)];
    const { auc, ap, cp100 } = measure(rows, [9, 5, 5, 1], false);
    expect(auc).to.equal(3.5 / 4);
    expectNear(ap, 0.5 + 1 / 3, 1e-12);
    expect(cp100).to.equal(undefined);
  });

  it("give one half and the base rate where all scores are equal", () => {
    const rows = [row("a", 0, true), row("b", 0, false), row("c", 0, false), row("d", 0, false)];
    const { auc, ap } = measure(rows, [7, 7, 7, 7], false);
    expect([auc, ap]).to.deep.equal([0.5, 0.25]);
  });

  it("draw one point of a curve for each distinct score", () => {
    expect(curve([9, 5, 5, 1], [true, true, false, false])).to.deep.equal([
      { falsePositiveRate: 0, recall: 0.5, precision: 1 },
      { falsePositiveRate: 0.5, recall: 1, precision: 2 / 3 },
      { falsePositiveRate: 1, recall: 1, precision: 0.5 },
    ]);
  });

  it("average card precision only where every fold has it", () => {
    const both = meanMeasures([
      { auc: 0.8, ap: 0.5, cp100: 0.3 },
      { auc: 0.9, ap: 0.7, cp100: 0.1 },
    ]);
    expectNear(both.auc, 0.85, 1e-12);
    expectNear(both.ap, 0.6, 1e-12);
    expectNear(both.cp100, 0.2, 1e-12);
    expect(meanMeasures([{ auc: 1, ap: 1 }])).to.deep.equal({ auc: 1, ap: 1 });
  });
});

describe("card precision@k", () => {
  it("takes a customer's highest score of the day, and any fraud of the day makes the customer compromised", () => {
    // Day 0: a scores 9 by an honest payment and has a fraud at 1; b 5; c 3 (fraud). The two worst: a, b; one hit of two.
    const rows = [row("a", 0, false), row("a", 0, true), row("b", 0, false), row("c", 0, true)];
    expect(cardPrecision(rows, [9, 1, 5, 3], 2)).to.equal(0.5);
  });

  it("leaves customers out on the days after they were found", () => {
    // Day 0 finds a. Day 1 has a again with the highest score: left out, so b and c are looked at and c is a hit.
    const rows = [row("a", 0, true), row("b", 0, false), row("a", 1, true), row("b", 1, false), row("c", 1, true)];
    expect(cardPrecision(rows, [9, 1, 9, 5, 4], 2)).to.equal((0.5 + 0.5) / 2);
    // One place a day: without the rule day 1 would find a once more.
    expect(cardPrecision(rows, [9, 1, 9, 5, 4], 1)).to.equal((1 + 0) / 2);
  });

  it("does not forget a customer who was looked at and not compromised", () => {
    const rows = [row("a", 0, false), row("a", 1, true)];
    expect(cardPrecision(rows, [9, 9], 1)).to.equal(0.5);
  });

  it("ranks equal scores in the order the customers appear that day", () => {
    const rows = [row("a", 0, false), row("b", 0, true)];
    expect(cardPrecision(rows, [5, 5], 1)).to.equal(0);
    expect(cardPrecision([...rows].reverse(), [5, 5], 1)).to.equal(1);
  });
});

describe("the population stability index", () => {
  it("is zero for the same values and what the formula gives by hand for others", () => {
    const earlier = Array.from({ length: 100 }, (_, index) => index % 2);
    expect(stabilityIndex(earlier, earlier)).to.equal(0);
    // Two bins: half and half before, 80 and 20 of a hundred after.
    const later = Array.from({ length: 100 }, (_, index) => (index < 80 ? 0 : 1));
    const byHand = (0.8 - 0.5) * Math.log(0.8 / 0.5) + (0.2 - 0.5) * Math.log(0.2 / 0.5);
    expectNear(stabilityIndex(earlier, later), byHand, 1e-12);
  });

  it("stays finite where a bin is empty, counting half a row", () => {
    const earlier = [0, 0, 1, 1];
    const byHand = (1 - 0.5) * Math.log(1 / 0.5) + (0.125 - 0.5) * Math.log(0.125 / 0.5);
    expectNear(stabilityIndex(earlier, [0, 0, 0, 0]), byHand, 1e-12);
  });
});

describe("reliability", () => {
  it("compares the mean probability of a bin with the share of frauds in it", () => {
    const judged = (illicit: boolean, probability: number) => ({
      row: example(illicit),
      score: 0,
      logit: Math.log(probability / (1 - probability)),
    });
    const bins = reliability([judged(true, 0.5), judged(false, 0.5), judged(false, 0.004), judged(false, 0.003)]);
    expect(bins.map(({ rows, observed }) => [rows, observed])).to.deep.equal([
      [2, 0],
      [2, 0.5],
    ]);
    expectNear(bins[0]?.predicted, 0.0035, 1e-9);
    expectNear(calibrationError(bins), 0.00175, 1e-9);
  });
});
