import { expect } from "chai";

import { at, capture, post, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, stateOf } from "../shared/state.ts";
import { authorized, fixture, termsFor, UNIT, type Suite } from "../shared/suite.ts";

/** A captured payment, and tokens and allowances from which both parties may refund. */
async function captured(suite: Suite, amount = 100n * UNIT) {
  const payment = await authorized(suite);
  await post(suite, payment);
  await capture(suite, payment, { amount });
  for (const who of [suite.operator, suite.payee]) {
    await suite.token.mint(who.address, 200n * UNIT);
    await suite.token.connect(who).approve(suite.site.escrow, 2n ** 256n - 1n);
  }
  return payment;
}

describe("PaymentEscrow.refund", () => {
  for (const who of ["operator", "payee"] as const) {
    it(`pays the payer out of the ${who}'s allowance, in parts`, async () => {
      const suite = await fixture();
      const payment = await captured(suite);
      const before = await holdings(suite);
      const refund = suite.escrow.connect(suite[who]).refund(payment.packed, 30n * UNIT, 1);
      await expect(refund)
        .to.emit(suite.escrow, "Refunded")
        .withArgs(payment.id, suite[who].address, 30n * UNIT, 1);
      expect((await stateOf(suite, payment.id)).refundable).to.equal(70n * UNIT);
      await suite.escrow.connect(suite[who]).refund(payment.packed, 70n * UNIT, 0);
      expect((await stateOf(suite, payment.id)).refundable).to.equal(0n);
      const after = await holdings(suite);
      expect(after).to.deep.equal({
        ...before,
        payer: before.payer + 100n * UNIT,
        [who]: before[who] - 100n * UNIT,
      });
    });
  }

  it("leaves what is still in escrow alone", async () => {
    const suite = await fixture();
    const payment = await captured(suite, 60n * UNIT);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 60n * UNIT, 0);
    const { capturable, refundable } = await stateOf(suite, payment.id);
    expect([capturable, refundable]).to.deep.equal([40n * UNIT, 0n]);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(40n * UNIT);
  });

  it("reverts on nothing and on more than was captured and not yet refunded", async () => {
    const suite = await fixture();
    const payment = await captured(suite, 60n * UNIT);
    const refundOf = (amount: bigint) => () => suite.escrow.connect(suite.payee).refund(payment.packed, amount, 0);
    await expectRefused(suite, payment, refundOf(0n), suite.escrow, "AmountZero");
    const args = [60n * UNIT + 1n, 60n * UNIT];
    await expectRefused(suite, payment, refundOf(60n * UNIT + 1n), suite.escrow, "AmountTooLarge", args);
    await refundOf(60n * UNIT)();
    await expectRefused(suite, payment, refundOf(1n), suite.escrow, "AmountTooLarge", [1n, 0n]);
  });

  it("is possible until one second before refundBy", async () => {
    const suite = await fixture();
    const payment = await captured(suite);
    const by = payment.terms.refundBy;
    await at(by - 1);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 1n, 0);
    await at(by);
    const late = () => suite.escrow.connect(suite.payee).refund(payment.packed, 1n, 0);
    await expectRefused(suite, payment, late, suite.escrow, "RefundWindowClosed", [by, by]);
  });

  for (const who of ["payer", "stranger"] as const) {
    it(`reverts when the ${who} refunds`, async () => {
      const suite = await fixture();
      const payment = await captured(suite);
      const args = [suite[who].address, suite.operator.address, suite.payee.address];
      const act = () => suite.escrow.connect(suite[who]).refund(payment.packed, 1n, 0);
      await expectRefused(suite, payment, act, suite.escrow, "NotOperatorOrPayee", args);
    });
  }

  it("reverts when the caller's allowance or balance does not cover it", async () => {
    const suite = await fixture();
    const payment = await captured(suite);
    await suite.token.connect(suite.payee).approve(suite.site.escrow, 50n * UNIT - 1n);
    const act = () => suite.escrow.connect(suite.payee).refund(payment.packed, 50n * UNIT, 0);
    const args = [payment.terms.token, suite.payee.address, suite.payer.address, 50n * UNIT];
    await expectRefused(suite, payment, act, suite.escrow, "TransferFailed", args);
  });

  it("reverts on a payment that was never authorized", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    const act = () => suite.escrow.connect(suite.payee).refund(payment.packed, 1n, 0);
    await expectRefused(suite, payment, act, suite.escrow, "PaymentUnknown", [payment.id]);
  });
});
