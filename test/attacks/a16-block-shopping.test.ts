import { expect } from "chai";

import { judged } from "../shared/gate.ts";
import { capture } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, ethers, fixture, networkHelpers, POLICY } from "../shared/suite.ts";

const AGE = 2 ** POLICY.refreshLog2;

describe("A16: nobody chooses the block of the facts", () => {
  it("accepts one block only, for whoever asks and whatever all other blocks would say", async () => {
    const suite = await fixture();
    await networkHelpers.mine(40);
    const payment = await authorized(suite);
    await networkHelpers.mine(20);
    for (let asOf = payment.block - 30; asOf <= payment.block + 20; asOf += 1) {
      const attestation = await attest(suite, payment, { asOf, score: 1 });
      if (asOf === payment.block) continue;
      const act = () => capture(suite, payment, { attestation });
      await expect(act()).to.be.revertedWithCustomError(suite.gate, "WrongAsOf").withArgs(payment.block, asOf);
    }
    await capture(suite, payment, { attestation: await attest(suite, payment) });
  });

  it("follows the payment through its refreshes: one block at every age, the next only when it is due", async () => {
    const suite = await fixture();
    const block = await networkHelpers.time.latestBlock();
    for (const age of [1, AGE - 1, AGE, AGE + 1, AGE + 2, 2 * AGE, 2 * AGE + 1]) {
      await networkHelpers.mineUpTo(block + age);
      const accepted: number[] = [];
      for (const asOf of [0, 1, 2, 3].map((k) => block + k * AGE).filter((one) => one <= block + age)) {
        const answer = await judged(suite, block, { asOf }).catch(() => undefined);
        if (answer !== undefined) accepted.push(asOf);
      }
      expect(accepted, `${age} blocks after`).to.deep.equal([block + Math.floor((age - 1) / AGE) * AGE]);
    }
  });

  it("refuses facts as of the right block of another fork", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const fork = `0x${"f0".repeat(32)}`;
    const attestation = await attest(suite, payment, { asOfHash: fork });
    const asOfHash = (await ethers.provider.getBlock(payment.block))?.hash;
    const act = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, act, suite.gate, "WrongAsOfHash", [asOfHash, fork]);
  });
});
