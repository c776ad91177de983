import { expect } from "chai";

import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import type { QuantisedLayer } from "../../oracle/src/model/network.ts";
import { accumulate, score } from "../../oracle/src/model/reference.ts";
import { addListGuard, guardBounds, guardKnots, listSlot, PATTERN_CEILING } from "../../oracle/src/train/listGuard.ts";
import { mulberry32, type Random } from "../../oracle/src/train/random.ts";
import { shippedModel } from "./shipped.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 5);
const LIST = listSlot(PAYMENT_SCHEMA);

function integer(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

function layer(random: Random, inputs: number, outputs: number, shift: number): QuantisedLayer {
  const weights = Array.from({ length: outputs }, () =>
    Array.from({ length: inputs }, () => integer(random, -127, 127)),
  );
  return { weights, bias: weights.map(() => integer(random, -9_000, 9_000)), shift };
}

function network(random: Random): QuantisedLayer[] {
  return [layer(random, 32, 28, 9), layer(random, 28, 10, 8), layer(random, 10, 1, 0)];
}

/** Any bytes, half of them at the ends, with the list fact as given. */
function facts(random: Random, list: number): Int8Array {
  const values = Int8Array.from({ length: 32 }, () =>
    random() < 0.5 ? integer(random, -128, 127) : random() < 0.5 ? -128 : 127,
  );
  values[LIST.slot] = list;
  return values;
}

describe("the list guard", () => {
  it("keeps every pattern at or below its bound and every listed party at or above the other", () => {
    const random = mulberry32(SEED);
    for (let round = 0; round < 20; round++) {
      const layers = addListGuard(network(random), LIST);
      const bounds = guardBounds(layers, LIST);
      expect(bounds.listedLowest).to.be.above(bounds.patternHighest);
      const model = { id: "x", schemaHash: PAYMENT_SCHEMA.hash, layers, knots: [], referenceRow: [] };
      for (let sample = 0; sample < 50; sample++) {
        expect(accumulate(model, facts(random, LIST.unlisted)), `seed ${SEED}`).to.be.at.most(bounds.patternHighest);
        expect(accumulate(model, facts(random, LIST.listed)), `seed ${SEED}`).to.be.at.least(bounds.listedLowest);
      }
    }
  });

  it("refuses to call a network guarded once a carrier reads a pattern, or the list is weighed elsewhere", () => {
    const layers = addListGuard(network(mulberry32(SEED)), LIST);
    const changed = (index: number, neuron: number, input: number): QuantisedLayer[] =>
      layers.map((one, at) =>
        at !== index
          ? one
          : {
              ...one,
              weights: one.weights.map((row, n) => (n === neuron ? row.map((w, i) => (i === input ? 5 : w)) : row)),
            },
      );
    expect(() => guardBounds(layers, LIST)).not.to.throw();
    expect(() => guardBounds(changed(0, 0, LIST.slot), LIST)).to.throw(RangeError, "neuron 0 of layer 0");
    expect(() => guardBounds(changed(0, 29, 7), LIST)).to.throw(RangeError, "neuron 29 of layer 0");
    expect(() => guardBounds(changed(1, 3, 28), LIST)).to.throw(RangeError, "neuron 3 of layer 1");
    expect(() => guardBounds(changed(1, 15, 4), LIST)).to.throw(RangeError, "neuron 15 of layer 1");
    expect(() => guardBounds(changed(2, 0, 12), LIST)).to.throw(RangeError, "does not hold");
  });

  it("leaves scores up to 9,900 as they are and squeezes what lies above below the ceiling", () => {
    const bounds = { patternHighest: 1_000, listedLowest: 1_200 };
    const knots = guardKnots(
      [
        [0, 0],
        [500, 9_900],
        [600, 9_950],
        [700, 10_000],
      ],
      bounds,
    );
    expect(knots).to.deep.equal([
      [0, 0],
      [500, 9_900],
      [600, 9_924],
      [700, PATTERN_CEILING],
      [1_000, PATTERN_CEILING],
      [1_001, 10_000],
    ]);
  });

  it("holds in the shipped model: no pattern reaches the default Block threshold, a listed party always does", async () => {
    const model = await shippedModel();
    const random = mulberry32(SEED);
    expect(() => guardBounds(model.layers, LIST)).not.to.throw();
    for (let sample = 0; sample < 5_000; sample++) {
      expect(score(model, facts(random, LIST.unlisted)), `seed ${SEED}`).to.be.at.most(PATTERN_CEILING);
      expect(score(model, facts(random, LIST.listed)), `seed ${SEED}`).to.equal(10_000);
    }
  });
});
