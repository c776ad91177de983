import { expect } from "chai";

import { capture, post } from "../shared/moves.ts";
import { expectRefused } from "../shared/state.ts";
import { attest, authorized, fixture, UNIT } from "../shared/suite.ts";

describe("A3: one attestation moves one payment's money, however often it is shown", () => {
  it("pays out the authorized amount and no more in three captures", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await authorized(suite, { salt: 2n });
    const attestation = await attest(suite, payment);
    await capture(suite, payment, { attestation });
    for (const amount of [100n * UNIT, 1n]) {
      const act = () => capture(suite, payment, { amount, attestation });
      await expectRefused(suite, payment, act, suite.escrow, "AmountTooLarge", [amount, 0n]);
    }
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });

  it("stores nothing more after it was posted", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await expectRefused(suite, payment, () => post(suite, payment), suite.escrow, "AlreadyScreened", [payment.id, 1n]);
  });
});
