import { expect } from "chai";

import { at, capture, post, reclaim, secondOf, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf, timerOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  COLLECTION,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
} from "../shared/suite.ts";

const HOLD = BigInt(POLICY.holdDelay);
const GRACE = BigInt(POLICY.grace);
const APPEAL = BigInt(POLICY.appealDelay);

describe("PaymentEscrow.post", () => {
  it("stores Allow with its score, and no seconds", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const tx = await post(suite, payment, { score: 1_234 });
    const captureBy = payment.terms.captureBy;
    await expect(tx)
      .to.emit(suite.escrow, "BandPosted")
      .withArgs(payment.id, BAND.Allow, 1_234, await secondOf(tx), captureBy);
    expect(await stateOf(suite, payment.id)).to.deep.equal({
      capturable: 100n * UNIT,
      refundable: 0n,
      score: 1_234n,
      band: BAND.Allow,
      requested: false,
      protocolFeeBps: 0n,
    });
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt: 0n, closesAt: 0n });
  });

  it("stores Hold: the payee captures after the delay, until captureBy or the end of his grace", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const tx = await post(suite, payment, { score: 9_700 });
    const opensAt = (await secondOf(tx)) + HOLD;
    const closesAt = BigInt(payment.terms.captureBy);
    await expect(tx).to.emit(suite.escrow, "BandPosted").withArgs(payment.id, BAND.Hold, 9_700, opensAt, closesAt);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt, closesAt });
    await at(opensAt - 1n);
    const early = [opensAt - 1n, opensAt, closesAt];
    await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "CaptureWindow", early);
    await at(opensAt);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("holds no longer than the terms say", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { maxHold: 60 });
    const now = await secondOf(await post(suite, payment, { score: 9_800 }));
    expect((await timerOf(suite, payment.id)).opensAt).to.equal(now + 60n);
  });

  it("stores Block: nobody captures, even with the attestation of an Allow beside it", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const tx = await post(suite, payment, { score: 9_950 });
    const now = await secondOf(tx);
    await expect(tx).to.emit(suite.escrow, "BandPosted").withArgs(payment.id, BAND.Block, 9_950, now, now);
    const attestation = await attest(suite, payment, { score: 1 });
    await at(now + 1n);
    const act = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, act, suite.escrow, "CaptureWindow", [now + 1n, now, now]);
    await reclaim(suite, payment);
  });

  it("gives an arbiter's payment the appeal delay", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { arbiter: suite.arbiter.address });
    const now = await secondOf(await post(suite, payment, { score: 9_999 }));
    const closesAt = now + APPEAL;
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt: closesAt, closesAt });
    await at(closesAt);
    const act = () => capture(suite, payment);
    await expectRefused(suite, payment, act, suite.escrow, "CaptureWindow", [closesAt, closesAt, closesAt]);
  });

  for (const [first, score] of [
    ["Allow", 5_000],
    ["Hold", 9_800],
    ["Block", 9_999],
  ] as const) {
    it(`reverts on a second answer after ${first}, whatever it says`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await post(suite, payment, { score });
      for (const next of [1, 9_800, 9_999]) {
        const act = () => post(suite, payment, { score: next });
        await expectRefused(suite, payment, act, suite.escrow, "AlreadyScreened", [payment.id, BAND[first]]);
      }
    });
  }

  it("reverts in the second captureBy, without money and without a payment", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { salt: 1n });
    const empty = await authorized(suite, { salt: 2n });
    await suite.escrow.connect(suite.payee).void(empty.packed, 100n * UNIT, 0);
    await expectRefused(suite, empty, () => post(suite, empty), suite.escrow, "AmountZero");
    const none = { ...unpaid(suite, await termsFor(suite, { salt: 3n })), block: empty.block };
    await expectRefused(suite, none, () => post(suite, none), suite.escrow, "PaymentUnknown", [none.id]);
    const by = payment.terms.captureBy;
    await at(by);
    await expectRefused(suite, payment, () => post(suite, payment), suite.escrow, "ScreeningClosed", [by, by]);
  });

  it("reverts in the block of the authorization, whose own hash no contract can see yet", async () => {
    const suite = await fixture();
    const unposted = unpaid(suite, await termsFor(suite));
    const tx = await suite.escrow.connect(suite.payer).authorize(unposted.packed, COLLECTION.Allowance, "0x");
    const block = tx.blockNumber ?? 0;
    const attestation = await attest(suite, { ...unposted, block });
    // A call without a transaction runs in the latest block, which is the authorization's.
    await expect(suite.escrow.post.staticCall(unposted.packed, attestation))
      .to.be.revertedWithCustomError(suite.gate, "AsOfNotPast")
      .withArgs(block, block);
    await networkHelpers.mine(1);
    await suite.escrow.post(unposted.packed, attestation);
  });
});

describe("PaymentEscrow.post: refresh", () => {
  const AGE = 2 ** POLICY.refreshLog2;

  it("turns a posted Allow into Hold and leaves the payee the delay and his grace", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment, { amount: 40n * UNIT });
    await networkHelpers.mine(AGE);
    const by = payment.terms.captureBy;
    await at(by - 1);
    await post(suite, payment, { asOf: payment.block + AGE, score: 9_800 });
    const opensAt = BigInt(by) - 1n + HOLD;
    const closesAt = opensAt + GRACE;
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt, closesAt });
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
    await at(closesAt - 1n);
    await capture(suite, payment, { amount: 60n * UNIT });
  });

  it("never blocks, whatever the score, whether or not a band was posted", async () => {
    const suite = await fixture();
    const posted = await authorized(suite, { salt: 1n });
    await post(suite, posted);
    const fresh = await authorized(suite, { salt: 2n });
    await networkHelpers.mine(AGE + 10);
    for (const payment of [posted, fresh]) {
      await post(suite, payment, { asOf: payment.block + AGE, score: 10_000 });
      const { band, score } = await stateOf(suite, payment.id);
      expect([band, score]).to.deep.equal([BAND.Hold, 10_000n]);
    }
  });

  it("reverts when it says Allow again, and after Hold", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await networkHelpers.mine(AGE);
    const asOf = payment.block + AGE;
    const same = () => post(suite, payment, { asOf });
    await expectRefused(suite, payment, same, suite.escrow, "AlreadyScreened", [payment.id, BAND.Allow]);
    await post(suite, payment, { asOf, score: 9_800 });
    const again = () => post(suite, payment, { asOf, score: 9_900 });
    await expectRefused(suite, payment, again, suite.escrow, "AlreadyScreened", [payment.id, BAND.Hold]);
  });

  it("reverts from captureBy on: the payer's right to reclaim is not taken back", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await networkHelpers.mine(AGE);
    const by = payment.terms.captureBy;
    await at(by);
    const act = () => post(suite, payment, { asOf: payment.block + AGE, score: 9_800 });
    await expectRefused(suite, payment, act, suite.escrow, "ScreeningClosed", [by, by]);
  });

  it("is due with a capture that carries its attestation, not with a posted Allow", async () => {
    const suite = await fixture();
    await setPolicy(suite, {});
    const carried = await authorized(suite, { salt: 1n });
    const posted = await authorized(suite, { salt: 2n });
    await post(suite, posted);
    const old = await attest(suite, carried);
    await networkHelpers.mine(AGE + 10);
    const asOf = carried.block + AGE;
    const act = () => capture(suite, carried, { attestation: old });
    await expectRefused(suite, carried, act, suite.gate, "WrongAsOf", [asOf, carried.block]);
    await capture(suite, carried, { attestation: await attest(suite, carried, { asOf }) });
    await capture(suite, posted);
  });
});
