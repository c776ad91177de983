import { expect } from "chai";

import { at, capture, post, reclaim, request, secondOf, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf, timerOf } from "../shared/state.ts";
import { attest, authorized, BAND, ethers, fixture, POLICY, termsFor, UNIT } from "../shared/suite.ts";

const SILENCE = BigInt(POLICY.silenceDelay);
const GRACE = BigInt(POLICY.grace);
const HOLD = BigInt(POLICY.holdDelay);
const CAPPED = 1_000n * UNIT + 10n ** 12n; // one micro-unit above the policy's silence cap

describe("PaymentEscrow.request", () => {
  it("starts the silence clock; under Refund nothing opens", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const tx = await request(suite, payment);
    const silentAt = (await secondOf(tx)) + SILENCE;
    await expect(tx).to.emit(suite.escrow, "ScreeningRequested").withArgs(payment.id, silentAt, silentAt, silentAt);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt, opensAt: silentAt, closesAt: silentAt });
    expect((await stateOf(suite, payment.id)).requested).to.equal(true);
  });

  it("under Release opens the window when silence begins, until captureBy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release" });
    const silentAt = (await secondOf(await request(suite, payment))) + SILENCE;
    const closesAt = BigInt(payment.terms.captureBy);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt, opensAt: silentAt, closesAt });
    await at(silentAt - 1n);
    const early = [silentAt - 1n, silentAt, closesAt];
    await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "CaptureWindow", early);
    await at(silentAt);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("under Release leaves at least the grace when captureBy is near", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { silenceRule: "Release" });
    await at(payment.terms.captureBy - 1);
    await request(suite, payment);
    const silentAt = BigInt(payment.terms.captureBy) - 1n + SILENCE;
    const closesAt = silentAt + GRACE;
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt, opensAt: silentAt, closesAt });
    await at(closesAt - 1n);
    await capture(suite, payment, { amount: 1n });
    await at(closesAt);
    const late = [closesAt, silentAt, closesAt];
    const act = () => capture(suite, payment, { amount: 1n });
    await expectRefused(suite, payment, act, suite.escrow, "CaptureWindow", late);
    await reclaim(suite, payment);
  });

  it("under Release holds a payment above the policy's cap, and one micro-unit less not", async () => {
    const suite = await fixture();
    const above = await authorized(suite, { silenceRule: "Release", amount: CAPPED, salt: 1n });
    const below = await authorized(suite, { silenceRule: "Release", amount: CAPPED - 1n, salt: 2n });
    const silentAt = (await secondOf(await request(suite, above))) + SILENCE;
    const closesAt = BigInt(above.terms.captureBy);
    expect(await timerOf(suite, above.id)).to.deep.equal({ silentAt, opensAt: silentAt + HOLD, closesAt });
    await request(suite, below);
    const timer = await timerOf(suite, below.id);
    expect(timer.opensAt).to.equal(timer.silentAt);
  });

  it("holds no longer than the terms' longest hold, and treats an unlisted token as above the cap", async () => {
    const suite = await fixture();
    const other = await ethers.deployContract("LocalToken");
    await other.mint(suite.payer.address, UNIT);
    await other.connect(suite.payer).approve(suite.site.escrow, UNIT);
    const changes = { silenceRule: "Release", token: await other.getAddress(), amount: 1n, maxHold: 600 } as const;
    const payment = await authorized(suite, changes);
    await request(suite, payment);
    const { silentAt, opensAt } = await timerOf(suite, payment.id);
    expect(opensAt - silentAt).to.equal(600n);
  });

  it("reads the delays of the policy at authorization", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await setPolicy(suite, { silenceDelay: 60 });
    const silentAt = (await secondOf(await request(suite, payment))) + SILENCE;
    expect((await timerOf(suite, payment.id)).silentAt).to.equal(silentAt);
  });

  for (const who of ["payer", "payee", "operator"] as const) {
    it(`can be made by the ${who}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await suite.escrow.connect(suite[who]).request(payment.packed);
      expect((await stateOf(suite, payment.id)).requested).to.equal(true);
    });
  }

  it("reverts when a stranger asks, who could start clocks at will", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const act = () => suite.escrow.connect(suite.stranger).request(payment.packed);
    const args = [suite.stranger.address, suite.operator.address, suite.payee.address];
    await expectRefused(suite, payment, act, suite.escrow, "NotOperatorOrPayee", args);
  });

  it("reverts the second time, after a band, after captureBy, without money and without a payment", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { salt: 1n });
    await request(suite, payment);
    const { silentAt } = await timerOf(suite, payment.id);
    const again = () => request(suite, payment);
    await expectRefused(suite, payment, again, suite.escrow, "AlreadyRequested", [payment.id, silentAt]);
    const judged = await authorized(suite, { salt: 2n });
    await post(suite, judged);
    const act = () => request(suite, judged);
    await expectRefused(suite, judged, act, suite.escrow, "AlreadyScreened", [judged.id, BAND.Allow]);
    const empty = await authorized(suite, { salt: 3n });
    await suite.escrow.connect(suite.payee).void(empty.packed, 100n * UNIT, 0);
    await expectRefused(suite, empty, () => request(suite, empty), suite.escrow, "AmountZero");
    const late = await authorized(suite, { salt: 4n });
    const by = late.terms.captureBy;
    await at(by);
    await expectRefused(suite, late, () => request(suite, late), suite.escrow, "ScreeningClosed", [by, by]);
    const none = unpaid(suite, await termsFor(suite, { salt: 5n }));
    await expectRefused(suite, none, () => request(suite, none), suite.escrow, "PaymentUnknown", [none.id]);
  });
});

describe("PaymentEscrow.request: answers", () => {
  it("gives the payee at least the grace when Allow comes in the last second, even after captureBy", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await at(payment.terms.captureBy - 1);
    await request(suite, payment);
    const { silentAt } = await timerOf(suite, payment.id);
    const now = silentAt - 1n;
    await at(now);
    await expect(post(suite, payment))
      .to.emit(suite.escrow, "BandPosted")
      .withArgs(payment.id, BAND.Allow, 5_000, now, now + GRACE);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt, opensAt: now, closesAt: now + GRACE });
    await at(now + GRACE - 1n);
    await capture(suite, payment, { amount: 1n });
    await at(now + GRACE);
    const late = [now + GRACE, now, now + GRACE];
    const act = () => capture(suite, payment, { amount: 1n });
    await expectRefused(suite, payment, act, suite.escrow, "CaptureWindow", late);
    await reclaim(suite, payment);
  });

  for (const rule of ["Refund", "Release"] as const) {
    it(`comes too late in the second silence begins under ${rule}, posted or carried`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite, { silenceRule: rule });
      await request(suite, payment);
      const { silentAt } = await timerOf(suite, payment.id);
      const attestation = await attest(suite, payment);
      await at(silentAt - 1n);
      await capture(suite, payment, { amount: 1n, attestation });
      await at(silentAt);
      const closed = [silentAt, silentAt];
      await expectRefused(suite, payment, () => post(suite, payment), suite.escrow, "ScreeningClosed", closed);
      const carried = () => capture(suite, payment, { amount: 1n, attestation });
      await expectRefused(suite, payment, carried, suite.escrow, "CaptureWindow", [silentAt, 0, silentAt]);
    });
  }

  it("can be Hold and Block like any other", async () => {
    const suite = await fixture();
    const held = await authorized(suite, { salt: 1n });
    const blocked = await authorized(suite, { salt: 2n });
    await request(suite, held);
    await request(suite, blocked);
    const now = await secondOf(await post(suite, held, { score: 9_800 }));
    expect((await timerOf(suite, held.id)).opensAt).to.equal(now + HOLD);
    await post(suite, blocked, { score: 10_000 });
    await reclaim(suite, blocked);
  });
});
