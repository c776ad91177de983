import { expect } from "chai";

import {
  costCurve,
  DEFAULT_BUDGETS,
  operate,
  outcomesBy,
  proposeThresholds,
  thresholdAllowing,
} from "../../oracle/src/evaluate/operating.ts";
import { policyOf } from "../../oracle/src/evaluate/policy.ts";
import type { JudgedRow } from "../../oracle/src/evaluate/scoring.ts";
import type { Example } from "../../oracle/src/evaluate/types.ts";
import { expectNear } from "./near.ts";

type Rest = Partial<Pick<Example, "scenario" | "paymentNumber">>;

function judged(score: number, units: number, illicit: boolean, rest: Rest = {}): JudgedRow {
  const row = { id: "p", group: "g", time: 0, micro: units * 1_000_000, facts: new Int8Array(32), illicit, ...rest };
  return { row, score, logit: score / 1_000 };
}

const honest = (score: number, units: number, rest?: Rest): JudgedRow => judged(score, units, false, rest);
const fraud = (score: number, units: number, rest?: Rest): JudgedRow => judged(score, units, true, rest);

describe("the cost curve", () => {
  it("gives at each threshold the money stopped and the honest money delayed, by hand", () => {
    const points = costCurve([fraud(9_900, 30), fraud(9_000, 10), honest(9_900, 5), honest(100, 95)]);
    expect(points.map((point) => [point.holdAt, point.moneyStopped, point.honestMoneyDelayed])).to.deep.equal([
      [10_001, 0, 0],
      [9_900, 0.75, 0.05],
      [9_000, 1, 0.05],
      [100, 1, 1],
    ]);
    expect(points.map((point) => [point.paymentsStopped, point.honestPaymentsDelayed])).to.deep.equal([
      [0, 0],
      [0.5, 0.5],
      [1, 0.5],
      [1, 1],
    ]);
  });
});

describe("proposed thresholds", () => {
  it("are as low as the budgets of honest money allow, and block is never below hold", () => {
    // Honest money: 4 of 1,000 at 9,990, 20 at 9,800, the rest at 10.
    const rows = [honest(9_990, 4), honest(9_800, 20), honest(10, 976), fraud(9_850, 1)];
    expect(proposeThresholds(rows, { hold: 0.03, block: 0.005 })).to.deep.equal({ holdAt: 11, blockAt: 9_801 });
    expect(proposeThresholds(rows, { hold: 0.02, block: 0.005 })).to.deep.equal({ holdAt: 9_801, blockAt: 9_801 });
    expect(proposeThresholds(rows, { hold: 0.001, block: 0.5 })).to.deep.equal({ holdAt: 9_991, blockAt: 9_991 });
  });

  it("are 10,000 where even the highest score holds too much honest money", () => {
    expect(proposeThresholds([honest(10_000, 1), fraud(10_000, 1)], DEFAULT_BUDGETS).holdAt).to.equal(10_000);
  });

  it("count rows where none carries an amount", () => {
    const rows = Array.from({ length: 100 }, (_, index) => honest(index * 100, 0));
    expect(proposeThresholds(rows, { hold: 0.05, block: 0.01 })).to.deep.equal({ holdAt: 9_401, blockAt: 9_801 });
  });

  it("allow at least the wanted share of honest payments", () => {
    const rows = Array.from({ length: 100 }, (_, index) => honest(index * 100, 1));
    const threshold = thresholdAllowing(rows, 0.95);
    expect(threshold).to.equal(9_401);
    expectNear(operate("x", rows, { holdAt: threshold, blockAt: 10_000 }).honestAllowed, 0.95, 1e-12);
  });
});

describe("a policy's table", () => {
  const rows = [
    fraud(9_990, 100, { scenario: "stolen", paymentNumber: 1 }),
    fraud(9_600, 10, { scenario: "stolen", paymentNumber: 7 }),
    fraud(500, 50, { scenario: "shop", paymentNumber: 2 }),
    honest(9_700, 1, { paymentNumber: 2 }),
    honest(100, 9, { paymentNumber: 8 }),
  ];

  it("states shares of payments and of money at the thresholds", () => {
    const operation = operate("default", rows, { holdAt: 9_700, blockAt: 9_950 });
    expect(operation).to.include({ honestAllowed: 0.5, honestMoneyDelayed: 0.1, moneyStopped: 100 / 160 });
    expect([operation.illicitStopped, operation.illicitBlocked]).to.deep.equal([1 / 3, 1 / 3]);
  });

  it("has a line for each scenario with its frauds and all honest payments, and for each range of payment numbers", () => {
    const policy = policyOf([{ calibrated: true, test: rows, validation: rows }], DEFAULT_BUDGETS, 9_500);
    expect(policy.groupsHoldAt).to.equal(9_500);
    expect(policy.byScenario).to.deep.equal([
      { group: "shop", honest: 2, illicit: 1, illicitStopped: 0, honestAllowed: 0.5 },
      { group: "stolen", honest: 2, illicit: 2, illicitStopped: 1, honestAllowed: 0.5 },
    ]);
    expect(policy.byPaymentNumber.map(({ group, illicit, honest: good }) => [group, illicit, good])).to.deep.equal([
      ["payment 1", 1, 0],
      ["payment 2", 1, 1],
      ["payments 6 to 10", 1, 1],
      ["payments from 6", 1, 1],
    ]);
    expect(policy.byPaymentNumber.at(-1)).to.include({ illicitStopped: 1, honestAllowed: 1 });
  });

  it("gives no number where a group has no rows of a kind", () => {
    const [outcome] = outcomesBy([honest(1, 1)], 9_700, [{ name: "all", has: () => true }]);
    expect(outcome?.illicitStopped).to.be.NaN;
    expect(outcome?.honestAllowed).to.equal(1);
  });
});
