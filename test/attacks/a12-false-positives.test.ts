import { expect } from "chai";

import { at, capture, post, reclaim } from "../shared/moves.ts";
import { stateOf } from "../shared/state.ts";
import { attest, authorized, BAND, fixture, UNIT, type Authorized, type Suite } from "../shared/suite.ts";
import { judgedFor, review, SCORE, settle } from "./doors.ts";

const WHOLE = 100n * UNIT;

async function expectPaid(suite: Suite, payment: Authorized): Promise<void> {
  const { capturable, refundable } = await stateOf(suite, payment.id);
  expect({ capturable, refundable }).to.deep.equal({ capturable: 0n, refundable: WHOLE });
}

describe("A12: whoever is held or blocked by mistake has somebody to ask, and a way to be paid", () => {
  it("waits a Hold out: nobody has to do anything for him", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Hold);
    const { opensAt } = await suite.escrow.timer(payment.id);
    await at(opensAt);
    await capture(suite, payment);
    await expectPaid(suite, payment);
  });

  it("is paid at once when the arbiter, or a reviewer of the gate, makes the Hold an Allow", async () => {
    const suite = await fixture();
    await suite.gate.setReviewer(suite.treasury.address, true);
    for (const [salt, who] of [suite.arbiter, suite.treasury].entries()) {
      const payment = await judgedFor(suite, SCORE.Hold, { salt: BigInt(salt) });
      await review(suite, payment, who);
      await capture(suite, payment);
      await expectPaid(suite, payment);
    }
  });

  it("turns a Block into a Hold in the last second of the appeal, and is paid after it", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Block);
    const { closesAt } = await suite.escrow.timer(payment.id);
    await at(closesAt - 1n);
    await review(suite, payment);
    const after = await suite.escrow.timer(payment.id);
    await expect(reclaim(suite, payment)).to.be.revertedWithCustomError(suite.escrow, "ReclaimTooEarly");
    await at(after.opensAt);
    await capture(suite, payment);
    await expectPaid(suite, payment);
  });

  it("disputes a Block and is paid by the arbiter, bond back", async () => {
    const suite = await fixture();
    const payment = await judgedFor(suite, SCORE.Block);
    await suite.escrow.connect(suite.payee).dispute(payment.packed);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 10_000);
    await expectPaid(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(195n * UNIT);
  });

  it("is paid by a payer who stands by it, whatever the band, with no arbiter and nobody else's leave", async () => {
    const suite = await fixture();
    for (const [salt, score] of [SCORE.Hold, SCORE.Block].entries()) {
      const payment = await authorized(suite, { salt: BigInt(salt) });
      await post(suite, payment, { score });
      await settle(suite, payment, WHOLE, 0n);
      await expectPaid(suite, payment);
    }
  });

  it("loses no money to a Block without an arbiter: the payer has it back at once and can pay anew", async () => {
    const suite = await fixture();
    const blocked = await authorized(suite);
    await post(suite, blocked, { score: SCORE.Block });
    await reclaim(suite, blocked);
    expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
    const again = await authorized(suite, { salt: 2n });
    await capture(suite, again, { attestation: await attest(suite, again) });
    await expectPaid(suite, again);
  });

  it("finds in the event what was judged: the facts, the score and the band, to be checked by anybody", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: SCORE.Block });
    const [event] = await suite.gate.queryFilter(suite.gate.filters.Decided(undefined, payment.id));
    if (event === undefined) throw new Error("nothing was decided");
    const { facts, score, band } = event.args;
    expect(await suite.epoch.score(facts)).to.equal(score);
    expect([score, band]).to.deep.equal([BigInt(SCORE.Block), BAND.Block]);
  });
});
