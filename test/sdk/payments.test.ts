import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { Wallet, ZeroHash } from "ethers";

import { payments, SluiceError, type Terms } from "../../sdk/src/index.ts";
import { attest, DAY, ethers, fixture, key, networkHelpers, termsFor, UNIT, type Suite } from "../shared/suite.ts";
import { expectRevert, thrownBy } from "./refusals.ts";

const localToken = { tokenName: "Local Token", tokenVersion: "1" };

/** A payment by a payer who signs and holds no coin, one block on. */
async function authorized(suite: Suite, changes: Partial<Terms> = {}) {
  const payer = new Wallet(key("sdk payer").privateKey, ethers.provider);
  await suite.token.mint(payer.address, 1_000n * UNIT);
  const terms = await termsFor(suite, { payer: payer.address, ...changes });
  const { event, receipt } = await payments.authorizeByAuthorization(
    suite.operator,
    suite.site,
    terms,
    payer,
    localToken,
  );
  await networkHelpers.mine(1);
  return { terms, event, receipt, id: event.id, block: receipt.blockNumber };
}

describe("sdk: payments", () => {
  it("authorize by the payer's signature, who has no coin, and tell what the event says", async () => {
    const suite = await fixture();
    const { terms, event, id, block } = await authorized(suite);
    expect(event).to.deep.equal({ id, payee: suite.payee.address, terms });
    const view = await payments.readPayment(ethers.provider, suite.site, terms);
    expect(view.exists).to.equal(true);
    expect(view.state).to.include({ capturable: terms.amount, refundable: 0n, authorizedBlock: block, band: "None" });
  });

  it("authorize out of an allowance, sent by the payer or signed by him", async () => {
    const suite = await fixture();
    const { payer, operator, site } = suite;
    const first = await payments.authorizeByAllowance(payer, site, await termsFor(suite));
    const second = await payments.authorizeByAllowance(operator, site, await termsFor(suite, { salt: 2n }), payer);
    expect(first.receipt.from).to.equal(payer.address);
    expect(second.receipt.from).to.equal(operator.address);
    expect(await suite.token.balanceOf(site.escrow)).to.equal(200n * UNIT);
  });

  it("capture with an attestation and refund, with each event's figures", async () => {
    const suite = await fixture();
    const { operator, payee, site, token } = suite;
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    const amount = 40n * UNIT;
    const captured = await payments.capture(operator, site, payment.terms, { amount, feeBps: 100, attestation });
    expect(captured.event).to.deep.equal({ id: payment.id, amount, operatorFee: amount / 100n, protocolFee: 0n });
    expect(captured.events.map(({ name }) => name)).to.deep.equal(["Captured"]);
    expect(await token.balanceOf(payee.address)).to.equal((amount * 99n) / 100n);

    await token.connect(payee).approve(site.escrow, UNIT);
    const refunded = await payments.refund(payee, site, payment.terms, UNIT, { reasonCode: 1 });
    expect(refunded.event).to.deep.equal({ id: payment.id, from: payee.address, amount: UNIT, reasonCode: 1 });
    const { state } = await payments.readPayment(payee, site, payment.terms);
    expect(state).to.include({ capturable: 60n * UNIT, refundable: 39n * UNIT });
  });

  it("capture without an attestation once an Allow is posted, the fee pushed to its receiver", async () => {
    const suite = await fixture();
    const { operator, stranger, site } = suite;
    const payment = await authorized(suite);
    const posted = await payments.post(stranger, site, payment.terms, await attest(suite, payment));
    expect(posted.event).to.include({ id: payment.id, band: "Allow", score: 5_000 });
    const { amount } = payment.terms;
    await payments.capture(operator, site, payment.terms, { amount, feeBps: 500, payout: "PushAll" });
    expect(await suite.token.balanceOf(suite.feeReceiver.address)).to.equal(amount / 20n);
  });

  it("capture for a payee the token denies, and show the credit among the events", async () => {
    const suite = await fixture();
    const { payer, payee, operator, site } = suite;
    const token = await ethers.deployContract("DenyListToken");
    await token.mint(payer.address, UNIT);
    await token.connect(payer).approve(site.escrow, UNIT);
    const terms = await termsFor(suite, { token: await token.getAddress(), amount: UNIT, silenceRule: "Release" });
    const { event } = await payments.authorizeByAllowance(payer, site, terms);
    const { opensAt } = (await payments.request(payee, site, terms)).event;
    await networkHelpers.time.increaseTo(opensAt);
    await token.setDenied(payee.address, true);
    const captured = await payments.capture(operator, site, terms, { amount: UNIT, feeBps: 0 });
    expect(captured.event).to.include({ id: event.id, amount: UNIT });
    const credit = captured.events.find(({ name }) => name === "Credited");
    expect(credit?.args.toObject()).to.include({ account: payee.address, amount: UNIT });
  });

  it("void, and sweep what the ledger holds", async () => {
    const suite = await fixture();
    const { operator, stranger, site, token, feeReceiver } = suite;
    const payment = await authorized(suite);
    const amount = 30n * UNIT;
    const voided = await payments.void(operator, site, payment.terms, amount);
    expect(voided.event).to.deep.equal({ id: payment.id, amount, reasonCode: 0 });
    const attestation = await attest(suite, payment);
    await payments.capture(operator, site, payment.terms, { amount, feeBps: 100, attestation });
    const tokenAddress = await token.getAddress();
    const swept = await payments.sweep(stranger, site, tokenAddress, feeReceiver.address);
    const expected = { token: tokenAddress, account: feeReceiver.address, amount: amount / 100n, protocolAmount: 0n };
    expect(swept.event).to.deep.equal(expected);
  });

  it("request screening, and reclaim when silence has spoken for the payer", async () => {
    const suite = await fixture();
    const { operator, stranger, site } = suite;
    const payment = await authorized(suite);
    const { event } = await payments.request(operator, site, payment.terms);
    expect(event.silentAt).to.equal((await networkHelpers.time.latest()) + DAY / 2);
    const view = await payments.readPayment(stranger, site, payment.terms);
    expect(view.state.requested).to.equal(true);
    const { silentAt, opensAt, closesAt } = event;
    const undisputed = { ruleBy: 0, disputedByPayee: false, reviewed: false };
    expect(view.timer).to.deep.equal({ silentAt, opensAt, closesAt, ...undisputed });
    await networkHelpers.time.increaseTo(event.silentAt);
    const reclaimed = await payments.reclaim(stranger, site, payment.terms);
    expect(reclaimed.event).to.deep.equal({ id: payment.id, amount: payment.terms.amount });
  });

  it("are read as the escrow's three views answer, at any block", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const { site, escrow } = suite;
    await payments.post(suite.stranger, site, payment.terms, await attest(suite, payment, { score: 9_800 }));
    const view = await payments.readPayment(ethers.provider, site, payment.terms);
    const [state, timer] = [await escrow.payment(payment.id), await escrow.timer(payment.id)];
    expect(view.state.score).to.equal(9_800);
    expect(view.state).to.deep.equal({
      capturable: state.capturable,
      refundable: state.refundable,
      authorizedBlock: Number(state.authorizedBlock),
      score: Number(state.score),
      band: "Hold",
      requested: false,
      protocolFeeBps: Number(state.protocolFeeBps),
    });
    expect(view.timer.opensAt).to.equal(Number(timer.opensAt));
    expect(view.timer.closesAt).to.equal(Number(timer.closesAt));
    expect(BigInt(view.exitBy)).to.be.greaterThanOrEqual(BigInt(payment.terms.captureBy));
    const before = await payments.readPayment(ethers.provider, site, payment.terms, payment.block);
    expect(before.state.band).to.equal("None");
  });

  it("nobody authorized do not exist", async () => {
    const suite = await fixture();
    const view = await payments.readPayment(ethers.provider, suite.site, await termsFor(suite));
    const timer = { silentAt: 0, opensAt: 0, closesAt: 0, ruleBy: 0, disputedByPayee: false, reviewed: false };
    expect(view).to.deep.include({ exists: false, timer });
    expect(view.state.capturable).to.equal(0n);
  });
});

