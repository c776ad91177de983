import { expect } from "chai";

import { at, capture, post, reclaim, request, setPolicy } from "../shared/moves.ts";
import { expectRefused, ledgerOf } from "../shared/state.ts";
import { attest, authorized, ethers, fixture, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";

describe("E5: a reverting or silent oracle freezes no withdrawal", () => {
  for (const [mode, what] of ["reverts", "burns all gas", "answers nothing"].entries()) {
    it(`returns the money by void and reclaim when the epoch ${what}`, async () => {
      const suite = await fixture();
      const broken = await ethers.deployContract("BrokenEpoch", [mode]);
      await suite.gate.setPolicy(POLICY, await broken.getAddress());
      await networkHelpers.mine(1);
      const payment = await authorized(suite);
      const attestation = await attest(suite, payment);
      const calls = [
        () => capture(suite, payment, { attestation }),
        () => post(suite, payment),
        () => request(suite, payment),
      ];
      for (const call of calls) await expect(call()).to.be.revert(ethers);
      await suite.escrow.connect(suite.payee).void(payment.packed, 40n * UNIT, 0);
      await at(payment.terms.captureBy);
      await reclaim(suite, payment);
      expect(await suite.token.balanceOf(suite.payer.address)).to.equal(1_000_000n * UNIT);
    });
  }

  it("judges the payments of a broken epoch by the next one after it is revoked", async () => {
    const suite = await fixture();
    const broken = await (await ethers.deployContract("BrokenEpoch", [0])).getAddress();
    await suite.gate.setPolicy(POLICY, broken);
    await networkHelpers.mine(1);
    const payment = await authorized(suite);
    await setPolicy(suite, {});
    await suite.gate.revokeEpoch(broken);
    await post(suite, payment);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("returns the money, and pays what was released before, with the gate itself gone", async () => {
    const suite = await fixture();
    const unscreened = await authorized(suite, { salt: 1n });
    const allowed = await authorized(suite, { salt: 2n });
    const held = await authorized(suite, { salt: 3n, captureBy: unscreened.terms.captureBy });
    await post(suite, allowed);
    await post(suite, held, { score: 9_800 });
    await networkHelpers.setCode(await suite.gate.getAddress(), "0xfe");
    await capture(suite, allowed, { feeBps: 100 });
    await at(held.terms.captureBy - 10);
    await capture(suite, held, { amount: 70n * UNIT });
    await at(held.terms.captureBy);
    await reclaim(suite, unscreened);
    await reclaim(suite, held);
    await suite.escrow.sweep(unscreened.terms.token, suite.feeReceiver.address);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(169n * UNIT);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(0n);
    expect(await ledgerOf(suite, suite.payee.address)).to.deep.equal([0n, 0n]);
  });

  it("lets silence speak when every attester is gone: the terms' rule, and no later answer", async () => {
    const suite = await fixture();
    const refund = await authorized(suite, { salt: 1n, silenceRule: "Refund" });
    const release = await authorized(suite, { salt: 2n, silenceRule: "Release" });
    const answer = await attest(suite, release);
    await request(suite, refund);
    await request(suite, release);
    const { silentAt } = await suite.escrow.timer(release.id);
    await at(silentAt);
    await capture(suite, release);
    await reclaim(suite, refund);
    const late = () => suite.escrow.post(refund.packed, answer);
    await expectRefused(suite, refund, late, suite.escrow, "AmountZero");
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });
});
