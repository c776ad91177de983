import { expect } from "chai";

import { bookMeasures } from "../../oracle/src/evaluate/book.ts";
import { bookFeatures } from "../../oracle/src/evaluate/bookFeatures.ts";
import { EvaluateError } from "../../oracle/src/evaluate/errors.ts";
import { handbookDay, readHandbook } from "../../oracle/src/evaluate/formats/handbook.ts";
import { DAY, testIndices } from "../../oracle/src/evaluate/handbookRules.ts";
import { protocolNamed } from "../../oracle/src/evaluate/registry.ts";
import type { PaymentStream } from "../../oracle/src/evaluate/stream.ts";
import { countsIn, StreamBuilder } from "../../oracle/src/evaluate/stream.ts";

const HANDBOOK_FILE = process.env.SLUICE_HANDBOOK;

/** Payments as [day, customer, fraud?], in the middle of the day; day 0 begins the training week. */
function stream(payments: readonly (readonly [day: number, customer: string, fraud?: "fraud"])[]): PaymentStream {
  const builder = new StreamBuilder();
  for (const [day, payer, fraud] of payments) {
    builder.add({
      time: (day + 30) * DAY + 43_200,
      micro: 1_000_000,
      payer,
      payee: "shop",
      fraud: fraud !== undefined,
    });
  }
  return builder.finish();
}

/** Day and customer of each payment that is tested. */
function tested(list: PaymentStream): string[] {
  return testIndices(list, 30 * DAY).map((at) => {
    const day = Math.floor((list.time[at] ?? 0) / DAY) - 30;
    return `${day} ${list.payers[list.payer[at] ?? -1]}`;
  });
}

describe("the Handbook's protocol", () => {
  it("tests days 14 to 20 after a training week and a week of waiting", () => {
    const days = [-1, 0, 6, 7, 13, 14, 20, 21] as const;
    expect(tested(stream(days.map((day) => [day, `c${day}`] as const)))).to.deep.equal(["14 c14", "20 c20"]);
  });

  it("leaves customers out who were defrauded in the training week, and not those defrauded before it", () => {
    const list = stream([
      [-1, "early", "fraud"],
      [3, "known", "fraud"],
      [14, "early"],
      [14, "known"],
      [20, "known", "fraud"],
    ]);
    expect(tested(list)).to.deep.equal(["14 early"]);
  });

  it("learns of a later fraud eight days after it: a customer of day 7 is tested on day 14 and left out from day 15 on", () => {
    const list = stream([
      [7, "late", "fraud"],
      [13, "last", "fraud"],
      [14, "late"],
      [15, "late"],
      [20, "late"],
      [20, "last"],
    ]);
    expect(tested(list)).to.deep.equal(["14 late", "20 last"]);
  });

  it("counts payments and frauds of a half-open period", () => {
    const list = stream([
      [0, "a"],
      [1, "b", "fraud"],
      [2, "c", "fraud"],
    ]);
    expect(countsIn(list, 30 * DAY, 32 * DAY)).to.deep.equal({ payments: 2, frauds: 1 });
  });

  it("computes the book's features by hand: windows end with the payment, a terminal's labels seven days earlier", () => {
    const builder = new StreamBuilder();
    const add = (time: number, units: number, fraud = false): void =>
      builder.add({ time, micro: units * 1e6, payer: "c", payee: "t", fraud });
    add(0, 10, true); // Sunday, midnight
    add(DAY, 20); // Monday
    add(7 * DAY, 30); // Sunday: exactly seven days after the first
    const features = bookFeatures(builder.finish(), 0, 3);
    const rows = [0, 1, 2].map((row) => Array.from(features.values.subarray(15 * row, 15 * row + 15)));
    expect(rows[0]).to.deep.equal([10, 1, 1, 1, 10, 0, 0, 1, 10, 0, 0, 1, 10, 0, 0]);
    // A payment exactly a day, or seven days, ago has left the window; the delayed windows of the terminal hold the first payment.
    expect(rows[1]).to.deep.equal([20, 0, 1, 1, 20, 0, 0, 2, 15, 0, 0, 2, 15, 0, 0]);
    expect(rows[2]).to.deep.equal([30, 1, 1, 1, 30, 1, 1, 2, 25, 1, 1, 3, 20, 1, 1]);
  });

  it("says which protocols a format has, and what an empty class needs", () => {
    expect(() => protocolNamed("handbook-weekly", "handbook")).to.throw(
      EvaluateError,
      "handbook-book, handbook-single",
    );
    expect(() => protocolNamed("ethereum-payments", "handbook")).to.throw(EvaluateError, "reads the ethereum format");
    const honest = Array.from({ length: 21 }, (_, day) => [day, `c${day}`] as const);
    expect(() => bookMeasures(stream(honest), 30 * DAY)).to.throw(EvaluateError, "no fraud");
  });

  const given = HANDBOOK_FILE === undefined ? " (left out: SLUICE_HANDBOOK does not name the file)" : "";

  it(`gives the book's logistic regression to three decimals, with its counts${given}`, async function () {
    if (HANDBOOK_FILE === undefined) return this.skip();
    this.timeout(120_000);
    const result = bookMeasures(await readHandbook(HANDBOOK_FILE), handbookDay(7, 25));
    expect([result.train, result.trainIllicit, result.test, result.testIllicit]).to.deep.equal([
      67_240, 598, 58_264, 385,
    ]);
    const { auc, ap, cp100 } = result.evaluate.baselines.bookLogistic;
    expect([auc, ap, cp100].map((value) => value?.toFixed(3))).to.deep.equal(["0.871", "0.606", "0.291"]);
  });
});
