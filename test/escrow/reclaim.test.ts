import { expect } from "chai";

import { at, capture, post, reclaim, request, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, stateOf, timerOf } from "../shared/state.ts";
import { authorized, DAY, fixture, termsFor, UNIT } from "../shared/suite.ts";

describe("PaymentEscrow.reclaim", () => {
  for (const screened of [false, true]) {
    it(`returns everything from captureBy on, ${screened ? "after a posted Allow" : "never screened"}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      if (screened) await post(suite, payment);
      const by = payment.terms.captureBy;
      await at(by - 1);
      await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "ReclaimTooEarly", [by - 1, by]);
      await at(by);
      const before = await holdings(suite);
      await expect(reclaim(suite, payment))
        .to.emit(suite.escrow, "Reclaimed")
        .withArgs(payment.id, 100n * UNIT);
      expect(await holdings(suite)).to.deep.equal({ ...before, payer: 1_000_000n * UNIT, escrow: 0n });
      expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
    });
  }

  it("returns only what was not captured", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment, { amount: 70n * UNIT });
    await at(payment.terms.captureBy);
    await expect(reclaim(suite, payment))
      .to.emit(suite.escrow, "Reclaimed")
      .withArgs(payment.id, 30n * UNIT);
    const { capturable, refundable } = await stateOf(suite, payment.id);
    expect([capturable, refundable]).to.deep.equal([0n, 70n * UNIT]);
  });

  it("returns a blocked payment at once when the terms name no arbiter", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 9_999 });
    await reclaim(suite, payment);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
  });

  it("returns a blocked payment after the appeal delay when they name one", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { arbiter: suite.arbiter.address });
    await post(suite, payment, { score: 9_999 });
    const { closesAt } = await timerOf(suite, payment.id);
    await at(closesAt - 1n);
    const early = [closesAt - 1n, closesAt];
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "ReclaimTooEarly", early);
    await at(closesAt);
    await reclaim(suite, payment);
  });

  it("waits for the end of a held payment's grace", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { captureBy: (await termsFor(suite)).authorizeBy });
    await at(payment.terms.captureBy - 1);
    await post(suite, payment, { score: 9_800 });
    const { closesAt } = await timerOf(suite, payment.id);
    expect(closesAt).to.equal(payment.terms.captureBy - 1 + DAY + 2 * DAY);
    await at(closesAt - 1n);
    const early = [closesAt - 1n, closesAt];
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "ReclaimTooEarly", early);
    await at(closesAt);
    await reclaim(suite, payment);
  });

  it("returns the money from the second silence begins when the terms say Refund, before captureBy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await request(suite, payment);
    const { silentAt } = await timerOf(suite, payment.id);
    await at(silentAt - 1n);
    const early = [silentAt - 1n, silentAt];
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "ReclaimTooEarly", early);
    await at(silentAt);
    await reclaim(suite, payment);
    expect(silentAt).to.be.lessThan(payment.terms.captureBy);
  });

  it("reverts when nothing is left and on a payment that was never authorized", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await suite.escrow.connect(suite.payee).void(payment.packed, 100n * UNIT, 0);
    await at(payment.terms.captureBy);
    await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "AmountZero");
    const other = unpaid(suite, { ...payment.terms, salt: 9n });
    await expectRefused(suite, other, () => reclaim(suite, other), suite.escrow, "PaymentUnknown", [other.id]);
  });
});
