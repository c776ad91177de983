import { packOrder, payments } from "@sluice/sdk";
import { expect } from "chai";

import { capture, post, withToken } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import { authorized, ethers, fixture, UNIT, type Authorized, type Suite } from "../shared/suite.ts";

const DEADLINE = 2 ** 40 - 1;
const TEN = 10n * UNIT;

/** An order of ten by the operator for the state now, and what submits it as often as one likes. */
async function tenBy(suite: Suite, payment: Authorized, action: payments.Order["action"]) {
  const { capturable, refundable } = await stateOf(suite, payment.id);
  const order = { action, amount: TEN, feeBps: 0, capturable, refundable, deadline: DEADLINE };
  const signature = await payments.signOrder(suite.operator, suite.site, payment.terms, order);
  const escrow = suite.escrow.connect(suite.stranger);
  return () => escrow.execute(payment.packed, packOrder(order), signature, "0x");
}

async function expectOutdated(suite: Suite, payment: Authorized, act: Awaited<ReturnType<typeof tenBy>>) {
  const { capturable, refundable } = await stateOf(suite, payment.id);
  await expectRefused(suite, payment, act, suite.escrow, "OrderOutdated", [payment.id, capturable, refundable]);
}

describe("E13: a signed order for a part runs once", () => {
  for (const action of ["Capture", "Void"] as const) {
    it(`refuses an order to ${action} ten of a hundred the second time, and after any other move`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await post(suite, payment);
      const act = await tenBy(suite, payment, action);
      await act();
      await expectOutdated(suite, payment, act);
      const next = await tenBy(suite, payment, action);
      await suite.escrow.connect(suite.payee).void(payment.packed, 1n, 0);
      await expectOutdated(suite, payment, next);
    });
  }

  it("refuses a refund of ten the second time, and when ten more were captured and ten given back since", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await suite.token.mint(suite.operator.address, 100n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 2n ** 256n - 1n);
    await capture(suite, payment, { amount: 2n * TEN });
    const act = await tenBy(suite, payment, "Refund");
    await act();
    await expectOutdated(suite, payment, act);
    await capture(suite, payment, { amount: TEN });
    expect((await stateOf(suite, payment.id)).refundable).to.equal(2n * TEN);
    await expectOutdated(suite, payment, act);
  });

  it("refuses an order about one payment for another in the same state", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const other = await authorized(suite, { salt: 2n });
    const { capturable, refundable } = await stateOf(suite, payment.id);
    const order = { action: "Void", amount: TEN, feeBps: 0, capturable, refundable, deadline: DEADLINE } as const;
    const signature = await payments.signOrder(suite.operator, suite.site, payment.terms, order);
    const act = () => suite.escrow.execute(other.packed, packOrder(order), signature, "0x");
    const args = [other.id, suite.operator.address, suite.payee.address];
    await expectRefused(suite, other, act, suite.escrow, "OrderSignatureInvalid", args);
  });

  it("refuses an order signed for another escrow or another chain", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const { capturable, refundable } = await stateOf(suite, payment.id);
    const order = { action: "Void", amount: TEN, feeBps: 0, capturable, refundable, deadline: DEADLINE } as const;
    for (const site of [
      { ...suite.site, escrow: suite.stranger.address },
      { ...suite.site, chainId: suite.chainId + 1n },
    ]) {
      const signature = await payments.signOrder(suite.operator, site, payment.terms, order);
      const act = () => suite.escrow.execute(payment.packed, packOrder(order), signature, "0x");
      const args = [payment.id, suite.operator.address, suite.payee.address];
      await expectRefused(suite, payment, act, suite.escrow, "OrderSignatureInvalid", args);
    }
  });

  it("refuses an order inside the transfer of the same order", async () => {
    const plain = await fixture();
    const token = await ethers.deployContract("HookToken");
    const address = await token.getAddress();
    const suite = await withToken(plain, address);
    const actor = await ethers.deployContract("ActorAccount", [suite.stranger.address]);
    await actor.execute(address, token.interface.encodeFunctionData("register"));
    const payment = await authorized(suite, { token: address, payee: await actor.getAddress() });
    await post(suite, payment);
    const { capturable, refundable } = await stateOf(suite, payment.id);
    const order = { action: "Capture", amount: TEN, feeBps: 0, capturable, refundable, deadline: DEADLINE } as const;
    const signature = await payments.signOrder(suite.operator, suite.site, payment.terms, order);
    const args = [payment.packed, packOrder(order), signature, "0x"] as const;
    await actor.prepare(false, suite.site.escrow, suite.escrow.interface.encodeFunctionData("execute", [...args]));
    const tx = await suite.escrow.execute(...args);
    const [attempt] = await actor.queryFilter(actor.filters.Attempt(), tx.blockNumber ?? 0, tx.blockNumber ?? 0);
    expect(attempt?.args.success).to.equal(false);
    expect((await stateOf(suite, payment.id)).capturable).to.equal(90n * UNIT);
  });
});
