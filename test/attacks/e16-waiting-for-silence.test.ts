import { expect } from "chai";

import { at, capture, post, reclaim, request } from "../shared/moves.ts";
import { expectRefused, timerOf } from "../shared/state.ts";
import { authorized, fixture, POLICY, UNIT } from "../shared/suite.ts";

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

  it("leaves attesters who saw the request until the last second of the delay to block", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release" });
    await expect(request(suite, payment)).to.emit(suite.escrow, "ScreeningRequested");
    const { silentAt } = await timerOf(suite, payment.id);
    await at(silentAt - 1n);
    await post(suite, payment, { score: 9_999 });
    await reclaim(suite, payment);
  });
});
