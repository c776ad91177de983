import { expect } from "chai";
import { Interface } from "ethers";

import { authorized, ethers, fixture, UNIT } from "../shared/suite.ts";
import {
  EscrowExtension__factory,
  IPaymentEscrow__factory,
  PaymentEscrow__factory,
} from "../../types/ethers-contracts/index.ts";

function selectors(abi: ConstructorParameters<typeof Interface>[0]): string[] {
  const found: string[] = [];
  new Interface(abi).forEachFunction(({ selector }) => found.push(selector));
  return found;
}

describe("PaymentEscrow and its extension", () => {
  it("answer every function of the interface, each by one of them, and no other", () => {
    const own = [...selectors(PaymentEscrow__factory.abi), ...selectors(EscrowExtension__factory.abi)];
    expect(own.sort()).to.deep.equal(selectors(IPaymentEscrow__factory.abi).sort());
  });

  it("revert on an unknown function, on no function, and on coins", async () => {
    const suite = await fixture();
    const to = suite.site.escrow;
    for (const data of ["0x", "0x12345678", "0x048a9b29"]) {
      await expect(suite.stranger.sendTransaction({ to, data })).to.revert(ethers);
    }
    await expect(suite.stranger.sendTransaction({ to, value: 1n })).to.revert(ethers);
    const { data } = await suite.escrow.sweep.populateTransaction(suite.site.escrow, suite.site.escrow);
    await expect(suite.stranger.sendTransaction({ to, data, value: 1n })).to.revert(ethers);
  });

  it("pass errors of the extension on with their arguments", async () => {
    const suite = await fixture();
    const token = await suite.token.getAddress();
    await expect(suite.escrow.sweep(token, suite.payee.address))
      .to.be.revertedWithCustomError(suite.escrow, "NothingToSweep")
      .withArgs(token, suite.payee.address);
  });

  it("keep the extension by itself without a payment, and without funds", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const address = await suite.escrow.extension();
    const extension = await ethers.getContractAt("EscrowExtension", address);
    expect(await extension.idOf(payment.packed)).to.equal(payment.id);
    expect((await extension.payment(payment.id)).capturable).to.equal(0n);
    await expect(extension.connect(suite.payer).request(payment.packed))
      .to.be.revertedWithCustomError(suite.escrow, "PaymentUnknown")
      .withArgs(payment.id);
    const items = [{ terms: payment.packed, amount: 1n, feeBps: 0 }];
    await expect(extension.connect(suite.operator).captureMany(items, "0x")).to.emit(extension, "CaptureSkipped");
    expect((await suite.escrow.payment(payment.id)).capturable).to.equal(100n * UNIT);
  });
});
