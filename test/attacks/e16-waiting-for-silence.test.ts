import { expect } from "chai";

import { at, capture, reclaim, request } from "../shared/moves.ts";
import { expectRefused, timerOf } from "../shared/state.ts";
import { authorized, DAY, fixture, POLICY, UNIT } from "../shared/suite.ts";

describe("E16: silence must be asked for, and releases little", () => {
  it("releases nothing to a payer and payee who never ask, and the money goes back", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release", payee: suite.operator.address });
    for (const second of [payment.terms.authorizeBy, payment.terms.captureBy - 1]) {
      await at(second);
      const act = () => capture(suite, payment);
      await expectRefused(suite, payment, act, suite.escrow, "NotScreened", [payment.id]);
    }
    await at(payment.terms.captureBy);
    await reclaim(suite, payment);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
  });

  it("releases above the cap only after a Hold, cut into parts or not", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release", amount: 1_001n * UNIT });
    await request(suite, payment);
    const { silentAt, opensAt, closesAt } = await timerOf(suite, payment.id);
    expect(opensAt - silentAt).to.equal(BigInt(POLICY.holdDelay));
    for (const second of [silentAt, opensAt - 1n]) {
      await at(second);
      const act = () => capture(suite, payment, { amount: 1n });
      await expectRefused(suite, payment, act, suite.escrow, "CaptureWindow", [second, opensAt, closesAt]);
    }
    await at(opensAt);
    await capture(suite, payment);
  });

  it("asks by an event that every attester sees, with the last second for an answer in it", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release" });
    await expect(request(suite, payment)).to.emit(suite.escrow, "ScreeningRequested");
    const { silentAt } = await timerOf(suite, payment.id);
    expect(silentAt).to.be.lessThan(payment.terms.captureBy);
    expect(POLICY.silenceDelay).to.equal(DAY / 2);
  });
});
