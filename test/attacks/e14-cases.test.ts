import { expect } from "chai";

import { at, capture, post, secondOf, setPolicy } from "../shared/moves.ts";
import { timerOf } from "../shared/state.ts";
import { attest, authorized, BAND, DAY, fixture, POLICY, UNIT } from "../shared/suite.ts";
import { disputedFor, judgedFor, review, SCORE } from "./doors.ts";

const HOLD = BigInt(POLICY.holdDelay);
const GRACE = BigInt(POLICY.grace);

describe("E14: reviews, disputes and contradictions in the last second take no time from anybody", () => {
  it("leaves delay and full grace after a review in the last second of an appeal", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Block);
    const { closesAt } = await suite.escrow.timer(payment.id);
    await setPolicy(suite, { holdDelay: 0, grace: 1 });
    await at(closesAt - 1n);
    const now = await secondOf(await review(suite, payment));
    const { opensAt, closesAt: end } = await timerOf(suite, payment.id);
    expect(opensAt).to.equal(now + HOLD);
    expect(end).to.be.at.least(now + HOLD + GRACE);
  });

  for (const by of ["a signer", "a vote"] as const) {
    it(`leaves them when ${by} makes an Allow a Hold one second before captureBy, and no second time`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await post(suite, payment);
      if (by === "a vote") await setPolicy(suite, { holdAt: 1, holdDelay: 30 * DAY, grace: 1 });
      const one = { keys: suite.keys.slice(2), score: SCORE.Hold };
      const differing = by === "a vote" ? "0x" : await attest(suite, payment, one);
      const now = BigInt(payment.terms.captureBy) - 1n;
      await at(now);
      await suite.escrow.tighten(payment.packed, "0x", differing);
      const fixed = await timerOf(suite, payment.id);
      expect(fixed).to.include({ opensAt: now + HOLD, closesAt: now + HOLD + GRACE });
      await at(now + HOLD - 1n);
      await expect(suite.escrow.tighten(payment.packed, "0x", differing))
        .to.be.revertedWithCustomError(suite.escrow, "AlreadyScreened")
        .withArgs(payment.id, BAND.Hold);
      expect(await timerOf(suite, payment.id)).to.deep.equal(fixed);
      await at(now + HOLD);
      await capture(suite, payment);
      expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
    });
  }

  it("leaves the arbiter the whole ruling window after a dispute in the last second of a Hold", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Hold);
    const { opensAt } = await suite.escrow.timer(payment.id);
    await at(opensAt - 1n);
    await suite.escrow.connect(suite.payer).dispute(payment.packed);
    const { ruleBy } = await suite.escrow.timer(payment.id);
    expect(ruleBy).to.equal(opensAt - 1n + BigInt(payment.terms.rulingWindow));
    await at(ruleBy - 1n);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 10_000);
    expect((await suite.escrow.payment(payment.id)).refundable).to.equal(100n * UNIT);
  });

  it("moves no ruling's end by a vote, and every unit is out at exitBy at the latest", async () => {
    const suite = await fixture();
    const payment = await disputedFor(suite);
    const before = await suite.escrow.timer(payment.id);
    await setPolicy(suite, { holdDelay: 30 * DAY, grace: 1, appealDelay: 14 * DAY, holdAt: 1, blockAt: 2 });
    expect(await suite.escrow.timer(payment.id)).to.deep.equal(before);
    expect(before.ruleBy).to.be.at.most(await suite.escrow.exitBy(payment.packed));
    await at(await suite.escrow.exitBy(payment.packed));
    await suite.escrow.resolveByDefault(payment.packed);
    expect((await suite.escrow.payment(payment.id)).capturable).to.equal(0n);
  });

  it("stays within exitBy on the longest way: silence, appeal, review and dispute, each in its last second", async () => {
    const suite = await fixture();
    await setPolicy(suite, {
      silenceDelay: 7 * DAY,
      appealDelay: 14 * DAY,
      holdDelay: 30 * DAY,
      grace: 7 * DAY,
    });
    const payment = await judgedForLong(suite);
    const last = await suite.escrow.exitBy(payment.packed);
    const { ruleBy } = await suite.escrow.timer(payment.id);
    expect(ruleBy).to.be.at.most(last);
    expect(last - ruleBy, "seconds that exitBy promises too much").to.be.lessThan(10n);
    await at(ruleBy);
    await suite.escrow.resolveByDefault(payment.packed);
    expect((await suite.escrow.payment(payment.id)).capturable).to.equal(0n);
  });
});

/** Requested, blocked, reviewed and disputed, each in the last second it can be. */
async function judgedForLong(suite: Awaited<ReturnType<typeof fixture>>) {
  const funded = await judgedFor(suite, SCORE.Allow, { salt: 1n });
  const { terms } = funded;
  const payment = await authorized(suite, { ...terms, salt: 2n, rulingWindow: 20 * DAY, maxHold: 30 * DAY });
  await at(terms.captureBy - 1);
  await suite.escrow.connect(suite.payer).request(payment.packed);
  await at((await timerOf(suite, payment.id)).silentAt - 1n);
  await post(suite, payment, { score: SCORE.Block });
  await at((await timerOf(suite, payment.id)).closesAt - 1n);
  await review(suite, payment);
  await at((await timerOf(suite, payment.id)).opensAt - 1n);
  await suite.escrow.connect(suite.payer).dispute(payment.packed);
  return payment;
}
