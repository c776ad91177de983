import { expect } from "chai";

import { at, capture, post, reclaim, withToken } from "../shared/moves.ts";
import { ledgerOf, stateOf } from "../shared/state.ts";
import { authorized, ethers, fixture, networkHelpers, UNIT } from "../shared/suite.ts";

/** A listed token with a deny list, and a payment in it with a posted Allow. */
async function allowed() {
  const plain = await fixture();
  const token = await ethers.deployContract("DenyListToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  const payment = await authorized(suite, { token: address });
  await post(suite, payment);
  return { suite, token, address, payment };
}

describe("E3: a deny-listed payee or fee receiver cannot make capture revert for ever", () => {
  it("credits a denied payee, keeps the fee, and anybody sweeps once he is free again", async () => {
    const { suite, token, address, payment } = await allowed();
    await token.setDenied(suite.payee.address, true);
    await expect(capture(suite, payment, { feeBps: 100 }))
      .to.emit(suite.escrow, "Credited")
      .withArgs(address, suite.payee.address, 99n * UNIT);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([99n * UNIT, 0n]);
    await suite.escrow.sweep(address, suite.feeReceiver.address);
    await expect(suite.escrow.sweep(address, suite.payee.address)).to.be.revertedWithCustomError(
      suite.escrow,
      "TransferFailed",
    );
    await token.setDenied(suite.payee.address, false);
    await suite.escrow.connect(suite.stranger).sweep(address, suite.payee.address);
    expect(await token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
    expect(await token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("pays the payee when the fee receiver is denied, pushed or kept", async () => {
    const { suite, token, address, payment } = await allowed();
    await token.setDenied(suite.feeReceiver.address, true);
    await capture(suite, payment, { amount: 50n * UNIT, feeBps: 100, payout: 1 });
    await capture(suite, payment, { amount: 50n * UNIT, feeBps: 100, payout: 0 });
    expect(await token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
    expect(await ledgerOf(suite, suite.feeReceiver.address, address)).to.deep.equal([UNIT, 0n]);
  });

  for (const way of ["void", "reclaim"] as const) {
    it(`credits a denied payer on ${way}`, async () => {
      const { suite, token, address, payment } = await allowed();
      await token.setDenied(suite.payer.address, true);
      if (way === "reclaim") await at(payment.terms.captureBy);
      const act =
        way === "void"
          ? suite.escrow.connect(suite.payee).void(payment.packed, 100n * UNIT, 0)
          : reclaim(suite, payment);
      await expect(act)
        .to.emit(suite.escrow, "Credited")
        .withArgs(address, suite.payer.address, 100n * UNIT);
      await token.setDenied(suite.payer.address, false);
      await suite.escrow.sweep(address, suite.payer.address);
      expect(await token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
    });
  }

  it("adds credits of several captures up and never mixes accounts or tokens", async () => {
    const { suite, token, address, payment } = await allowed();
    await token.setDenied(suite.payee.address, true);
    const usual = await authorized(suite, { salt: 7n });
    await post(suite, usual);
    await capture(suite, payment, { amount: 10n * UNIT });
    await capture(suite, payment, { amount: 20n * UNIT });
    await capture(suite, usual);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([30n * UNIT, 0n]);
    expect(await ledgerOf(suite, suite.payee.address)).to.deep.equal([0n, 0n]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("pays or reverts, and never credits, when a stranger starves the transfer of gas", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await at(payment.terms.captureBy);
    await networkHelpers.mine(1);
    const snapshot = await networkHelpers.takeSnapshot();
    const outcomes = new Set<string>();
    for (let gasLimit = 30_000; gasLimit <= 90_000; gasLimit += 1_500) {
      const tx = await suite.escrow
        .connect(suite.stranger)
        .reclaim(payment.packed, { gasLimit })
        .catch(() => undefined);
      const credit = (await ledgerOf(suite, suite.payer.address))[0];
      const back = (await suite.token.balanceOf(suite.payer.address)) === 1_000_000n * UNIT;
      expect(credit, `credited at ${gasLimit} gas`).to.equal(0n);
      expect(back, `delivered at ${gasLimit} gas`).to.equal(tx !== undefined);
      outcomes.add(back ? "paid" : "reverted");
      await snapshot.restore();
    }
    expect([...outcomes].sort()).to.deep.equal(["paid", "reverted"]);
  });
});
