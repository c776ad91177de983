import { payments } from "@sluice/sdk";
import { expect } from "chai";

import { unpaid, walletPayer } from "../shared/moves.ts";
import { unborn } from "../shared/payers.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { COLLECTION, ethers, fixture, key, sign3009, termsFor, UNIT } from "../shared/suite.ts";

/** A payer who has approved a collector and not the escrow. */
async function scene() {
  const suite = await fixture();
  const wallet = await walletPayer(suite);
  const collector = await ethers.deployContract("AllowanceCollector", [suite.site.escrow]);
  const address = await collector.getAddress();
  await suite.token.connect(wallet).approve(suite.site.escrow, 0n);
  await suite.token.connect(wallet).approve(address, 2n ** 256n - 1n);
  const payment = unpaid(suite, await termsFor(suite, { payer: wallet.address }));
  const call = { collector: address, data: "0xc0ffee" };
  return { suite, wallet, collector, address, payment, call };
}

describe("PaymentEscrow.authorize by a plug-in", () => {
  it("takes what the collector brings, on the payer's signature of payment, collector and data", async () => {
    const { suite, wallet, collector, payment, call } = await scene();
    const signature = await payments.signCollectorCall(wallet, suite.site, payment.terms, call);
    await payments.authorize(suite.stranger, suite.site, payment.terms, "Plugin", signature);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(100n * UNIT);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(900n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
    expect(await collector.lastData()).to.equal("0xc0ffee");
  });

  it("takes what the collector brings on the payer's own call, without a signature", async () => {
    const { suite, wallet, payment, call } = await scene();
    const packed = payments.packCollectorCall(call);
    await suite.escrow.connect(wallet).authorize(payment.packed, COLLECTION.Plugin, packed);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });

  it("reverts when somebody put another collector or other data beside the signature", async () => {
    const { suite, wallet, payment, call } = await scene();
    const other = await ethers.deployContract("OddCollector");
    const signature = await payments.signCollectorCall(wallet, suite.site, payment.terms, call);
    const bare = `0x${signature.slice(2 + 44, 2 + 44 + 130)}`;
    for (const changed of [
      { ...call, collector: await other.getAddress() },
      { ...call, data: "0xc0ffed" },
      { ...call, data: "0x" },
    ]) {
      const packed = payments.packCollectorCall(changed, bare);
      const act = () => suite.escrow.connect(suite.stranger).authorize(payment.packed, COLLECTION.Plugin, packed);
      await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
    }
  });

  it("reverts when the payer signed the terms only", async () => {
    const { suite, wallet, payment, call } = await scene();
    const packed = payments.packCollectorCall(call, await payments.signTerms(wallet, suite.site, payment.terms));
    const act = () => suite.escrow.connect(suite.stranger).authorize(payment.packed, COLLECTION.Plugin, packed);
    await expectRefused(suite, payment, act, suite.escrow, "PayerSignatureInvalid", [payment.id, wallet.address]);
  });

  for (const [brings, amount] of [
    ["one unit less", 100n * UNIT - 1n],
    ["one unit more", 100n * UNIT + 1n],
    ["nothing", 0n],
  ] as const) {
    it(`reverts when the collector brings ${brings}`, async () => {
      const { suite, wallet, payment } = await scene();
      const odd = await ethers.deployContract("OddCollector");
      await suite.token.mint(await odd.getAddress(), 1_000n * UNIT);
      await odd.bring(amount);
      const packed = payments.packCollectorCall({ collector: await odd.getAddress(), data: "0x" });
      const act = () => suite.escrow.connect(wallet).authorize(payment.packed, COLLECTION.Plugin, packed);
      await expectRefused(suite, payment, act, suite.escrow, "AmountReceived", [100n * UNIT, amount]);
    });
  }

  it("reverts when the collector reverts, and when there is none", async () => {
    const { suite, wallet, payment } = await scene();
    const odd = await ethers.deployContract("OddCollector");
    await odd.bring(2n ** 256n - 1n);
    const escrow = suite.escrow.connect(wallet);
    const unwilling = await odd.getAddress();
    const first = payments.packCollectorCall({ collector: unwilling, data: "0x" });
    const act = () => escrow.authorize(payment.packed, COLLECTION.Plugin, first);
    await expectRefused(suite, payment, act, suite.escrow, "CollectorFailed", [unwilling]);
    const nobody = payments.packCollectorCall({ collector: suite.stranger.address, data: "0x" });
    const again = () => escrow.authorize(payment.packed, COLLECTION.Plugin, nobody);
    await expectRefused(suite, payment, again, suite.escrow, "AmountReceived", [100n * UNIT, 0n]);
  });

  it("reverts when head, signature or their length is cut off", async () => {
    const { suite, wallet, payment, call } = await scene();
    const escrow = suite.escrow.connect(wallet);
    const act = () => escrow.authorize(payment.packed, COLLECTION.Plugin, call.collector);
    await expectRefused(suite, payment, act, suite.escrow, "SignatureShort", [20, 22]);
    const cut = `${call.collector}0041`;
    const again = () => escrow.authorize(payment.packed, COLLECTION.Plugin, cut);
    await expectRefused(suite, payment, again, suite.escrow, "SignatureShort", [22, 22 + 65]);
  });

  it("is not moved by whoever else calls the collector", async () => {
    const { suite, wallet, collector, payment } = await scene();
    const { payer, token, amount } = payment.terms;
    await expect(collector.connect(wallet).collect(payment.id, payer, token, amount, suite.site.escrow, "0x"))
      .to.be.revertedWithCustomError(collector, "NotCollectorCaller")
      .withArgs(wallet.address, await suite.escrow.collectorCaller());
  });

  it("is not moved by a prepare call of a wrapped signature either", async () => {
    const { suite, wallet, collector, address, payment } = await scene();
    const { payer, token, amount } = payment.terms;
    const data = collector.interface.encodeFunctionData("collect", [
      payment.id,
      payer,
      token,
      amount,
      suite.site.escrow,
      "0x",
    ]);
    const account = await unborn(suite, new ethers.Wallet(key("attacker")).address);
    await suite.stranger.sendTransaction({ to: account.factory, data: account.data });
    const terms = await termsFor(suite, { payer: account.address });
    const signed = await sign3009(suite, new ethers.Wallet(key("attacker")), terms);
    const signature = payments.wrapSignature(signed, address, data);
    await suite.escrow.authorize(unpaid(suite, terms).packed, COLLECTION.Erc3009, signature);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(1_000n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(100n * UNIT);
  });
});
