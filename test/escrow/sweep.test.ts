import { expect } from "chai";

import { capture, post, setPolicy, withToken } from "../shared/moves.ts";
import { holdings, ledgerOf } from "../shared/state.ts";
import { authorized, ethers, fixture, UNIT, type Suite } from "../shared/suite.ts";

/** Two captures on a token with a deny list: 1 token for the operator's receiver and 0.5 for the protocol are kept. */
async function withFees(suite: Suite) {
  const token = await ethers.deployContract("DenyListToken");
  const address = await token.getAddress();
  const listed = await withToken(suite, address);
  await setPolicy(listed, { protocolFeeBps: 50 }, listed.epoch);
  const payment = await authorized(listed, { token: address });
  await post(listed, payment);
  await capture(listed, payment, { amount: 60n * UNIT, feeBps: 100 });
  await capture(listed, payment, { amount: 40n * UNIT, feeBps: 100 });
  const sweep = () => listed.escrow.connect(listed.stranger).sweep(address, listed.feeReceiver.address);
  return { listed, token, address, sweep, account: listed.feeReceiver.address };
}

const HALF = UNIT / 2n;

describe("PaymentEscrow.sweep", () => {
  it("pays an account and the treasury, for anybody who calls", async () => {
    const { listed, address, sweep, account } = await withFees(await fixture());
    expect(await ledgerOf(listed, account, address)).to.deep.equal([UNIT, HALF]);
    await expect(sweep()).to.emit(listed.escrow, "Swept").withArgs(address, account, UNIT, HALF);
    const { feeReceiver, treasury, escrow } = await holdings(listed, address);
    expect([feeReceiver, treasury, escrow]).to.deep.equal([UNIT, HALF, 0n]);
    expect(await ledgerOf(listed, account, address)).to.deep.equal([0n, 0n]);
  });

  it("reverts when there is nothing, and the second time", async () => {
    const { listed, address, sweep, account } = await withFees(await fixture());
    await sweep();
    await expect(sweep()).to.be.revertedWithCustomError(listed.escrow, "NothingToSweep").withArgs(address, account);
    const other = listed.escrow.sweep(address, listed.payee.address);
    await expect(other)
      .to.be.revertedWithCustomError(listed.escrow, "NothingToSweep")
      .withArgs(address, listed.payee.address);
  });

  it("pays the treasury and keeps the account's part when the account cannot receive", async () => {
    const { listed, token, address, sweep, account } = await withFees(await fixture());
    await token.setDenied(account, true);
    await expect(sweep()).to.emit(listed.escrow, "Swept").withArgs(address, account, 0n, HALF);
    expect(await ledgerOf(listed, account, address)).to.deep.equal([UNIT, 0n]);
    await expect(sweep())
      .to.be.revertedWithCustomError(listed.escrow, "TransferFailed")
      .withArgs(address, listed.site.escrow, account, UNIT);
    await token.setDenied(account, false);
    await sweep();
    expect(await token.balanceOf(account)).to.equal(UNIT);
  });

  it("pays the account and keeps the treasury's part when the treasury cannot receive", async () => {
    const { listed, token, address, sweep, account } = await withFees(await fixture());
    const treasury = listed.treasury.address;
    await token.setDenied(treasury, true);
    await expect(sweep()).to.emit(listed.escrow, "Swept").withArgs(address, account, UNIT, 0n);
    expect(await ledgerOf(listed, account, address)).to.deep.equal([0n, HALF]);
    await expect(sweep())
      .to.be.revertedWithCustomError(listed.escrow, "TransferFailed")
      .withArgs(address, listed.site.escrow, treasury, HALF);
    await token.setDenied(treasury, false);
    await sweep();
    expect(await token.balanceOf(treasury)).to.equal(HALF);
  });

  it("reverts and keeps both parts when neither can be paid", async () => {
    const { listed, token, address, sweep, account } = await withFees(await fixture());
    await token.setDenied(listed.site.escrow, true);
    await expect(sweep())
      .to.be.revertedWithCustomError(listed.escrow, "TransferFailed")
      .withArgs(address, listed.site.escrow, account, UNIT);
    expect(await ledgerOf(listed, account, address)).to.deep.equal([UNIT, HALF]);
  });
});
