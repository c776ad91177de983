import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { at, capture, post, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, ledgerOf, stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
} from "../shared/suite.ts";

describe("PaymentEscrow.capture", () => {
  it("pays the payee on an attestation that the gate answers Allow", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const before = await holdings(suite);
    const attestation = await attest(suite, payment);
    await expect(capture(suite, payment, { feeBps: 100, attestation }))
      .to.emit(suite.escrow, "Captured")
      .withArgs(payment.id, 100n * UNIT, 1n * UNIT, 0n);
    expect(await holdings(suite)).to.deep.equal({ ...before, payee: 99n * UNIT, escrow: 1n * UNIT });
    const { capturable, refundable, band } = await stateOf(suite, payment.id);
    expect([capturable, refundable, band]).to.deep.equal([0n, 100n * UNIT, BAND.None]);
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([1n * UNIT, 0n]);
  });

  it("pays the payee on a posted Allow with no attestation", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("takes many parts until nothing is left", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const attestation = await attest(suite, payment);
    await capture(suite, payment, { amount: 10n * UNIT, attestation });
    await capture(suite, payment, { amount: 30n * UNIT, attestation });
    const half = await stateOf(suite, payment.id);
    expect([half.capturable, half.refundable]).to.deep.equal([60n * UNIT, 40n * UNIT]);
    const tooMuch = () => capture(suite, payment, { amount: 60n * UNIT + 1n, attestation });
    await expectRefused(suite, payment, tooMuch, suite.escrow, "AmountTooLarge", [60n * UNIT + 1n, 60n * UNIT]);
    await capture(suite, payment, { amount: 60n * UNIT, attestation });
    const again = () => capture(suite, payment, { amount: 1n, attestation });
    await expectRefused(suite, payment, again, suite.escrow, "AmountTooLarge", [1n, 0n]);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("moves the largest amount there can be, out and back, and spoils no neighbouring field", async () => {
    const suite = await fixture();
    const amount = 2n ** 96n - 1n;
    await suite.token.mint(suite.payer.address, amount);
    await setPolicy(suite, { protocolFeeBps: 50 });
    const payment = await authorized(suite, { amount });
    await post(suite, payment, { score: 9_699 });
    // An amount beyond what micro-units can say is held, whatever its score.
    await networkHelpers.time.increaseTo((await suite.escrow.timer(payment.id)).opensAt);
    await capture(suite, payment);
    const stored = { score: 9_699n, band: BAND.Hold, requested: false, protocolFeeBps: 50n };
    expect(await stateOf(suite, payment.id)).to.deep.equal({ ...stored, capturable: 0n, refundable: amount });
    await suite.token.mint(suite.operator.address, amount);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, amount);
    await suite.escrow.connect(suite.operator).refund(payment.packed, amount, 0);
    expect(await stateOf(suite, payment.id)).to.deep.equal({ ...stored, capturable: 0n, refundable: 0n });
    expect((await suite.escrow.payment(payment.id)).authorizedBlock).to.equal(payment.block);
  });

  it("reverts on a capture of nothing", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await expectRefused(suite, payment, () => capture(suite, payment, { amount: 0n }), suite.escrow, "AmountZero");
  });

  it("reverts on a payment that was never authorized", async () => {
    const suite = await fixture();
    const payment = unpaid(suite, await termsFor(suite));
    await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "PaymentUnknown", [payment.id]);
  });

  it("reverts when neither band nor attestation is there", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "NotScreened", [payment.id]);
  });

  for (const [score, band] of [
    [9_700, BAND.Hold],
    [9_949, BAND.Hold],
    [9_950, BAND.Block],
  ] as const) {
    it(`reverts when the attested score is ${score}`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const attestation = await attest(suite, payment, { score });
      const args = [payment.id, band, score];
      const act = () => capture(suite, payment, { attestation });
      await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", args);
    });
  }

  it("allows the highest score below Hold", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await capture(suite, payment, { attestation: await attest(suite, payment, { score: 9_699 }) });
  });

  it("is possible until one second before captureBy and reverts in that second, posted or attested", async () => {
    const suite = await fixture();
    const posted = await authorized(suite, { salt: 1n });
    const carried = await authorized(suite, { salt: 2n, captureBy: posted.terms.captureBy });
    await post(suite, posted);
    const attestation = await attest(suite, carried);
    const by = posted.terms.captureBy;
    await at(by - 2);
    await capture(suite, posted, { amount: 1n });
    await at(by - 1);
    await capture(suite, carried, { amount: 1n, attestation });
    await at(by);
    const late = () => capture(suite, posted, { amount: 1n });
    await expectRefused(suite, posted, late, suite.escrow, "CaptureWindow", [by, 0, by]);
    const lateCarried = () => capture(suite, carried, { amount: 1n, attestation });
    await expectRefused(suite, carried, lateCarried, suite.escrow, "CaptureWindow", [by, 0, by]);
  });
});

