import { paymentId, unpackTerms, type PackedTerms } from "@sluice/sdk";
import { expect } from "chai";

import { fuzzRuns, random } from "../shared/random.ts";
import { fixture } from "../shared/suite.ts";

const SEED = 19_000;
const SPARE = 2n ** 48n - 1n;

describe("PaymentEscrow.idOf against ethers", () => {
  it("agrees on random terms, every bit of every field in use", async () => {
    const { escrow, site } = await fixture();
    const { seed, bits } = random(SEED);
    for (let run = 0; run < fuzzRuns(300); run += 1) {
      const packed: PackedTerms = {
        payerAmount: bits(256),
        payeeWindows: bits(256),
        operatorRefund: bits(256) & ~0xfen, // the silence rule is 0 or 1
        tokenBond: bits(256),
        feeReceiverRuling: bits(256) & ~SPARE,
        arbiterReferral: bits(256),
        salt: bits(256),
      };
      const expected = paymentId(unpackTerms(packed), site);
      expect(await escrow.idOf(packed), `seed ${seed}, run ${run}`).to.equal(expected);
    }
  });
});
