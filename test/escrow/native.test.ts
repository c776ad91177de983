import { payments } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { arbitrated } from "../shared/cases.ts";
import { at, capture, post, unpaid } from "../shared/moves.ts";
import { withCoin } from "../shared/payers.ts";
import { ledgerOf, stateOf } from "../shared/state.ts";
import { COLLECTION, ethers, fixture, networkHelpers, termsFor, type Authorized, type Suite } from "../shared/suite.ts";

const COIN = 10n ** 18n;
const BURNS = 2;
const HABITS = [
  ["refuses them", 1],
  ["burns all gas it gets", BURNS],
  ["answers at length", 3],
] as const;

const held = (account: string): Promise<bigint> => ethers.provider.getBalance(account);

/** A payment of one coin by the payer's own call. */
async function inCoin(changes: Parameters<typeof termsFor>[1] = {}, plain?: Suite): Promise<[Suite, Authorized]> {
  const suite = plain ?? (await withCoin(await fixture()));
  const terms = await termsFor(suite, { token: ZeroAddress, amount: COIN, ...changes });
  const { receipt } = await payments.authorizeWithCoin(suite.payer, suite.site, terms);
  await networkHelpers.mine(1);
  return [suite, unpaid(suite, terms, receipt.blockNumber)];
}

describe("PaymentEscrow with native coin", () => {
  it("takes one coin, pays it to the payee without the fee, and sweeps the fee", async () => {
    const [suite, payment] = await inCoin();
    expect(await held(suite.site.escrow)).to.equal(COIN);
    await post(suite, payment);
    const before = await held(suite.payee.address);
    await capture(suite, payment, { feeBps: 500 });
    expect((await held(suite.payee.address)) - before).to.equal((COIN * 95n) / 100n);
    expect(await ledgerOf(suite, suite.feeReceiver.address, ZeroAddress)).to.deep.equal([COIN / 20n, 0n]);
    const fees = await held(suite.feeReceiver.address);
    await suite.escrow.connect(suite.stranger).sweep(ZeroAddress, suite.feeReceiver.address);
    expect((await held(suite.feeReceiver.address)) - fees).to.equal(COIN / 20n);
    expect(await held(suite.site.escrow)).to.equal(0n);
  });

  it("takes a stranger's coin for a payer who signed the terms, and gives it back to the payer", async () => {
    const suite = await withCoin(await fixture());
    const wallet = new ethers.Wallet(ethers.id("coinless"));
    const terms = await termsFor(suite, { token: ZeroAddress, amount: COIN, payer: wallet.address });
    await payments.authorizeWithCoin(suite.stranger, suite.site, terms, wallet);
    await at(terms.captureBy);
    await suite.escrow.connect(suite.stranger).reclaim(unpaid(suite, terms).packed);
    expect(await held(wallet.address)).to.equal(COIN);
  });

  it("refunds coins that come with the call", async () => {
    const [suite, payment] = await inCoin();
    await post(suite, payment);
    await capture(suite, payment);
    const before = await held(suite.payer.address);
    await payments.refund(suite.payee, suite.site, payment.terms, COIN / 4n);
    expect((await held(suite.payer.address)) - before).to.equal(COIN / 4n);
    expect((await stateOf(suite, payment.id)).refundable).to.equal((COIN * 3n) / 4n);
  });

  for (const [does, habit] of HABITS) {
    it(`credits a payee who ${does}, and the operator's capture goes through`, async () => {
      const suite = await withCoin(await fixture());
      const receiver = await ethers.deployContract("CoinReceiver");
      const payee = await receiver.getAddress();
      const [, payment] = await inCoin({ payee }, suite);
      await post(suite, payment);
      await receiver.setHabit(habit);
      await expect(capture(suite, payment, { amount: COIN / 2n }))
        .to.emit(suite.escrow, "Credited")
        .withArgs(ZeroAddress, payee, COIN / 2n);
      expect((await ledgerOf(suite, payee, ZeroAddress))[0]).to.equal(COIN / 2n);
      await receiver.setHabit(0);
      await suite.escrow.sweep(ZeroAddress, payee);
      expect(await held(payee)).to.equal(COIN / 2n);
    });
  }

  it("credits a payer who refuses what is refunded to him", async () => {
    const suite = await withCoin(await fixture());
    const receiver = await ethers.deployContract("CoinReceiver");
    const [, payment] = await inCoin({}, suite);
    const payer = await receiver.getAddress();
    await networkHelpers.setCode(suite.payer.address, await ethers.provider.getCode(payer));
    const refuser = await ethers.getContractAt("CoinReceiver", suite.payer.address);
    await post(suite, payment);
    await capture(suite, payment);
    await refuser.setHabit(1);
    await payments.refund(suite.payee, suite.site, payment.terms, COIN);
    expect((await ledgerOf(suite, suite.payer.address, ZeroAddress))[0]).to.equal(COIN);
  });

  it("takes a dispute's bond in coin with the call, and gives it back by the ruling", async () => {
    const suite = await withCoin(await fixture());
    const [, payment] = await inCoin({ ...arbitrated(suite), disputeBond: COIN / 10n }, suite);
    await post(suite, payment, { score: 9_800 });
    const escrow = suite.escrow.connect(suite.payer);
    for (const value of [0n, COIN / 10n + 1n]) {
      await expect(escrow.dispute(payment.packed, { value }))
        .to.be.revertedWithCustomError(escrow, "AmountReceived")
        .withArgs(COIN / 10n, value);
    }
    await escrow.dispute(payment.packed, { value: COIN / 10n });
    expect(await held(suite.site.escrow)).to.equal((COIN * 11n) / 10n);
    const before = await held(suite.payer.address);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    expect((await held(suite.payer.address)) - before).to.equal((COIN * 11n) / 10n);
    expect(await held(suite.site.escrow)).to.equal(0n);
  });

  it("reverts when more or fewer coins come than the terms name", async () => {
    const suite = await withCoin(await fixture());
    const { packed } = unpaid(suite, await termsFor(suite, { token: ZeroAddress, amount: COIN }));
    const escrow = suite.escrow.connect(suite.payer);
    for (const value of [0n, COIN - 1n, COIN + 1n]) {
      await expect(escrow.authorize(packed, COLLECTION.Native, "0x", { value }))
        .to.be.revertedWithCustomError(suite.escrow, "AmountReceived")
        .withArgs(COIN, value);
    }
  });

  it("reverts when a stranger pays in the name of a payer who did not sign", async () => {
    const suite = await withCoin(await fixture());
    const payment = unpaid(suite, await termsFor(suite, { token: ZeroAddress, amount: COIN }));
    const escrow = suite.escrow.connect(suite.stranger);
    await expect(escrow.authorize(payment.packed, COLLECTION.Native, "0x", { value: COIN }))
      .to.be.revertedWithCustomError(suite.escrow, "PayerSignatureInvalid")
      .withArgs(payment.id, suite.payer.address);
  });

  it("reverts when coins are to pay terms that name a token, and when coins come beside a token", async () => {
    const suite = await fixture();
    const { packed, terms } = unpaid(suite, await termsFor(suite));
    const escrow = suite.escrow.connect(suite.payer);
    await expect(escrow.authorize(packed, COLLECTION.Native, "0x", { value: terms.amount }))
      .to.be.revertedWithCustomError(suite.escrow, "NotNative")
      .withArgs(terms.token);
    for (const collection of [COLLECTION.Allowance, COLLECTION.Erc3009, COLLECTION.Permit2]) {
      await expect(escrow.authorize(packed, collection, "0x", { value: 1n }))
        .to.be.revertedWithCustomError(suite.escrow, "ValueUnexpected")
        .withArgs(1n);
    }
    const plugin = payments.packCollectorCall({ collector: suite.site.escrow, data: "0x" });
    await expect(escrow.authorize(packed, COLLECTION.Plugin, plugin, { value: 1n }))
      .to.be.revertedWithCustomError(suite.escrow, "ValueUnexpected")
      .withArgs(1n);
  });

  it("reverts when a refund in a token comes with coins", async () => {
    const suite = await fixture();
    const { packed, terms } = unpaid(suite, await termsFor(suite));
    await suite.escrow.connect(suite.payer).authorize(packed, COLLECTION.Allowance, "0x");
    await expect(suite.escrow.connect(suite.payee).refund(packed, terms.amount, 0, { value: 1n })).to.be.revert(ethers);
  });

  it("takes no coins that nobody counts", async () => {
    const suite = await fixture();
    await expect(suite.stranger.sendTransaction({ to: suite.site.escrow, value: 1n })).to.be.revert(ethers);
  });
});