describe("sdk: payments a contract refuses", () => {
  it("name the escrow's error, its arguments, a sentence and where it is explained", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment, { score: 9_800 });
    const options = { amount: UNIT, feeBps: 0, attestation };
    const sent = payments.capture(suite.operator, suite.site, payment.terms, options);
    const details = await expectRevert(sent, "NotAllowed", { id: payment.id, band: 2n, score: 9_800n });
    expect(details).to.deep.include({
      method: "capture",
      contract: "IPaymentEscrow",
      docs: "docs/reference/errors.md#notallowed",
      transactionHash: undefined,
    });
    expect(details.notice).to.match(/post it/);
    expect(await readFile("docs/reference/errors.md", "utf8")).to.include("`NotAllowed(");
  });

  it("are refused by whichever function they are sent with", async () => {
    const suite = await fixture();
    const { operator, payee, stranger, site } = suite;
    const { terms, id } = await authorized(suite);
    const parties = { caller: stranger.address, operator: operator.address, payee: payee.address };
    const tokenAddress = terms.token;
    const account = stranger.address;
    await expectRevert(payments.void(stranger, site, terms, 1n), "NotOperatorOrPayee", parties);
    await expectRevert(payments.refund(payee, site, terms, 1n), "AmountTooLarge", { amount: 1n, available: 0n });
    await expectRevert(payments.capture(operator, site, terms, { amount: 1n, feeBps: 0 }), "NotScreened", { id });
    await expectRevert(payments.post(stranger, site, terms, "0x"), "AttestationLength", { length: 0n });
    await expectRevert(payments.sweep(stranger, site, tokenAddress, account), "NothingToSweep", {
      token: tokenAddress,
      account,
    });
    await payments.request(payee, site, terms);
    const { timer } = await payments.readPayment(payee, site, terms);
    await expectRevert(payments.request(payee, site, terms), "AlreadyRequested", {
      id,
      silentAt: BigInt(timer.silentAt),
    });
    await expectRevert(payments.authorize(operator, site, terms, "Erc3009", "0x"), "PaymentExists", { id });
    const early = await payments.reclaim(stranger, site, terms).catch((thrown: unknown) => thrown);
    expect(early).to.have.nested.property("details.name", "ReclaimTooEarly");
  });

  it("name the token's error where the token refuses", async () => {
    const suite = await fixture();
    const payer = Wallet.createRandom();
    const terms = await termsFor(suite, { payer: payer.address });
    const sent = payments.authorizeByAuthorization(suite.operator, suite.site, terms, payer, localToken);
    const details = await expectRevert(sent, "BalanceTooLow", { balance: 0n, needed: terms.amount });
    expect(details.contract).to.equal("LocalToken");
  });

  it("say why although only a receipt came back", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    let hash = "";
    const onSent = async (sent: { hash: string }): Promise<void> => {
      hash = sent.hash;
      await networkHelpers.mine(1);
    };
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const options = { amount: UNIT, feeBps: 0, gasLimit: 300_000n, onSent };
      const sent = payments.capture(suite.operator, suite.site, payment.terms, options);
      const details = await expectRevert(sent, "NotScreened", { id: payment.id });
      expect(details.transactionHash).to.equal(hash).and.not.equal("");
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
    }
  });

  it("by a contract of others are CONTRACT_REVERTED without a name", async () => {
    const suite = await fixture();
    const site = { ...suite.site, escrow: await suite.token.getAddress() };
    const thrown = await thrownBy(payments.reclaim(suite.stranger, site, await termsFor(suite)));
    expect(thrown).to.include({ code: "CONTRACT_REVERTED" });
    expect(thrown).to.have.nested.property("details.name", undefined);
    expect(thrown).to.have.nested.property("details.method", "reclaim");
  });
});

