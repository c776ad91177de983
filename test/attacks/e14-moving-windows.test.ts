import { expect } from "chai";

import { at, capture, post, request, secondOf, setPolicy } from "../shared/moves.ts";
import { expectRefused, timerOf } from "../shared/state.ts";
import { authorized, DAY, epochConfig, ethers, fixture, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";

const HOLD = BigInt(POLICY.holdDelay);
const GRACE = BigInt(POLICY.grace);

describe("E14: a Hold hands no good payment to the payer, and no vote moves a window that is fixed", () => {
  it("leaves the payee delay and full grace when it is posted one second before captureBy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const now = BigInt(payment.terms.captureBy) - 1n;
    await at(now);
    await post(suite, payment, { score: 9_700 });
    expect(await timerOf(suite, payment.id)).to.include({ opensAt: now + HOLD, closesAt: now + HOLD + GRACE });
    await at(now + HOLD + GRACE - 1n);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("leaves them too when a refresh makes it of an Allow one second before the end", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await networkHelpers.mine(300);
    const now = BigInt(payment.terms.captureBy) - 1n;
    await at(now);
    await post(suite, payment, { score: 9_700, asOf: payment.block + 256 });
    expect(await timerOf(suite, payment.id)).to.include({ opensAt: now + HOLD, closesAt: now + HOLD + GRACE });
  });

  it("uses the delays of the policy at authorization for a payment that waits while they are raised", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { maxHold: 60 * DAY });
    await setPolicy(suite, { holdDelay: 30 * DAY, grace: 1 });
    const now = BigInt(payment.terms.captureBy) - 1n;
    await at(now);
    await post(suite, payment, { score: 9_700 });
    expect(await timerOf(suite, payment.id)).to.include({ opensAt: now + HOLD, closesAt: now + HOLD + GRACE });
  });

  it("moves no window by a vote after it was posted", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 9_700 });
    const before = await timerOf(suite, payment.id);
    await setPolicy(suite, { holdDelay: 30 * DAY, grace: 1, holdAt: 10_001, blockAt: 10_001 });
    expect(await timerOf(suite, payment.id)).to.deep.equal(before);
    await at(before.opensAt - 1n);
    const early = [before.opensAt - 1n, before.opensAt, before.closesAt];
    await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "CaptureWindow", early);
    await at(before.opensAt);
    await capture(suite, payment);
  });

  it("holds at most as long as the terms say when a revoked epoch brings a longer delay", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const config = epochConfig(suite.keys, 2, payment.terms.token);
    const next = { ...suite, epoch: await ethers.deployContract("DirectEpoch", [config]) };
    await setPolicy(suite, { holdDelay: 30 * DAY }, next.epoch);
    await suite.gate.revokeEpoch(await suite.epoch.getAddress());
    const now = await secondOf(await post(next, payment, { score: 9_700 }));
    expect((await timerOf(suite, payment.id)).opensAt).to.equal(now + BigInt(payment.terms.maxHold));
  });

  it("lets a request take nothing from a payee: an Allow after it keeps the time until captureBy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await request(suite, payment);
    await post(suite, payment);
    const { closesAt } = await timerOf(suite, payment.id);
    expect(closesAt).to.equal(payment.terms.captureBy);
  });
});
