import { expect } from "chai";
import { verifyTypedData, ZeroAddress } from "ethers";

import {
  paymentId,
  payments,
  reviewTypedData,
  settlementTypedData,
  SluiceError,
  type Review,
} from "../../sdk/src/index.ts";
import { arbitrated, attestMany, fundBonds } from "../shared/cases.ts";
import { post, setPolicy, unpaid } from "../shared/moves.ts";
import {
  attest,
  authorized,
  DAY,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";
import { expectRevert, thrownBy } from "./refusals.ts";

const HELD = 9_800;
const BLOCKED = 9_999;
const soon = async (): Promise<number> => (await networkHelpers.time.latest()) + DAY;

/** A payment with an arbiter and a posted band. */
async function posted(suite: Suite, score: number) {
  await fundBonds(suite);
  const payment = await authorized(suite, arbitrated(suite));
  await post(suite, payment, { score });
  return payment;
}

describe("sdk: captures of many payments", () => {
  it("tell what went out of which payment, and which were passed over and why", async () => {
    const suite = await fixture();
    const [first, second] = [await authorized(suite, { salt: 1n }), await authorized(suite, { salt: 2n })];
    const missing = unpaid(suite, await termsFor(suite, { salt: 3n }));
    const attestation = await attestMany(suite, [
      { payment: first },
      { payment: second, score: HELD },
      { payment: { ...missing, block: first.block } },
    ]);
    const items = [first, second, missing].map(({ terms }) => ({ terms, amount: terms.amount, feeBps: 100 }));
    const sent = await payments.captureMany(suite.operator, suite.site, items, { attestation });
    expect(sent.captured).to.deep.equal([{ id: first.id, amount: 100n * UNIT, operatorFee: UNIT, protocolFee: 0n }]);
    expect(sent.skipped).to.deep.equal([
      { id: second.id, reason: "NotAllowed" },
      { id: missing.id, reason: "PaymentUnknown" },
    ]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(99n * UNIT);
  });

  it("need no attestation where bands are posted", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const item = { terms: payment.terms, amount: 40n * UNIT, feeBps: 0 };
    const { captured } = await payments.captureMany(suite.operator, suite.site, [item, item]);
    expect(captured.map(({ amount }) => amount)).to.deep.equal([40n * UNIT, 40n * UNIT]);
  });
});

describe("sdk: charges", () => {
  it("authorize and capture at once, with the attestation of the block the gate names", async () => {
    const suite = await fixture();
    const terms = await termsFor(suite);
    const asOf = Math.floor((await ethers.provider.getBlockNumber()) / POLICY.stride) * POLICY.stride;
    const payment = unpaid(suite, terms);
    const attestation = await attest(suite, payment, { asOf });
    const signature = await payments.signTerms(suite.payer, suite.site, terms);
    const options = { feeBps: 100, attestation };
    const { operator, site } = suite;
    const { event } = await payments.charge(operator, site, terms, "Allowance", signature, options);
    const fees = { operatorFee: UNIT, protocolFee: 0n };
    expect(event).to.deep.equal({ id: payment.id, payee: suite.payee.address, terms, ...fees });
    const { state } = await payments.readPayment(operator, site, terms);
    expect(state).to.include({ capturable: 0n, refundable: 100n * UNIT, band: "Allow" });
    const again = payments.charge(operator, site, terms, "Allowance", signature, options);
    await expectRevert(again, "PaymentExists", { id: payment.id });
  });
});

describe("sdk: disputes", () => {
  it("are opened and ruled, with each event's figures", async () => {
    const suite = await fixture();
    const { payer, arbiter, site } = suite;
    const { terms, id } = await posted(suite, HELD);
    const opened = await payments.dispute(payer, site, terms);
    const { timer } = await payments.readPayment(payer, site, terms);
    expect(opened.event).to.deep.equal({ id, by: payer.address, bond: 5n * UNIT, ruleBy: timer.ruleBy });
    const ruled = await payments.resolve(arbiter, site, terms, 2_500);
    const parts = { toPayee: 25n * UNIT, toPayer: 75n * UNIT, bondTo: payer.address };
    expect(ruled.event).to.deep.equal({ id, by: arbiter.address, ...parts });
  });

  it("end by default once the arbiter's time is over, sent by anybody", async () => {
    const suite = await fixture();
    const { payee, stranger, site } = suite;
    const { terms, id } = await posted(suite, BLOCKED);
    const { ruleBy } = (await payments.dispute(payee, site, terms)).event;
    await networkHelpers.time.increaseTo(ruleBy);
    const { event } = await payments.resolveByDefault(stranger, site, terms);
    const parts = { toPayee: 60n * UNIT, toPayer: 40n * UNIT, bondTo: payee.address };
    expect(event).to.deep.equal({ id, by: stranger.address, ...parts });
  });

  it("in native coin bring the bond along", async () => {
    const suite = await fixture();
    const { payer, arbiter, site } = suite;
    const terms = await termsFor(suite, { ...arbitrated(suite), token: ZeroAddress });
    const { receipt } = await payments.authorizeWithCoin(payer, site, terms);
    await networkHelpers.mine(1);
    const payment = { ...unpaid(suite, terms), block: receipt.blockNumber };
    await post(suite, payment, { score: HELD });
    await payments.dispute(payer, site, terms);
    expect(await ethers.provider.getBalance(site.escrow)).to.equal(105n * UNIT);
    await payments.resolve(arbiter, site, terms, 0);
    expect(await ethers.provider.getBalance(site.escrow)).to.equal(0n);
  });
});

describe("sdk: settlements", () => {
  it("are signed by one side and sent by the other, or signed by both and sent by anybody", async () => {
    const suite = await fixture();
    const { payer, payee, stranger, site } = suite;
    const { terms, id } = await authorized(suite);
    const deadline = await soon();
    const part = { toPayee: 30n * UNIT, toPayer: 10n * UNIT, capturable: 100n * UNIT, deadline };
    const signature = await payments.signSettlement(payee, site, terms, part);
    const first = await payments.settle(payer, site, terms, part, { payee: signature });
    expect(first.event).to.deep.equal({ id, toPayee: part.toPayee, toPayer: part.toPayer });
    const rest = { toPayee: 0n, toPayer: 60n * UNIT, capturable: 60n * UNIT, deadline };
    const signatures = {
      payer: await payments.signSettlement(payer, site, terms, rest),
      payee: await payments.signSettlement(payee, site, terms, rest),
    };
    await payments.settle(stranger, site, terms, rest, signatures);
    const { state } = await payments.readPayment(payer, site, terms);
    expect(state).to.include({ capturable: 0n, refundable: 30n * UNIT });
  });

  it("are what the typed data says, and name the field that does not fit", async () => {
    const suite = await fixture();
    const { payer, site } = suite;
    const terms = await termsFor(suite);
    const settlement = { toPayee: 1n, toPayer: 2n, capturable: 3n, deadline: 4 };
    const { domain, types, message } = settlementTypedData(settlement, terms, site);
    expect(message.payment).to.equal(paymentId(terms, site));
    const signature = await payments.signSettlement(payer, site, terms, settlement);
    expect(verifyTypedData(domain, types, message, signature)).to.equal(payer.address);
    const above = { ...settlement, toPayer: 2n ** 96n };
    const thrown = await thrownBy(payments.settle(payer, site, terms, above, {}));
    expect(thrown).to.be.instanceOf(SluiceError).and.include({ code: "NUMBER_OUT_OF_RANGE", field: "toPayer" });
  });
});

describe("sdk: reviews", () => {
  it("are sent by the arbiter himself", async () => {
    const suite = await fixture();
    const { arbiter, site } = suite;
    const { terms, id } = await posted(suite, HELD);
    const milder = { fromBand: "Hold", toBand: "Allow", deadline: await soon() } as const;
    const { event } = await payments.review(arbiter, site, terms, milder);
    const bands = { fromBand: "Hold", toBand: "Allow", reasonCode: 0 };
    expect(event).to.deep.include({ id, reviewer: arbiter.address, ...bands, closesAt: terms.captureBy });
  });

  it("are signed by a reviewer of the gate and sent by anybody", async () => {
    const suite = await fixture();
    const { stranger, treasury: reviewer, site } = suite;
    await suite.gate.setReviewer(reviewer.address, true);
    const { terms } = await posted(suite, BLOCKED);
    const milder: Review = { fromBand: "Block", toBand: "Hold", reasonCode: 7, deadline: await soon() };
    const signature = await payments.signReview(reviewer, site, terms, milder);
    const { domain, types, message } = reviewTypedData(milder, terms, site);
    expect(verifyTypedData(domain, types, message, signature)).to.equal(reviewer.address);
    const signed = { reviewer: reviewer.address, signature };
    const { event } = await payments.review(stranger, site, terms, milder, signed);
    expect(event).to.include({ reviewer: reviewer.address, toBand: "Hold", reasonCode: 7 });
    const again = { fromBand: "Hold", toBand: "Allow", deadline: await soon() } as const;
    await expectRevert(payments.review(suite.arbiter, site, terms, again), "AlreadyReviewed", {
      id: paymentId(terms, site),
    });
  });

  it("of a band there is none of are refused here", async () => {
    const suite = await fixture();
    const unknown = { fromBand: "Block", toBand: "Mild", deadline: 1 } as unknown as Review; // without types
    const thrown = await thrownBy(payments.review(suite.arbiter, suite.site, await termsFor(suite), unknown));
    expect(thrown).to.include({ code: "TERMS_INVALID", field: "toBand" });
  });
});

describe("sdk: tightening", () => {
  it("makes an Allow a Hold by the current policy, and answers the Hold where the Allow came along", async () => {
    const suite = await fixture();
    const { stranger, site } = suite;
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment, { score: 9_000 });
    await setPolicy(suite, { holdAt: 9_000 });
    const { event, events } = await payments.tighten(stranger, site, payment.terms, { attestation });
    expect(events.map(({ name }) => name)).to.deep.equal(["BandPosted", "BandPosted"]);
    expect(event).to.include({ id: payment.id, band: "Hold", score: 9_000 });
  });

  it("makes an Allow a Hold by one signer's facts", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 10 });
    const differing = await attest(suite, payment, { keys: suite.keys.slice(2), score: HELD });
    const { event } = await payments.tighten(suite.stranger, suite.site, payment.terms, { differing });
    expect(event).to.include({ band: "Hold", score: HELD });
  });
});

describe("sdk: orders that credit", () => {
  it("leave the payee's part in the ledger", async () => {
    const suite = await fixture();
    const { operator, payee, stranger, site } = suite;
    const payment = await authorized(suite);
    await post(suite, payment);
    const state = { capturable: 100n * UNIT, refundable: 0n, deadline: await soon() };
    const order = { action: "CaptureCredited", amount: 100n * UNIT, feeBps: 100, ...state } as const;
    const signature = await payments.signOrder(operator, site, payment.terms, order);
    const { event } = await payments.execute(stranger, site, payment.terms, order, signature);
    expect(event).to.deep.equal({ id: payment.id, amount: 100n * UNIT, operatorFee: UNIT, protocolFee: 0n });
    const [credit] = await suite.escrow.ledger(payment.terms.token, payee.address);
    expect(credit).to.equal(99n * UNIT);
  });
});