describe("PaymentEscrow.capture: who, and for what fee", () => {
  it("lets the operator choose within the range, both ends included", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { minFeeBps: 50, maxFeeBps: 500 });
    await post(suite, payment);
    await capture(suite, payment, { amount: 10n * UNIT, feeBps: 50 });
    await capture(suite, payment, { amount: 10n * UNIT, feeBps: 500 });
    const below = () => capture(suite, payment, { amount: UNIT, feeBps: 49 });
    await expectRefused(suite, payment, below, suite.escrow, "FeeOutOfRange", [49, 50, 500]);
    const above = () => capture(suite, payment, { amount: UNIT, feeBps: 501 });
    await expectRefused(suite, payment, above, suite.escrow, "FeeOutOfRange", [501, 50, 500]);
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([(55n * UNIT) / 100n, 0n]);
  });

  it("lets the payee capture at the highest fee only", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const cheap = () => capture(suite, payment, { by: suite.payee, feeBps: 499 });
    await expectRefused(suite, payment, cheap, suite.escrow, "FeeOutOfRange", [499, 500, 500]);
    await capture(suite, payment, { by: suite.payee, feeBps: 500 });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(95n * UNIT);
  });

  for (const who of ["payer", "stranger", "feeReceiver", "deployer"] as const) {
    it(`reverts when the ${who} captures`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      await post(suite, payment);
      const args = [suite[who].address, suite.operator.address, suite.payee.address];
      const act = () => capture(suite, payment, { by: suite[who], feeBps: 500 });
      await expectRefused(suite, payment, act, suite.escrow, "NotOperatorOrPayee", args);
    });
  }

  it("sends the fee at once when told to push it", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment, { feeBps: 250, payout: 1 });
    expect(await suite.token.balanceOf(suite.feeReceiver.address)).to.equal((25n * UNIT) / 10n);
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([0n, 0n]);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
  });

  it("rounds the fee down to the token's smallest unit", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    await expect(capture(suite, payment, { amount: 399n, feeBps: 50 }))
      .to.emit(suite.escrow, "Captured")
      .withArgs(payment.id, 399n, 1n, 0n);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(398n);
  });

  it("pays everything out when operator and protocol together take the whole", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 50 });
    const payment = await authorized(suite, { maxFeeBps: 9_950 });
    await post(suite, payment);
    await capture(suite, payment, { feeBps: 9_950 });
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(0n);
    const kept = await ledgerOf(suite, suite.feeReceiver.address);
    expect(kept).to.deep.equal([(995n * UNIT) / 10n, (5n * UNIT) / 10n]);
  });
});

describe("PaymentEscrow.capture: protocol fee", () => {
  for (const way of ["posted band", "attestation"] as const) {
    it(`takes the fee of the policy at authorization by ${way}, whatever is voted later`, async () => {
      const suite = await fixture();
      await setPolicy(suite, { protocolFeeBps: 30 });
      const payment = await authorized(suite);
      await setPolicy(suite, { protocolFeeBps: 50 });
      const attestation = await attest(suite, payment);
      if (way === "posted band") {
        await post(suite, payment);
        expect((await stateOf(suite, payment.id)).protocolFeeBps).to.equal(30n);
      }
      await expect(capture(suite, payment, { feeBps: 100, attestation }))
        .to.emit(suite.escrow, "Captured")
        .withArgs(payment.id, 100n * UNIT, 1n * UNIT, (3n * UNIT) / 10n);
      expect(await suite.token.balanceOf(suite.payee.address)).to.equal((987n * UNIT) / 10n);
      expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([1n * UNIT, (3n * UNIT) / 10n]);
    });
  }

  it("keeps the protocol's part when the operator's is pushed", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 50 });
    const payment = await authorized(suite);
    await post(suite, payment);
    await capture(suite, payment, { feeBps: 100, payout: 1 });
    expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([0n, (5n * UNIT) / 10n]);
    expect(await suite.token.balanceOf(suite.feeReceiver.address)).to.equal(1n * UNIT);
  });

  it("keeps it under the payee where the terms name no fee receiver", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 50 });
    const payment = await authorized(suite, { maxFeeBps: 0, feeReceiver: ZeroAddress });
    await post(suite, payment);
    await capture(suite, payment);
    expect(await ledgerOf(suite, suite.payee.address)).to.deep.equal([0n, (5n * UNIT) / 10n]);
    expect(await ledgerOf(suite, ZeroAddress)).to.deep.equal([0n, 0n]);
  });

  it("stays pinned by the first band when a refresh by another epoch's policy would raise it", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 10 });
    const payment = await authorized(suite);
    await post(suite, payment);
    const config = epochConfig(suite.keys, 2, payment.terms.token);
    const later = { ...suite, epoch: await ethers.deployContract("DirectEpoch", [config]) };
    await setPolicy(suite, { protocolFeeBps: 50 }, later.epoch);
    await suite.gate.revokeEpoch(await suite.epoch.getAddress());
    await networkHelpers.mine(300);
    await post(later, payment, { asOf: payment.block + 256, score: 9_800 });
    const { band, score, protocolFeeBps } = await stateOf(suite, payment.id);
    expect([band, score, protocolFeeBps]).to.deep.equal([BAND.Hold, 9_800n, 10n]);
  });
});
