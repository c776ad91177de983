import { expect } from "chai";

import { definitionOf } from "../../oracle/src/facts/catalogue.ts";
import { factContext } from "../../oracle/src/facts/context.ts";
import type { AuthorizedEvent } from "../../oracle/src/facts/history.ts";
import { historyOf } from "./randomHistory.ts";
import { SLOW_CARD } from "./slowCard.ts";
import { slowQuestion } from "./slowQuestion.ts";

const UNIT = 1_000_000;

/** Payments of so many micro-units by one payer, one an hour. */
function paid(amounts: readonly number[]): AuthorizedEvent[] {
  return amounts.map((micro, index) => {
    const place = { block: index, logIndex: 0, time: 3_600 * index };
    return { kind: "authorized", id: `p${index}`, payer: "ann", payee: "inn", token: "t", micro, ...place };
  });
}

/** What a fact says about a payment of that amount after them; the fact and its slow twin must agree. */
function both(name: string, amounts: readonly number[], micro: number): unknown {
  const events = paid(amounts);
  const asOf = { block: amounts.length, timestamp: 3_600 * amounts.length };
  const payment = { id: "judged", payer: "ann", payee: "bar", micro };
  const context = factContext(payment, historyOf(events).viewOf(payment, asOf.block), asOf.timestamp);
  const value = definitionOf(name).compute(context);
  expect(SLOW_CARD[name]?.(slowQuestion(payment, events, asOf)), `${name}, recomputed`).to.equal(value);
  return value;
}

/** What a payer usually pays, to a hundred micro-units, read off a fact whose unit is small beside it. */
function usual(amounts: readonly number[]): number {
  const multiple = both("amountTimesUsual", amounts, 2 ** 40);
  return 100 * Math.round((32 * 2 ** 40) / Number(multiple) / 100);
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe("what a payer usually pays, at its edges", () => {
  it("counts an amount of exactly two and a half medians, and none above", () => {
    expect(usual([...times(3, 10 * UNIT), 25 * UNIT])).to.equal(13_750_000);
    expect(usual([...times(3, 10 * UNIT), 25 * UNIT + 1])).to.equal(10 * UNIT);
  });

  it("is the mean of the newest 250 payments", () => {
    const oldest = 5 * UNIT;
    expect(usual([oldest, ...times(250, 10 * UNIT)])).to.equal(10 * UNIT);
    expect(usual([oldest, ...times(249, 10 * UNIT)])).to.equal(9_980_000);
  });

  it("is exceeded by a high payment two and a half times, and by a raised one twice: exactly that is not above", () => {
    const ordinary = [2_400_000, 2_400_000, 4_200_000];
    expect(both("payerHighAmounts14d", [...ordinary, 7_500_000], UNIT)).to.equal(0);
    expect(both("payerHighAmounts14d", [...ordinary, 7_500_001], UNIT)).to.equal(1);
    const mixed = [2, 2, 4, 4].map((units) => units * UNIT);
    expect(both("payerRaisedAmounts14d", [...mixed, 8 * UNIT], UNIT)).to.equal(0);
    expect(both("payerRaisedAmounts14d", [...mixed, 8 * UNIT + 5], UNIT)).to.equal(1);
  });

  it("takes an average amount for a score of zero, and rounds scores towards zero", () => {
    const amounts = [9 * UNIT, 11 * UNIT];
    const score = (micro: number): unknown => both("amountStandardScore60", amounts, micro);
    expect(score(10 * UNIT)).to.equal(0);
    expect([score(11 * UNIT), score(9 * UNIT)]).to.deep.equal([16, -16]);
    expect([score(11 * UNIT - 1), score(9 * UNIT + 1)]).to.deep.equal([15, -15]);
    expect(both("amountStandardScore60", [UNIT, UNIT], UNIT + 1)).to.equal(127);
    expect(both("amountStandardScore60", [UNIT, UNIT], UNIT - 1)).to.equal(-128);
  });
});
