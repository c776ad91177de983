import { expect } from "chai";

import { selectorOf } from "../shared/cases.ts";
import { at, capture, request, unpaid } from "../shared/moves.ts";
import { expectRefused, timerOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  COLLECTION,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, order, skipped } from "./doors.ts";

/** The batch passes the payment over for this reason. */
async function expectSkipped(suite: Suite, payment: Authorized, error: string): Promise<void> {
  const tx = await captureMany(suite, [{ payment, amount: 1n }]);
  expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.escrow, error)]]);
}

describe("E16: no door opens to those who never ask for screening", () => {
  it("refuses orders, batches and charges without an answer of the gate", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release" });
    for (const action of ["Capture", "CapturePushed", "CaptureCredited"] as const) {
      const act = () => order(suite, payment, action);
      await expectRefused(suite, payment, act, suite.escrow, "NotScreened", [payment.id]);
    }
    await expectSkipped(suite, payment, "NotScreened");
    const charged = unpaid(suite, await termsFor(suite, { payer: suite.operator.address, silenceRule: "Release" }));
    const escrow = suite.escrow.connect(suite.operator);
    await expect(escrow.charge(charged.packed, COLLECTION.Allowance, "0x", 0, "0x")).to.be.revertedWithCustomError(
      suite.gate,
      "AttestationLength",
    );
  });

  it("holds silence above the cap against orders and batches alike, and pays from the same second", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release", amount: 1_001n * UNIT });
    await request(suite, payment);
    const { silentAt, opensAt } = await timerOf(suite, payment.id);
    await at(silentAt);
    await expectSkipped(suite, payment, "CaptureWindow");
    await expect(order(suite, payment, "Capture")).to.be.revertedWithCustomError(suite.escrow, "CaptureWindow");
    await at(opensAt);
    await captureMany(suite, [{ payment, amount: UNIT }]);
    await order(suite, payment, "Capture");
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(1_001n * UNIT);
  });

  it("gains nothing by bribed nodes: an answer that comes too late for silence is heard by no door", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Refund" });
    const attestation = await attest(suite, payment);
    await request(suite, payment);
    const { silentAt } = await timerOf(suite, payment.id);
    await at(silentAt);
    await networkHelpers.mine(1);
    await expect(capture(suite, payment, { attestation })).to.be.revertedWithCustomError(suite.escrow, "CaptureWindow");
    await expect(order(suite, payment, "Capture", { attestation })).to.be.revertedWithCustomError(
      suite.escrow,
      "CaptureWindow",
    );
    await expect(suite.escrow.tighten(payment.packed, attestation, "0x")).to.be.revertedWithCustomError(
      suite.escrow,
      "ScreeningClosed",
    );
    await suite.escrow.reclaim(payment.packed);
  });

  it("lets none but payer, payee and operator start the clock, and none of them twice", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    for (const who of [suite.stranger, suite.arbiter, suite.treasury]) {
      const act = () => suite.escrow.connect(who).request(payment.packed);
      const args = [who.address, suite.operator.address, suite.payee.address];
      await expectRefused(suite, payment, act, suite.escrow, "NotOperatorOrPayee", args);
    }
    await suite.escrow.connect(suite.payee).request(payment.packed);
    const { silentAt } = await timerOf(suite, payment.id);
    const again = () => request(suite, payment);
    await expectRefused(suite, payment, again, suite.escrow, "AlreadyRequested", [payment.id, silentAt]);
  });
});
