import { expect } from "chai";

import { at, capture, post, reclaim, unpaid } from "../shared/moves.ts";
import { ledgerOf } from "../shared/state.ts";
import { BAND, COLLECTION, ethers, fixture, networkHelpers, termsFor, UNIT } from "../shared/suite.ts";
import { disputedFor, order } from "./doors.ts";

const DUST = 7n;

/** A contract that pays for somebody else and has dust of its own, as a wrapper of an escrow would. */
async function wrapped() {
  const suite = await fixture();
  const wrapper = await ethers.deployContract("ActorAccount", [suite.payer.address]);
  const address = await wrapper.getAddress();
  await suite.token.mint(address, 100n * UNIT + DUST);
  const approve = suite.token.interface.encodeFunctionData("approve", [suite.site.escrow, 2n ** 256n - 1n]);
  await wrapper.execute(await suite.token.getAddress(), approve);
  const terms = await termsFor(suite, { payer: address });
  const authorize = suite.escrow.interface.encodeFunctionData("authorize", [
    unpaid(suite, terms).packed,
    COLLECTION.Allowance,
    "0x",
  ]);
  const tx = await wrapper.connect(suite.stranger).execute(suite.site.escrow, authorize);
  await networkHelpers.mine(1);
  return { suite, address, payment: unpaid(suite, terms, tx.blockNumber ?? 0) };
}

describe("E1: money goes back to the payer of the terms, exactly as much as the event says, whoever calls", () => {
  it("returns a void to the wrapper that paid, not to the caller, and leaves its dust alone", async () => {
    const { suite, address, payment } = await wrapped();
    const tx = await suite.escrow.connect(suite.payee).void(payment.packed, 60n * UNIT, 3);
    await expect(tx)
      .to.emit(suite.escrow, "Voided")
      .withArgs(payment.id, 60n * UNIT, 3);
    await expect(tx)
      .to.emit(suite.token, "Transfer")
      .withArgs(suite.site.escrow, address, 60n * UNIT);
    expect(await suite.token.balanceOf(address)).to.equal(60n * UNIT + DUST);
    await order(suite, payment, "Void");
    expect(await suite.token.balanceOf(address)).to.equal(100n * UNIT + DUST);
    expect(await suite.token.balanceOf(suite.stranger.address)).to.equal(0n);
  });

  it("returns reclaims and refunds to it, too", async () => {
    const { suite, address, payment } = await wrapped();
    await post(suite, payment);
    await capture(suite, payment, { amount: 30n * UNIT });
    await suite.token.connect(suite.payee).approve(suite.site.escrow, 30n * UNIT);
    await suite.escrow.connect(suite.payee).refund(payment.packed, 10n * UNIT, 0);
    await at(payment.terms.captureBy);
    await expect(reclaim(suite, payment))
      .to.emit(suite.escrow, "Reclaimed")
      .withArgs(payment.id, 70n * UNIT);
    expect(await suite.token.balanceOf(address)).to.equal(80n * UNIT + DUST);
  });

  it("moves no dust of the escrow: what was sent to it by mistake is in no event and goes to nobody", async () => {
    const suite = await fixture();
    await suite.token.mint(suite.site.escrow, DUST);
    const payment = await disputedFor(suite, { defaultSplitBps: 0 });
    await suite.escrow.connect(suite.payee).resolve(payment.packed, 0);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(DUST);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_100n * UNIT);
    for (const account of [suite.site.escrow, suite.stranger.address, suite.treasury.address]) {
      expect(await ledgerOf(suite, account)).to.deep.equal([0n, 0n]);
      await expect(suite.escrow.sweep(payment.terms.token, account))
        .to.be.revertedWithCustomError(suite.escrow, "NothingToSweep")
        .withArgs(payment.terms.token, account);
    }
    expect((await suite.escrow.payment(payment.id)).band).to.equal(BAND.Hold);
  });

  it("credits what a wrapper cannot receive to the wrapper, in the amount of the event", async () => {
    const suite = await fixture();
    const token = await ethers.deployContract("DenyListToken");
    const address = await token.getAddress();
    await token.mint(suite.payer.address, 100n * UNIT);
    await token.connect(suite.payer).approve(suite.site.escrow, 100n * UNIT);
    const payment = unpaid(suite, await termsFor(suite, { token: address }));
    await suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
    await token.setDenied(suite.payer.address, true);
    await expect(suite.escrow.connect(suite.operator).void(payment.packed, 100n * UNIT, 0))
      .to.emit(suite.escrow, "Credited")
      .withArgs(address, suite.payer.address, 100n * UNIT);
    await token.setDenied(suite.payer.address, false);
    await suite.escrow.connect(suite.stranger).sweep(address, suite.payer.address);
    expect(await token.balanceOf(suite.payer.address)).to.equal(100n * UNIT);
  });

  it("takes no coins that come without a call: they would be nobody's", async () => {
    const suite = await fixture();
    await expect(suite.stranger.sendTransaction({ to: suite.site.escrow, value: DUST }))
      .to.be.revertedWithCustomError(suite.escrow, "ValueUnexpected")
      .withArgs(DUST);
    expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(0n);
  });
});
