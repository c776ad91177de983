import { expect } from "chai";

import { KeptPass } from "../../oracle/src/model/occlusion.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { randomAutoencoder, randomModel } from "./build.ts";
import { shippedModel } from "./shipped.ts";
import { manyVectors } from "./agreement.ts";

const SEED = Number(process.env.SLUICE_FUZZ_SEED ?? 61);

/** Every fact of some payments takes another value; a kept pass must give what a whole one gives. */
function compare(model: QuantisedModel): void {
  const random = mulberry32(SEED);
  for (const facts of manyVectors(model, 40, mulberry32(SEED))) {
    const pass = new KeptPass(model, facts);
    expect(pass.accumulator, `seed ${SEED}`).to.equal(accumulate(model, facts));
    for (let index = 0; index < facts.length; index++) {
      const value = Math.floor(random() * 256) - 128;
      const changed = Int8Array.from(facts);
      changed[index] = value;
      expect(pass.accumulatorWith(index, value), `seed ${SEED}, fact ${index}`).to.equal(accumulate(model, changed));
    }
    expect(pass.accumulator, "the pass stays as it was").to.equal(accumulate(model, facts));
  }
}

describe("a kept pass", () => {
  it("gives what a whole pass gives: the shipped model", async () => compare(await shippedModel()));

  for (const widths of [
    [10, 1],
    [30, 20, 1],
    [41, 31, 11, 1],
  ]) {
    it(`gives what a whole pass gives: a classifier of ${widths.join("-")}`, () => {
      compare(randomModel(mulberry32(SEED), widths));
    });
  }

  it("gives what a whole pass gives: an autoencoder", () => compare(randomAutoencoder(mulberry32(SEED), [4, 32])));
});