describe("sdk: payments the package refuses itself", () => {
  const wrong: Partial<Terms> = { amount: 0n };
  const calls: Record<string, (suite: Suite, terms: Terms) => Promise<unknown>> = {
    authorize: ({ operator, site }, terms) => payments.authorize(operator, site, terms, "Erc3009", "0x"),
    authorizeByAuthorization: ({ operator, payer, site }, terms) =>
      payments.authorizeByAuthorization(operator, site, terms, payer, localToken),
    authorizeByAllowance: ({ payer, site }, terms) => payments.authorizeByAllowance(payer, site, terms),
    signTerms: ({ payer, site }, terms) => payments.signTerms(payer, site, terms),
    capture: ({ operator, site }, terms) => payments.capture(operator, site, terms, { amount: 1n, feeBps: 0 }),
    void: ({ operator, site }, terms) => payments.void(operator, site, terms, 1n),
    reclaim: ({ operator, site }, terms) => payments.reclaim(operator, site, terms),
    refund: ({ operator, site }, terms) => payments.refund(operator, site, terms, 1n),
    request: ({ operator, site }, terms) => payments.request(operator, site, terms),
    post: ({ operator, site }, terms) => payments.post(operator, site, terms, "0x"),
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`are those with impossible terms: ${name}`, async () => {
      const suite = await fixture();
      const thrown = await thrownBy(call(suite, { ...(await termsFor(suite)), ...wrong }));
      expect(thrown).to.be.instanceOf(SluiceError).and.include({ code: "TERMS_INVALID", field: "amount" });
    });
  }

  it("are those sent to an address without a contract", async () => {
    const suite = await fixture();
    const site = { ...suite.site, escrow: suite.stranger.address };
    const terms = await termsFor(suite);
    const sent = await thrownBy(payments.request(suite.payer, site, terms));
    expect(sent).to.be.instanceOf(SluiceError).and.include({ code: "CONTRACT_UNEXPECTED" });
    const read = await thrownBy(payments.readPayment(ethers.provider, site, terms));
    expect(read).to.be.instanceOf(SluiceError).and.include({ code: "CONTRACT_UNEXPECTED" });
  });

  it("are those whose signer is on another chain", async () => {
    const suite = await fixture();
    const { terms } = await authorized(suite);
    const before = await suite.operator.getNonce();
    const site = { ...suite.site, chainId: suite.chainId + 1n };
    await thrownBy(payments.void(suite.operator, site, terms, 1n));
    expect(await suite.operator.getNonce()).to.equal(before);
  });
});

describe("sdk: drafted terms", () => {
  it("have usual values, what is named instead of them, and a salt of their own", async () => {
    const suite = await fixture();
    const { payer, payee, operator, token, amount } = await termsFor(suite);
    const now = 1_800_000_000;
    const draft = payments.draftTerms({ payer, payee, operator, token, amount, maxHold: 5 }, now);
    expect(draft).to.deep.include({ authorizeBy: now + 3_600, captureBy: now + 7 * DAY, maxFeeBps: 0, maxHold: 5 });
    expect(payments.draftTerms({ payer, payee, operator, token, amount }, now).salt).not.to.equal(draft.salt);
    expect(() => payments.draftTerms({ payer, payee, operator, token, amount, maxFeeBps: 100 }, now))
      .to.throw(SluiceError)
      .with.property("field", "feeReceiver");
    expect(draft.referral).to.equal(ZeroHash.slice(0, 26));
  });
});
