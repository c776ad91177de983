import { expect } from "chai";

import { at, capture, post, request, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, stateOf } from "../shared/state.ts";
import { authorized, BAND, fixture, termsFor, UNIT } from "../shared/suite.ts";

describe("PaymentEscrow.void", () => {
  for (const who of ["operator", "payee"] as const) {
    it(`gives the payer back what the ${who} names, in parts`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const before = await holdings(suite);
      await expect(suite.escrow.connect(suite[who]).void(payment.packed, 40n * UNIT, 7))
        .to.emit(suite.escrow, "Voided")
        .withArgs(payment.id, 40n * UNIT, 7);
      await suite.escrow.connect(suite[who]).void(payment.packed, 60n * UNIT, 0);
      expect(await holdings(suite)).to.deep.equal({ ...before, payer: before.payer + 100n * UNIT, escrow: 0n });
      const { capturable, refundable } = await stateOf(suite, payment.id);
      expect([capturable, refundable]).to.deep.equal([0n, 0n]);
    });
  }

  it("leaves the rest to be captured", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await suite.escrow.connect(suite.payee).void(payment.packed, 25n * UNIT, 0);
    await capture(suite, payment, { amount: 75n * UNIT });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(75n * UNIT);
  });

  for (const [band, score] of [
    ["Hold", 9_800],
    ["Block", 9_999],
  ] as const) {
    it(`is possible while the payment's band is ${band}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite, { arbiter: suite.arbiter.address });
      await post(suite, payment, { score });
      expect((await stateOf(suite, payment.id)).band).to.equal(BAND[band]);
      await suite.escrow.connect(suite.payee).void(payment.packed, 100n * UNIT, 0);
      expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
    });
  }

  it("is possible after captureBy and after silence", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await request(suite, payment);
    await at(payment.terms.captureBy + 1);
    await suite.escrow.connect(suite.payee).void(payment.packed, 100n * UNIT, 0);
  });

  for (const who of ["payer", "stranger", "deployer"] as const) {
    it(`reverts when the ${who} voids`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const args = [suite[who].address, suite.operator.address, suite.payee.address];
      const act = () => suite.escrow.connect(suite[who]).void(payment.packed, 1n, 0);
      await expectRefused(suite, payment, act, suite.escrow, "NotOperatorOrPayee", args);
    });
  }

  it("reverts on nothing, on more than is there, and on what was captured", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const voidOf = (amount: bigint) => () => suite.escrow.connect(suite.payee).void(payment.packed, amount, 0);
    await expectRefused(suite, payment, voidOf(0n), suite.escrow, "AmountZero");
    const tooMuch = 100n * UNIT + 1n;
    await expectRefused(suite, payment, voidOf(tooMuch), suite.escrow, "AmountTooLarge", [tooMuch, 100n * UNIT]);
    await post(suite, payment);
    await capture(suite, payment);
    await expectRefused(suite, payment, voidOf(1n), suite.escrow, "AmountTooLarge", [1n, 0n]);
  });

  it("reverts on a payment that was never authorized", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    const act = () => suite.escrow.connect(suite.payee).void(payment.packed, 1n, 0);
    await expectRefused(suite, payment, act, suite.escrow, "PaymentUnknown", [payment.id]);
  });
});
