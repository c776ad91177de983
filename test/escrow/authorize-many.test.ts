import { payments, type Terms } from "@sluice/sdk";
import { expect } from "chai";

import { at, capture, post, unpaid, walletPayer } from "../shared/moves.ts";
import { permit2Payer, permitPayer, withCoin } from "../shared/payers.ts";
import { stateOf } from "../shared/state.ts";
import { COLLECTION, DAY, ethers, fixture, key, networkHelpers, termsFor, UNIT, type Suite } from "../shared/suite.ts";

const localToken = { tokenName: "Local Token", tokenVersion: "1" };
const AMOUNTS = [10n * UNIT, 20n * UNIT, 30n * UNIT];

/** Three milestones of one payer with deadlines of their own, 60 in all. */
async function milestones(suite: Suite, changes: Partial<Terms>): Promise<Terms[]> {
  const first = await termsFor(suite, changes);
  return AMOUNTS.map((amount, index) => ({
    ...first,
    amount,
    salt: BigInt(index + 1),
    authorizeBy: first.authorizeBy + index * DAY,
    captureBy: first.captureBy + index * 7 * DAY,
  }));
}

async function expectAuthorized(suite: Suite, terms: readonly Terms[]): Promise<void> {
  for (const each of terms) {
    expect((await stateOf(suite, unpaid(suite, each).id)).capturable).to.equal(each.amount);
  }
}

