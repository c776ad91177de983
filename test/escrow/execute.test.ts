import { orderTypedData, packOrder, payments } from "@sluice/sdk";
import { expect } from "chai";
import { TypedDataEncoder, ZeroAddress } from "ethers";

import { at, capture, post } from "../shared/moves.ts";
import { withCoin } from "../shared/payers.ts";
import { expectRefused, holdings, ledgerOf, stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

type Signer = Suite["operator"];
type Order = payments.Order;

const DEADLINE = 2 ** 40 - 1;

/** An order for the state the payment is in. */
async function orderNow(suite: Suite, payment: Authorized, changes: Partial<Order>): Promise<Order> {
  const { capturable, refundable } = await stateOf(suite, payment.id);
  return { action: "Void", amount: UNIT, feeBps: 0, capturable, refundable, deadline: DEADLINE, ...changes };
}

/** A stranger submits what `signer` signs. */
async function submit(suite: Suite, payment: Authorized, signer: Signer, order: Order, attestation = "0x") {
  const signature = await payments.signOrder(signer, suite.site, payment.terms, order);
  return suite.escrow.connect(suite.stranger).execute(payment.packed, packOrder(order), signature, attestation);
}

describe("PaymentEscrow.execute", () => {
  it("captures 40 of 100 on the operator's order, which a stranger submits, at the operator's fee", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const order = await orderNow(suite, payment, { action: "Capture", amount: 40n * UNIT, feeBps: 100 });
    await expect(submit(suite, payment, suite.operator, order))
      .to.emit(suite.escrow, "Captured")
      .withArgs(payment.id, 40n * UNIT, (40n * UNIT) / 100n, 0n);
    expect(await stateOf(suite, payment.id)).to.include({ capturable: 60n * UNIT, refundable: 40n * UNIT });
    expect((await ledgerOf(suite, suite.feeReceiver.address))[0]).to.equal((40n * UNIT) / 100n);
  });

  it("captures with an attestation and pushes the fee when the order says so", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const order = await orderNow(suite, payment, { action: "CapturePushed", amount: 100n * UNIT, feeBps: 500 });
    await submit(suite, payment, suite.operator, order, await attest(suite, payment));
    expect(await holdings(suite)).to.include({ payee: 95n * UNIT, feeReceiver: 5n * UNIT, escrow: 0n });
  });

  it("gives money back on the payee's order", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const { payer } = await holdings(suite);
    await submit(suite, payment, suite.payee, await orderNow(suite, payment, { amount: 30n * UNIT }));
    expect((await holdings(suite)).payer).to.equal(payer + 30n * UNIT);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(70n * UNIT);
  });

  it("refunds out of the signer's allowance, not the submitter's", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment);
    await suite.token.connect(suite.payee).approve(suite.site.escrow, 25n * UNIT);
    const order = await orderNow(suite, payment, { action: "Refund", amount: 25n * UNIT, reasonCode: 1 });
    await expect(submit(suite, payment, suite.payee, order))
      .to.emit(suite.escrow, "Refunded")
      .withArgs(payment.id, suite.payee.address, 25n * UNIT, 1);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(75n * UNIT);
  });

  it("refunds native coin out of the submitter's pocket", async () => {
    const suite = await withCoin(await fixture());
    const terms = await termsFor(suite, { token: ZeroAddress, amount: UNIT });
    const { receipt, event } = await payments.authorizeWithCoin(suite.payer, suite.site, terms);
    await networkHelpers.mine(1);
    const attestation = await attest(suite, { id: event.id, block: receipt.blockNumber });
    await payments.capture(suite.operator, suite.site, terms, { amount: UNIT, feeBps: 0, attestation });
    const state = { capturable: 0n, refundable: UNIT, feeBps: 0, deadline: DEADLINE };
    const order = { action: "Refund", amount: UNIT, ...state } as const;
    const signature = await payments.signOrder(suite.payee, suite.site, terms, order);
    const sent = await payments.execute(suite.stranger, suite.site, terms, order, signature);
    expect(sent.event).to.deep.equal({ id: event.id, from: suite.payee.address, amount: UNIT, reasonCode: 0 });
  });

  it("takes the order of an operator that is a contract, by EIP-1271", async () => {
    const suite = await fixture();
    const account = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    const operator = await account.getAddress();
    const payment = await authorized(suite, { operator });
    await submit(suite, payment, suite.stranger, await orderNow(suite, payment, {}));
    expect((await stateOf(suite, payment.id)).capturable).to.equal(99n * UNIT);
  });

  it("reverts when the payee orders a capture below the highest fee", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const order = await orderNow(suite, payment, { action: "Capture", feeBps: 499 });
    const act = () => submit(suite, payment, suite.payee, order);
    await expectRefused(suite, payment, act, suite.escrow, "FeeOutOfRange", [499, 500, 500]);
  });

  it("reverts when the payer or a stranger signed", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    for (const signer of [suite.payer, suite.stranger]) {
      const order = await orderNow(suite, payment, {});
      const act = () => submit(suite, payment, signer, order);
      const args = [payment.id, suite.operator.address, suite.payee.address];
      await expectRefused(suite, payment, act, suite.escrow, "OrderSignatureInvalid", args);
    }
  });

  it("counts until one second before its deadline", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const deadline = (await networkHelpers.time.latest()) + 1_000;
    const first = await orderNow(suite, payment, { deadline });
    const second = { ...first, capturable: 99n * UNIT };
    await at(deadline - 1);
    await submit(suite, payment, suite.operator, first);
    await at(deadline);
    const act = () => submit(suite, payment, suite.operator, second);
    await expectRefused(suite, payment, act, suite.escrow, "DeadlinePassed", [deadline, deadline]);
  });

  it("reverts when coins come with anything but a refund in coin", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const order = await orderNow(suite, payment, {});
    const signature = await payments.signOrder(suite.operator, suite.site, payment.terms, order);
    const escrow = suite.escrow.connect(suite.stranger);
    await expect(escrow.execute(payment.packed, packOrder(order), signature, "0x", { value: 1n }))
      .to.be.revertedWithCustomError(escrow, "ValueUnexpected")
      .withArgs(1n);
  });

  it("reverts for terms that nobody authorized", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const order = await orderNow(suite, payment, {});
    const unknown = { ...payment, packed: { ...payment.packed, salt: 77n } };
    await expect(submit(suite, unknown, suite.operator, order)).to.be.revertedWithCustomError(
      suite.escrow,
      "PaymentUnknown",
    );
  });

  it("is signed as ethers encodes the typed data", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const { domain, types } = orderTypedData(await orderNow(suite, payment, {}), payment.terms, suite.site);
    expect(TypedDataEncoder.hashDomain(domain)).to.equal(await suite.escrow.domainSeparator());
    expect(TypedDataEncoder.from(types).encodeType("Order")).to.equal(
      "Order(bytes32 payment,uint8 action,uint96 amount,uint16 feeBps,uint16 reasonCode,uint96 capturable,uint96 refundable,uint40 deadline)",
    );
  });
});
