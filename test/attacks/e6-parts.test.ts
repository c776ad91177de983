import { payments } from "@sluice/sdk";
import { expect } from "chai";

import { capture, post, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { authorized, DAY, ethers, fixture, networkHelpers, termsFor, UNIT, type Suite } from "../shared/suite.ts";
import { order, settle } from "./doors.ts";

/** A captured payment of 100 whose operator and payee can pay back. */
async function captured(suite: Suite) {
  const payment = await authorized(suite);
  await post(suite, payment);
  await capture(suite, payment);
  for (const who of [suite.operator, suite.payee]) {
    await suite.token.mint(who.address, 100n * UNIT);
    await suite.token.connect(who).approve(suite.site.escrow, 2n ** 256n - 1n);
  }
  return payment;
}

describe("E6: carts and partial returns: every way back takes parts", () => {
  it("voids in parts until nothing is left, and not one unit more", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const payee = suite.escrow.connect(suite.payee);
    for (const part of [1n, 40n * UNIT, 59n * UNIT]) await payee.void(payment.packed, part, 0);
    const left = UNIT - 1n;
    const more = () => payee.void(payment.packed, UNIT, 0);
    await expectRefused(suite, payment, more, suite.escrow, "AmountTooLarge", [UNIT, left]);
    await payee.void(payment.packed, left, 0);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
  });

  it("refunds in parts, by operator, payee and order together never more than was captured", async () => {
    const suite = await fixture();
    const payment = await captured(suite);
    await suite.escrow.connect(suite.operator).refund(payment.packed, 20n * UNIT, 0);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 30n * UNIT, 1);
    await order(suite, payment, "Refund", { by: suite.payee, amount: 49n * UNIT });
    const more = () => suite.escrow.connect(suite.operator).refund(payment.packed, 2n * UNIT, 0);
    await expectRefused(suite, payment, more, suite.escrow, "AmountTooLarge", [2n * UNIT, UNIT]);
    await suite.escrow.connect(suite.operator).refund(payment.packed, UNIT, 0);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
    expect(await suite.token.balanceOf(suite.operator.address)).to.equal(79n * UNIT);
  });

  it("mixes captures, voids, a settlement and refunds of one payment, and every unit is where it should be", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment, { amount: 30n * UNIT });
    await suite.escrow.connect(suite.payee).void(payment.packed, 20n * UNIT, 0);
    await settle(suite, payment, 20n * UNIT, 10n * UNIT);
    await suite.token.connect(suite.payee).approve(suite.site.escrow, 5n * UNIT);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 5n * UNIT, 0);
    expect(await stateOf(suite, payment.id)).to.include({ capturable: 20n * UNIT, refundable: 45n * UNIT });
    await capture(suite, payment, { amount: 20n * UNIT });
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(999_935n * UNIT);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(64n * UNIT); // 1 is the settlement's 5 %
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(UNIT);
  });

  it("holds the items of a cart apart: one is returned, one is late, one is paid", async () => {
    const suite = await fixture();
    const now = await networkHelpers.time.latest();
    const item = (salt: bigint, amount: bigint, days: number) =>
      termsFor(suite, { salt, amount: amount * UNIT, captureBy: now + days * DAY });
    const cart = [await item(1n, 10n, 2), await item(2n, 20n, 3), await item(3n, 30n, 9)];
    const { receipt } = await payments.authorizeMany(suite.payer, suite.site, cart, "Allowance", "0x");
    await networkHelpers.mine(1);
    const [returned, late, paid] = cart.map((terms) => unpaid(suite, terms, receipt.blockNumber));
    if (!returned || !late || !paid) throw new Error("three items");
    await suite.escrow.connect(suite.payee).void(returned.packed, 10n * UNIT, 0);
    await post(suite, paid);
    await networkHelpers.time.increaseTo(late.terms.captureBy);
    await suite.escrow.reclaim(late.packed);
    await expect(suite.escrow.reclaim(paid.packed)).to.be.revertedWithCustomError(suite.escrow, "ReclaimTooEarly");
    await capture(suite, paid);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(30n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
    await expect(suite.escrow.reclaim(returned.packed)).to.be.revert(ethers);
  });
});
