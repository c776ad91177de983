import { expect } from "chai";

import { CATALOGUE } from "../../oracle/src/facts/catalogue.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { BAND, band } from "../../oracle/src/model/bands.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { reasons, subjectOf } from "../../oracle/src/model/reasons.ts";
import { accumulate, score } from "../../oracle/src/model/reference.ts";
import { factRows } from "../../oracle/src/train/rows.ts";
import { sampleAccounts, shippedModel } from "./shipped.ts";

/** One hidden neuron that adds a multiple of payeeAgeSlow and takes twice payeeBusiestDay away. */
function linearModel(ageWeight = 4): QuantisedModel {
  const weights = PAYMENT_SCHEMA.slots.map(({ fact }) =>
    fact === "payeeAgeSlow" ? ageWeight : fact === "payeeBusiestDay" ? -2 : 0,
  );
  const layers = [
    { weights: [weights], bias: [400], shift: 4 },
    { weights: [[10]], bias: [0], shift: 0 },
  ];
  const referenceRow = PAYMENT_SCHEMA.slots.map(() => 0);
  return {
    id: "linear",
    schemaHash: PAYMENT_SCHEMA.hash,
    layers,
    knots: [
      [0, 0],
      [1_000, 10_000],
    ],
    referenceRow,
  };
}

function factsWith(values: Record<string, number>): Int8Array {
  return Int8Array.from(PAYMENT_SCHEMA.slots, ({ fact }) => values[fact] ?? 0);
}

describe("bands", () => {
  it("begin at their thresholds", () => {
    expect([0, 9_699, 9_700, 9_949, 9_950, 10_000].map((one) => band(one, 9_700, 9_950))).to.deep.equal([
      BAND.allow,
      BAND.allow,
      BAND.hold,
      BAND.hold,
      BAND.block,
      BAND.block,
    ]);
  });

  it("have no Hold where both thresholds are the same, and refuse a block threshold below the hold threshold", () => {
    expect([9_699, 9_700].map((one) => band(one, 9_700, 9_700))).to.deep.equal([BAND.allow, BAND.block]);
    expect(() => band(0, 9_700, 9_699)).to.throw(RangeError, "9699 lies below holdAt 9700");
  });
});

describe("reasons", () => {
  it("name the facts that raised the score, the weightiest first, with the side they lie on", () => {
    const found = reasons(linearModel(), PAYMENT_SCHEMA, factsWith({ payeeAgeSlow: 100, payeeBusiestDay: -40 }));
    expect(found.map((one) => [one.code, one.value, one.usual, one.weight])).to.deep.equal([
      ["PAYEE_AGE_SLOW_HIGH", 100, 0, 250],
      ["PAYEE_BUSIEST_DAY_LOW", -40, 0, 50],
    ]);
    expect(found[0]?.sentence).to.equal(
      "The number of days since the payee was first paid is higher than in an ordinary payment.",
    );
  });

  it("leave out facts that lowered the score, and say nothing about a usual payment", () => {
    const lowered = reasons(linearModel(), PAYMENT_SCHEMA, factsWith({ payeeAgeSlow: 10, payeeBusiestDay: 5 }));
    expect(lowered.map((one) => one.fact)).to.deep.equal(["payeeAgeSlow"]);
    expect(reasons(linearModel(), PAYMENT_SCHEMA, factsWith({}))).to.deep.equal([]);
  });

  it("say that a fact is unknown where there is no history for it", () => {
    const [first] = reasons(linearModel(-4), PAYMENT_SCHEMA, factsWith({ payeeAgeSlow: -128 }));
    expect(first?.code).to.equal("PAYEE_AGE_SLOW_NONE");
    expect(first?.sentence).to.match(/is unknown: there is no earlier payment\.$/);
  });

  it("have a phrase for every fact of the catalogue", () => {
    for (const { name } of CATALOGUE) expect(subjectOf(name), name).to.match(/^[A-Z]/);
    expect(() => subjectOf("shoeSize")).to.throw(RangeError, "shoeSize");
  });

  it("exist for every payment of the sample that the shipped model stops, and lower the score when they are taken away", async () => {
    const model = await shippedModel();
    const stopped = factRows(PAYMENT_SCHEMA, await sampleAccounts()).filter((row) => score(model, row.facts) >= 9_700);
    expect(stopped.length).to.be.greaterThan(100);
    for (const row of stopped) {
      const [first] = reasons(model, PAYMENT_SCHEMA, row.facts);
      if (first === undefined) throw new Error(`no reason for ${row.account} ${row.index}`);
      const without = Int8Array.from(row.facts);
      without[first.index] = first.usual;
      expect(accumulate(model, row.facts) - accumulate(model, without)).to.equal(first.weight);
    }
  });
});
