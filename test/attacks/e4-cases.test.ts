import { expect } from "chai";

import { arbitrated } from "../shared/cases.ts";
import { post, unpaid, withToken } from "../shared/moves.ts";
import { expectRefused, ledgerOf, stateOf } from "../shared/state.ts";
import { authorized, ethers, fixture, termsFor, UNIT } from "../shared/suite.ts";
import { captureMany, charge, disputedFor, SCORE } from "./doors.ts";

async function taxed() {
  const plain = await fixture();
  const token = await ethers.deployContract("TaxToken");
  const address = await token.getAddress();
  return { suite: await withToken(plain, address), token, address };
}

describe("E4: inexact tokens at the doors of charges, batches and bonds", () => {
  it("refuses a charge whose money arrives short, before anybody is paid out of others' money", async () => {
    const { suite, token, address } = await taxed();
    const other = await authorized(suite, { token: address, salt: 9n });
    await token.mint(suite.operator.address, 100n * UNIT);
    await token.connect(suite.operator).approve(suite.site.escrow, 100n * UNIT);
    await token.setTax(100n, false);
    const payment = unpaid(suite, await termsFor(suite, { payer: suite.operator.address, token: address }));
    const act = () => charge(suite, payment);
    await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", [100n * UNIT, 99n * UNIT]);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    expect((await stateOf(suite, other.id)).capturable).to.equal(100n * UNIT);
  });

  it("refuses a bond that arrives short", async () => {
    const { suite, token, address } = await taxed();
    const payment = await authorized(suite, { ...arbitrated(suite), token: address });
    await post(suite, payment, { score: SCORE.Hold });
    await token.setTax(100n, false);
    const act = () => suite.escrow.connect(suite.payer).dispute(payment.packed);
    const args = [5n * UNIT, (495n * UNIT) / 100n];
    await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", args);
  });

  it("leaves a batch's loss with the token that shrank, and pays the other token in full", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("RebasingToken");
    const address = await token.getAddress();
    const suite = await withToken(plain, address);
    const shrunk = await authorized(suite, { token: address, salt: 1n });
    const whole = await authorized(suite, { salt: 2n });
    for (const payment of [shrunk, whole]) await post(suite, payment);
    await token.rebase(UNIT / 2n);
    await captureMany(suite, [{ payment: shrunk }, { payment: whole }]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([100n * UNIT, 0n]);
    expect(await ledgerOf(suite, suite.payee.address)).to.deep.equal([0n, 0n]);
  });

  it("pays bonds of an exact token out of themselves, never out of another payment", async () => {
    const suite = await fixture();
    const other = await authorized(suite, { salt: 9n });
    const payment = await disputedFor(suite);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    expect((await stateOf(suite, other.id)).capturable).to.equal(100n * UNIT);
  });
});