describe("PaymentEscrow.authorizeMany", () => {
  it("takes three milestones by ERC-3009 on one signature and tells each of them", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    await suite.token.connect(wallet).approve(suite.site.escrow, 0n);
    const terms = await milestones(suite, { payer: wallet.address });
    const signature = await payments.signAuthorization(wallet, suite.site, terms, localToken);
    const { authorized } = await payments.authorizeMany(suite.stranger, suite.site, terms, "Erc3009", signature);
    expect(authorized.map(({ id }) => id)).to.deep.equal(terms.map((each) => unpaid(suite, each).id));
    await expectAuthorized(suite, terms);
    expect(await suite.token.balanceOf(wallet.address)).to.equal(940n * UNIT);
  });

  it("takes a cart of three payees by Permit2 on one signature", async () => {
    const suite = await fixture();
    const wallet = await permit2Payer(suite);
    const payees = [suite.payee.address, suite.stranger.address, suite.operator.address];
    const terms = (await milestones(suite, { payer: wallet.address })).map((each, index) => ({
      ...each,
      payee: payees[index] ?? "",
    }));
    const signature = await payments.signPermit2(wallet, suite.site, terms, 0n);
    await payments.authorizeMany(suite.stranger, suite.site, terms, "Permit2", signature);
    await expectAuthorized(suite, terms);
  });

  it("takes milestones out of an allowance, signed or sent by the payer", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const terms = await milestones(suite, { payer: wallet.address });
    const signature = await payments.signTerms(wallet, suite.site, terms);
    await payments.authorizeMany(suite.stranger, suite.site, terms, "Allowance", signature);
    const more = terms.map((each) => ({ ...each, salt: each.salt + 10n }));
    await payments.authorizeMany(wallet, suite.site, more, "Allowance", "0x");
    await expectAuthorized(suite, [...terms, ...more]);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(120n * UNIT);
  });

  it("takes milestones under a permit for their sum", async () => {
    const { suite, address, wallet, domain } = await permitPayer(await fixture());
    const terms = await milestones(suite, { payer: wallet.address, token: address });
    const signature = await payments.signPermit(wallet, suite.site, terms, await domain());
    await payments.authorizeMany(suite.stranger, suite.site, terms, "Eip2612", signature);
    await expectAuthorized(suite, terms);
  });

  it("takes milestones in native coin and through a plug-in", async () => {
    const suite = await withCoin(await fixture());
    const coins = await milestones(suite, { token: ethers.ZeroAddress });
    await payments.authorizeMany(suite.payer, suite.site, coins, "Native", "0x");
    expect(await ethers.provider.getBalance(suite.site.escrow)).to.equal(60n * UNIT);
    const wallet = await walletPayer(suite);
    const collector = await (await ethers.deployContract("AllowanceCollector", [suite.site.escrow])).getAddress();
    await suite.token.connect(wallet).approve(collector, 60n * UNIT);
    const terms = await milestones(suite, { payer: wallet.address });
    const signature = await payments.signCollectorCall(wallet, suite.site, terms, { collector, data: "0x" });
    await payments.authorizeMany(suite.stranger, suite.site, terms, "Plugin", signature);
    await expectAuthorized(suite, [...coins, ...terms]);
  });

  it("lets each milestone go its own way: one captured, one given back, one reclaimed at its own deadline", async () => {
    const suite = await fixture();
    const terms = await milestones(suite, { payer: suite.payer.address });
    const { receipt } = await payments.authorizeMany(suite.payer, suite.site, terms, "Allowance", "0x");
    await networkHelpers.mine(1);
    const [first, second, third] = terms.map((each) => unpaid(suite, each, receipt.blockNumber));
    if (!first || !second || !third) throw new Error("three milestones");
    await post(suite, first);
    await capture(suite, first);
    await suite.escrow.connect(suite.payee).void(second.packed, AMOUNTS[1] ?? 0n, 0);
    await at(third.terms.captureBy);
    await suite.escrow.reclaim(third.packed);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(AMOUNTS[0]);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("reverts when one of the payments is of another payer or another token", async () => {
    const suite = await fixture();
    const { escrow, payer } = suite;
    const [first, second] = await milestones(suite, {});
    if (!first || !second) throw new Error("two milestones");
    for (const change of [{ payer: suite.stranger.address }, { token: suite.site.escrow }]) {
      const pair = [first, { ...second, ...change }].map((each) => unpaid(suite, each));
      const packed = pair.map((each) => each.packed);
      await expect(escrow.connect(payer).authorizeMany(packed, COLLECTION.Allowance, "0x"))
        .to.be.revertedWithCustomError(escrow, "BatchMixed")
        .withArgs(pair[1]?.id, payer.address, first.token);
    }
  });

  it("reverts when a payment is in it twice, or was authorized before", async () => {
    const suite = await fixture();
    const escrow = suite.escrow.connect(suite.payer);
    const [first] = (await milestones(suite, {})).map((each) => unpaid(suite, each));
    if (!first) throw new Error("a milestone");
    const twice = () => escrow.authorizeMany([first.packed, first.packed], COLLECTION.Allowance, "0x");
    await expect(twice()).to.be.revertedWithCustomError(escrow, "PaymentExists").withArgs(first.id);
    await escrow.authorize(first.packed, COLLECTION.Allowance, "0x");
    await expect(escrow.authorizeMany([first.packed], COLLECTION.Allowance, "0x"))
      .to.be.revertedWithCustomError(escrow, "PaymentExists")
      .withArgs(first.id);
  });

  it("reverts without payments, and when one of them could not be authorized alone", async () => {
    const suite = await fixture();
    const escrow = suite.escrow.connect(suite.payer);
    await expect(escrow.authorizeMany([], COLLECTION.Allowance, "0x")).to.be.revertedWithCustomError(
      escrow,
      "AmountZero",
    );
    const terms = await milestones(suite, {});
    const packed = terms.map((each) => unpaid(suite, each).packed);
    const { authorizeBy } = terms[0] ?? { authorizeBy: 0 };
    await at(authorizeBy);
    await expect(escrow.authorizeMany(packed, COLLECTION.Allowance, "0x"))
      .to.be.revertedWithCustomError(escrow, "AuthorizationExpired")
      .withArgs(authorizeBy, authorizeBy);
  });

  it("reverts when a payment was left out, added or moved after the payer signed", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const terms = await milestones(suite, { payer: wallet.address });
    const signature = await payments.signTerms(wallet, suite.site, terms);
    const [first, second, third] = terms.map((each) => unpaid(suite, each).packed);
    if (!first || !second || !third) throw new Error("three milestones");
    const extra = unpaid(suite, { ...(terms[0] ?? (await termsFor(suite))), salt: 99n }).packed;
    for (const list of [
      [first, second],
      [first, second, third, extra],
      [second, first, third],
    ]) {
      const sent = suite.escrow.connect(suite.stranger).authorizeMany(list, COLLECTION.Allowance, signature);
      await expect(sent).to.be.revertedWithCustomError(suite.escrow, "PayerSignatureInvalid");
    }
  });

  it("reverts on the signature of one payment where a batch of that one is meant, and the other way round", async () => {
    const suite = await fixture();
    const wallet = await walletPayer(suite);
    const terms = await termsFor(suite, { payer: wallet.address });
    const { packed } = unpaid(suite, terms);
    const escrow = suite.escrow.connect(suite.stranger);
    const single = await payments.signTerms(wallet, suite.site, terms);
    const batch = await payments.signTerms(new ethers.Wallet(key("payer")), suite.site, [terms]);
    await expect(escrow.authorizeMany([packed], COLLECTION.Allowance, single)).to.be.revertedWithCustomError(
      escrow,
      "PayerSignatureInvalid",
    );
    await expect(escrow.authorize(packed, COLLECTION.Allowance, batch)).to.be.revertedWithCustomError(
      escrow,
      "PayerSignatureInvalid",
    );
    await escrow.authorizeMany([packed], COLLECTION.Allowance, batch);
  });
});
