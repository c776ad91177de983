import { packTerms, paymentId } from "@sluice/sdk";
import { expect } from "chai";

import { capture } from "../shared/moves.ts";
import { attest, COLLECTION, ethers, fixture, networkHelpers, termsFor, UNIT } from "../shared/suite.ts";

const COUNT = 50;

describe("A17: fifty authorizations of one block are judged on a history that has all of them", () => {
  it("asks for the block that holds them all as the block of every one's facts", async () => {
    const suite = await fixture();
    const usual = await termsFor(suite, { amount: UNIT });
    const all = Array.from({ length: COUNT }, (_, index) => ({ ...usual, salt: BigInt(index) }));
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      for (const terms of all) {
        const escrow = suite.escrow.connect(suite.payer);
        await escrow.authorize(packTerms(terms), COLLECTION.Allowance, "0x", { gasLimit: 400_000 });
      }
      await networkHelpers.mine(1);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
    const block = await networkHelpers.time.latestBlock();
    await networkHelpers.mine(1);
    const events = await suite.escrow.queryFilter(suite.escrow.filters.Authorized(), block, block);
    expect(events.length).to.equal(COUNT);
    for (const terms of [all[0]!, all[25]!, all[COUNT - 1]!]) {
      const payment = { terms, packed: packTerms(terms), id: paymentId(terms, suite.site), block };
      const earlier = await attest(suite, payment, { asOf: block - 1 });
      await expect(capture(suite, payment, { attestation: earlier }))
        .to.be.revertedWithCustomError(suite.gate, "WrongAsOf")
        .withArgs(block, block - 1);
      await capture(suite, payment, { attestation: await attest(suite, payment) });
    }
  });
});
