import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { arbitrated, fundBonds } from "../shared/cases.ts";
import { at, capture, post, reclaim, request, secondOf, unpaid } from "../shared/moves.ts";
import { expectRefused, holdings, ledgerOf, stateOf } from "../shared/state.ts";
import {
  authorized,
  DAY,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";

const RULING = BigInt(2 * DAY);
const HELD = 9_800;
const BLOCKED = 9_999;

/** A payment with an arbiter and a posted band. */
async function posted(suite: Suite, score: number, changes = {}) {
  await fundBonds(suite);
  const payment = await authorized(suite, { ...arbitrated(suite), ...changes });
  const now = await secondOf(await post(suite, payment, { score }));
  return { payment, now };
}

describe("PaymentEscrow.dispute", () => {
  for (const who of ["payer", "payee"] as const) {
    for (const [band, score] of [
      ["held", HELD],
      ["in appeal", BLOCKED],
    ] as const) {
      it(`opens by the ${who} while ${band}: the bond is taken, and only the arbiter moves money`, async () => {
        const suite = await fixture();
        const { payment } = await posted(suite, score);
        const { opensAt, closesAt } = await suite.escrow.timer(payment.id);
        const before = await holdings(suite);
        const tx = await suite.escrow.connect(suite[who]).dispute(payment.packed);
        const soonest = (await secondOf(tx)) + RULING;
        const ruleBy = soonest > opensAt ? soonest : opensAt;
        const args = [payment.id, suite[who].address, 5n * UNIT, ruleBy];
        await expect(tx)
          .to.emit(suite.escrow, "Disputed")
          .withArgs(...args);
        const timer = await suite.escrow.timer(payment.id);
        expect([timer.opensAt, timer.closesAt, timer.ruleBy]).to.deep.equal([opensAt, closesAt, ruleBy]);
        expect(timer.disputedByPayee).to.equal(who === "payee");
        const after = await holdings(suite);
        expect(after.escrow - before.escrow).to.equal(5n * UNIT);
        expect(before[who] - after[who]).to.equal(5n * UNIT);
        const closed = [payment.id, ruleBy];
        await networkHelpers.time.increaseTo(closesAt + 1n);
        await expectRefused(suite, payment, () => capture(suite, payment), suite.escrow, "InDispute", closed);
        await expectRefused(suite, payment, () => reclaim(suite, payment), suite.escrow, "InDispute", closed);
        const give = () => suite.escrow.connect(suite.payee).void(payment.packed, 1n, 0);
        await expectRefused(suite, payment, give, suite.escrow, "InDispute", closed);
      });
    }
  }

  it("opens until one second before the payee may capture, or the payer reclaim", async () => {
    for (const score of [HELD, BLOCKED]) {
      const suite = await fixture();
      const { payment } = await posted(suite, score);
      const { opensAt } = await suite.escrow.timer(payment.id);
      await at(opensAt - 1n);
      const early = await networkHelpers.takeSnapshot();
      await suite.escrow.connect(suite.payer).dispute(payment.packed);
      await early.restore();
      await at(opensAt);
      const late = () => suite.escrow.connect(suite.payer).dispute(payment.packed);
      await expectRefused(suite, payment, late, suite.escrow, "DisputeWindow", [opensAt, 0, opensAt]);
    }
  });

  it("opens while silence holds, not before it", async () => {
    const suite = await fixture();
    await fundBonds(suite);
    const changes = { ...arbitrated(suite), silenceRule: "Release", amount: 2_000n * UNIT } as const;
    const payment = await authorized(suite, changes);
    await request(suite, payment);
    const { silentAt, opensAt } = await suite.escrow.timer(payment.id);
    expect(opensAt - silentAt).to.equal(BigInt(POLICY.holdDelay));
    const act = () => suite.escrow.connect(suite.payer).dispute(payment.packed);
    await at(silentAt - 1n);
    await expectRefused(suite, payment, act, suite.escrow, "DisputeWindow", [silentAt - 1n, silentAt, opensAt]);
    await at(silentAt);
    await act();
  });

  it("reverts for an allowed payment and one nobody has judged", async () => {
    const suite = await fixture();
    const { payment } = await posted(suite, 1);
    const fresh = await authorized(suite, { ...arbitrated(suite), salt: 2n });
    for (const one of [payment, fresh]) {
      const second = (await networkHelpers.time.latest()) + 10;
      await at(second);
      const act = () => suite.escrow.connect(suite.payer).dispute(one.packed);
      await expectRefused(suite, one, act, suite.escrow, "DisputeWindow", [second, 0, 0]);
    }
  });

  it("reverts a second time, by strangers, without an arbiter, without money and without a payment", async () => {
    const suite = await fixture();
    const { payment } = await posted(suite, HELD);
    for (const who of [suite.operator, suite.arbiter]) {
      const act = () => suite.escrow.connect(who).dispute(payment.packed);
      const args = [who.address, suite.payer.address, suite.payee.address];
      await expectRefused(suite, payment, act, suite.escrow, "NotPayerOrPayee", args);
    }
    await suite.escrow.connect(suite.payer).dispute(payment.packed);
    const { ruleBy } = await suite.escrow.timer(payment.id);
    const again = () => suite.escrow.connect(suite.payee).dispute(payment.packed);
    await expectRefused(suite, payment, again, suite.escrow, "InDispute", [payment.id, ruleBy]);
    const { payment: alone } = await posted(suite, HELD, { arbiter: ZeroAddress, salt: 2n });
    const lonely = () => suite.escrow.connect(suite.payer).dispute(alone.packed);
    await expectRefused(suite, alone, lonely, suite.escrow, "NoArbiter", [alone.id]);
    const { payment: empty } = await posted(suite, HELD, { salt: 3n });
    await suite.escrow.connect(suite.payee).void(empty.packed, 100n * UNIT, 0);
    const bare = () => suite.escrow.connect(suite.payer).dispute(empty.packed);
    await expectRefused(suite, empty, bare, suite.escrow, "AmountZero");
    const none = unpaid(suite, await termsFor(suite, { salt: 9n }));
    const unknown = () => suite.escrow.connect(suite.payer).dispute(none.packed);
    await expectRefused(suite, none, unknown, suite.escrow, "PaymentUnknown", [none.id]);
  });

  it("reverts when the bond is not there, and needs none where the terms name none", async () => {
    const suite = await fixture();
    const { payment } = await posted(suite, HELD);
    await suite.token.connect(suite.payer).approve(suite.site.escrow, 5n * UNIT - 1n);
    const act = () => suite.escrow.connect(suite.payer).dispute(payment.packed);
    const args = [payment.terms.token, suite.payer.address, suite.site.escrow, 5n * UNIT];
    await expectRefused(suite, payment, act, suite.escrow, "TransferFailed", args);
    const { payment: free } = await posted(suite, HELD, { disputeBond: 0n, salt: 2n });
    await suite.token.connect(suite.payer).approve(suite.site.escrow, 0n);
    await suite.escrow.connect(suite.payer).dispute(free.packed);
    const tx = await suite.escrow.connect(suite.arbiter).resolve(free.packed, 0);
    await expect(tx)
      .to.emit(suite.escrow, "Ruled")
      .withArgs(free.id, suite.arbiter.address, 0, 100n * UNIT, ZeroAddress);
  });

  it("reverts when the token delivers less than the bond", async () => {
    const suite = await fixture();
    const { payment } = await posted(suite, HELD);
    const tax = await ethers.deployContract("TaxToken");
    await networkHelpers.setCode(payment.terms.token, await ethers.provider.getCode(await tax.getAddress()));
    const taxed = await ethers.getContractAt("TaxToken", payment.terms.token);
    await taxed.setTax(100, false);
    await taxed.mint(suite.payer.address, 100n * UNIT);
    await taxed.connect(suite.payer).approve(suite.site.escrow, 100n * UNIT);
    await expect(suite.escrow.connect(suite.payer).dispute(payment.packed))
      .to.be.revertedWithCustomError(suite.escrow, "AmountReceived")
      .withArgs(5n * UNIT, (5n * UNIT * 99n) / 100n);
  });
});

/** A disputed payment of 100 whose payee bears 5 % when the operator does not name the fee. */
async function disputed(suite: Suite, by: "payer" | "payee" = "payer", changes = {}) {
  const { payment } = await posted(suite, HELD, changes);
  await suite.escrow.connect(suite[by]).dispute(payment.packed);
  const { ruleBy } = await suite.escrow.timer(payment.id);
  return { payment, ruleBy };
}

describe("PaymentEscrow.resolve", () => {
  for (const [opener, payeeBps, bondTo] of [
    ["payer", 0, "payer"],
    ["payer", 5_000, "payer"],
    ["payer", 5_001, "payee"],
    ["payer", 10_000, "payee"],
    ["payee", 10_000, "payee"],
    ["payee", 5_000, "payee"],
    ["payee", 4_999, "payer"],
  ] as const) {
    it(`parts by ${payeeBps} bps and gives the ${opener}'s bond to the ${bondTo}`, async () => {
      const suite = await fixture();
      const { payment } = await disputed(suite, opener);
      const before = await holdings(suite);
      const toPayee = (100n * UNIT * BigInt(payeeBps)) / 10_000n;
      const toPayer = 100n * UNIT - toPayee;
      const fee = toPayee / 20n;
      const tx = await suite.escrow.connect(suite.arbiter).resolve(payment.packed, payeeBps);
      const args = [payment.id, suite.arbiter.address, toPayee, toPayer, suite[bondTo].address];
      await expect(tx)
        .to.emit(suite.escrow, "Ruled")
        .withArgs(...args);
      if (toPayee > 0n) await expect(tx).to.emit(suite.escrow, "Captured").withArgs(payment.id, toPayee, fee, 0);
      else await expect(tx).not.to.emit(suite.escrow, "Captured");
      if (toPayer > 0n) await expect(tx).to.emit(suite.escrow, "Reclaimed").withArgs(payment.id, toPayer);
      else await expect(tx).not.to.emit(suite.escrow, "Reclaimed");
      const bond = { payer: bondTo === "payer" ? 5n * UNIT : 0n, payee: bondTo === "payee" ? 5n * UNIT : 0n };
      expect(await holdings(suite)).to.deep.equal({
        ...before,
        payer: before.payer + toPayer + bond.payer,
        payee: before.payee + toPayee - fee + bond.payee,
        escrow: fee,
      });
      expect(await ledgerOf(suite, suite.feeReceiver.address)).to.deep.equal([fee, 0n]);
      const { capturable, refundable } = await stateOf(suite, payment.id);
      expect([capturable, refundable]).to.deep.equal([0n, toPayee]);
    });
  }

  it("leaves what the payee got refundable, and nothing to rule again", async () => {
    const suite = await fixture();
    const { payment } = await disputed(suite);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 3_000);
    const again = () => suite.escrow.connect(suite.arbiter).resolve(payment.packed, 3_000);
    await expectRefused(suite, payment, again, suite.escrow, "AmountZero");
    await suite.escrow.connect(suite.payee).refund(payment.packed, 30n * UNIT, 0);
    expect((await stateOf(suite, payment.id)).refundable).to.equal(0n);
  });

  it("rules over what is left after a partial capture", async () => {
    const suite = await fixture();
    await fundBonds(suite);
    const payment = await authorized(suite, arbitrated(suite));
    await post(suite, payment);
    await capture(suite, payment, { amount: 60n * UNIT });
    await networkHelpers.mine(2 ** POLICY.refreshLog2);
    await post(suite, payment, { asOf: payment.block + 2 ** POLICY.refreshLog2, score: HELD });
    await suite.escrow.connect(suite.payer).dispute(payment.packed);
    const tx = await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    await expect(tx)
      .to.emit(suite.escrow, "Reclaimed")
      .withArgs(payment.id, 40n * UNIT);
    expect((await stateOf(suite, payment.id)).refundable).to.equal(60n * UNIT);
  });

  it("lets each side give in, and no more than give in", async () => {
    for (const [who, whole, other] of [
      ["payee", 0, 1],
      ["payer", 10_000, 9_999],
    ] as const) {
      const suite = await fixture();
      const { payment } = await disputed(suite);
      const part = () => suite.escrow.connect(suite[who]).resolve(payment.packed, other);
      const args = [suite[who].address, suite.arbiter.address];
      await expectRefused(suite, payment, part, suite.escrow, "NotArbiter", args);
      const greedy = () => suite.escrow.connect(suite[who]).resolve(payment.packed, 10_000 - whole);
      await expectRefused(suite, payment, greedy, suite.escrow, "NotArbiter", args);
      await suite.escrow.connect(suite[who]).resolve(payment.packed, whole);
      expect((await stateOf(suite, payment.id)).capturable).to.equal(0n);
    }
  });

  it("is the arbiter's until one second before ruleBy, and anybody's default from then on", async () => {
    const suite = await fixture();
    const { payment, ruleBy } = await disputed(suite);
    const early = () => suite.escrow.connect(suite.stranger).resolveByDefault(payment.packed);
    await at(ruleBy - 1n);
    await expectRefused(suite, payment, early, suite.escrow, "RulingPending", [ruleBy - 1n, ruleBy]);
    const before = await holdings(suite);
    await at(ruleBy);
    const late = () => suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
    await expectRefused(suite, payment, late, suite.escrow, "RulingClosed", [ruleBy, ruleBy]);
    const tx = await suite.escrow.connect(suite.stranger).resolveByDefault(payment.packed);
    const args = [payment.id, suite.stranger.address, 60n * UNIT, 40n * UNIT, suite.payer.address];
    await expect(tx)
      .to.emit(suite.escrow, "Ruled")
      .withArgs(...args);
    const after = await holdings(suite);
    expect(after.payer - before.payer, "his part and his bond: nobody ruled, nobody lost").to.equal(45n * UNIT);
    expect(after.payee - before.payee).to.equal(57n * UNIT);
    expect(after.escrow).to.equal(3n * UNIT);
  });

  it("never parts by default before the hold would have ended by itself", async () => {
    const suite = await fixture();
    const { payment, ruleBy } = await disputed(suite, "payee", { rulingWindow: 0, defaultSplitBps: 10_000 });
    expect(ruleBy).to.equal((await suite.escrow.timer(payment.id)).opensAt);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
  });

  it("reverts without a dispute, above the whole, and by strangers", async () => {
    const suite = await fixture();
    const { payment: quiet } = await posted(suite, HELD, { salt: 5n });
    const nothing = () => suite.escrow.connect(suite.arbiter).resolve(quiet.packed, 0);
    await expectRefused(suite, quiet, nothing, suite.escrow, "NotDisputed", [quiet.id]);
    const byDefault = () => suite.escrow.resolveByDefault(quiet.packed);
    await expectRefused(suite, quiet, byDefault, suite.escrow, "NotDisputed", [quiet.id]);
    const { payment } = await disputed(suite);
    const above = () => suite.escrow.connect(suite.arbiter).resolve(payment.packed, 10_001);
    await expectRefused(suite, payment, above, suite.escrow, "SplitOutOfRange", [10_001]);
    const strange = () => suite.escrow.connect(suite.operator).resolve(payment.packed, 0);
    const args = [suite.operator.address, suite.arbiter.address];
    await expectRefused(suite, payment, strange, suite.escrow, "NotArbiter", args);
  });
});
