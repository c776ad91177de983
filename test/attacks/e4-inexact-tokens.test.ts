import { expect } from "chai";

import { capture, post, unpaid, withToken } from "../shared/moves.ts";
import { expectRefused, ledgerOf } from "../shared/state.ts";
import { authorized, COLLECTION, ethers, fixture, termsFor, UNIT } from "../shared/suite.ts";

describe("E4: fee-on-transfer and rebasing tokens cannot make the books larger than the balance", () => {
  for (const [what, taxBps, arrives] of [
    ["less", 100n, 99n],
    ["nothing", 10_000n, 0n],
    ["more", -100n, 101n],
  ] as const) {
    it(`refuses a token that delivers ${what} than the terms name`, async () => {
      const plain = await fixture();
      const token = await ethers.deployContract("TaxToken");
      const suite = await withToken(plain, await token.getAddress());
      await token.setTax(taxBps, false);
      const payment = unpaid(suite, await termsFor(suite, { token: await token.getAddress() }));
      const act = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
      await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", [100n * UNIT, arrives * UNIT]);
    });
  }

  for (const [answer, refused] of [
    ["False", true],
    ["FalseAndNothingMoves", true],
    ["Two", true],
    ["LongRevert", true],
    ["Nothing", false],
    ["True", false],
  ] as const) {
    const index = ["Nothing", "True", "False", "FalseAndNothingMoves", "Two", "LongRevert"].indexOf(answer);
    it(`${refused ? "refuses" : "takes"} a token that answers ${answer} to transferFrom`, async () => {
      const plain = await fixture();
      const token = await ethers.deployContract("OddReturnToken");
      const address = await token.getAddress();
      const suite = await withToken(plain, address);
      await token.setAnswer(index);
      const payment = unpaid(suite, await termsFor(suite, { token: address }));
      const act = () => suite.escrow.connect(suite.payer).authorize(payment.packed, COLLECTION.Allowance, "0x");
      const args = [address, suite.payer.address, suite.site.escrow, 100n * UNIT];
      if (refused) return expectRefused(suite, payment, act, suite.escrow, "TransferFailed", args);
      await act();
      expect(await token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    });
  }

  it("credits the payee when the token answers his transfer with false or a costly revert, and pays on `nothing`", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("OddReturnToken");
    const address = await token.getAddress();
    const suite = await withToken(plain, address);
    const payment = await authorized(suite, { token: address });
    await post(suite, payment);
    for (const answer of [3, 5]) {
      await token.setAnswer(answer);
      await capture(suite, payment, { amount: 10n * UNIT });
    }
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([20n * UNIT, 0n]);
    await token.setAnswer(0);
    await capture(suite, payment, { amount: 80n * UNIT });
    await suite.escrow.sweep(address, suite.payee.address);
    expect(await token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("leaves the loss of a token that shrinks in escrow with that token, as credits, and every call works", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("RebasingToken");
    const address = await token.getAddress();
    const suite = await withToken(plain, address);
    const first = await authorized(suite, { token: address, salt: 1n });
    const second = await authorized(suite, { token: address, salt: 2n });
    const honest = await authorized(suite, { salt: 3n });
    for (const payment of [first, second, honest]) await post(suite, payment);
    await token.rebase(UNIT / 2n);
    await capture(suite, first);
    await capture(suite, second);
    await capture(suite, honest);
    expect(await token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([100n * UNIT, 0n]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("leaves a tax on top of outgoing transfers with that token too", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("TaxToken");
    const address = await token.getAddress();
    const suite = await withToken(plain, address);
    const first = await authorized(suite, { token: address, salt: 1n });
    const second = await authorized(suite, { token: address, salt: 2n });
    const honest = await authorized(suite, { salt: 3n });
    for (const payment of [first, second, honest]) await post(suite, payment);
    await token.setTax(100n, true);
    await capture(suite, first);
    await capture(suite, second);
    await capture(suite, honest);
    expect(await ledgerOf(suite, suite.payee.address, address)).to.deep.equal([100n * UNIT, 0n]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });
});
