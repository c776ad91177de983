import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { arbitrated, fundBonds, signReview, type ReviewFields } from "../shared/cases.ts";
import { at, capture, post, reclaim, secondOf, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf, timerOf } from "../shared/state.ts";
import {
  authorized,
  BAND,
  DAY,
  fixture,
  networkHelpers,
  POLICY,
  termsFor,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

const REASON = 41;

type Options = {
  by?: HardhatEthersSigner;
  signer?: HardhatEthersSigner;
  reviewer?: string;
  toBand?: bigint;
  deadline?: number;
  signed?: Partial<ReviewFields>;
  subject?: string;
};

/** A review by the arbiter's signature, one step milder, carried by a stranger. */
async function review(suite: Suite, payment: Authorized, options: Options = {}) {
  const { band: fromBand } = await suite.escrow.payment(payment.id);
  const toBand = options.toBand ?? fromBand - 1n;
  const deadline = options.deadline ?? (await networkHelpers.time.latest()) + 30 * DAY;
  const signer = options.signer ?? suite.arbiter;
  const fields = { fromBand, toBand, reasonCode: REASON, deadline, ...options.signed };
  const by = options.by ?? suite.stranger;
  const signature = by === signer ? "0x" : await signReview(suite, signer, options.subject ?? payment.id, fields);
  const reviewer = options.reviewer ?? signer.address;
  return suite.escrow.connect(by).review(payment.packed, toBand, REASON, deadline, reviewer, signature);
}

async function posted(suite: Suite, score: number, changes = {}) {
  await fundBonds(suite);
  const payment = await authorized(suite, { ...arbitrated(suite), ...changes });
  await post(suite, payment, { score });
  return payment;
}

describe("PaymentEscrow.review", () => {
  it("makes a Hold an Allow: the payee captures at once, until the end he had", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_800);
    const { closesAt } = await suite.escrow.timer(payment.id);
    const tx = await review(suite, payment);
    const now = await secondOf(tx);
    const args = [payment.id, suite.arbiter.address, BAND.Hold, BAND.Allow, REASON, now, closesAt];
    await expect(tx)
      .to.emit(suite.escrow, "Reviewed")
      .withArgs(...args);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt: now, closesAt });
    expect(await stateOf(suite, payment.id)).to.include({ band: BAND.Allow, score: 9_800n });
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(200n * UNIT);
  });

  it("makes a Block a Hold with the delay and grace of the payment's own policy", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_999);
    await setPolicy(suite, { holdDelay: 9 * DAY, grace: 6 * DAY });
    const { closesAt: appealEnds } = await suite.escrow.timer(payment.id);
    await at(appealEnds - 1n);
    const now = await secondOf(await review(suite, payment));
    const opensAt = now + BigInt(POLICY.holdDelay);
    const usual = BigInt(payment.terms.captureBy);
    const closesAt = opensAt + BigInt(POLICY.grace) > usual ? opensAt + BigInt(POLICY.grace) : usual;
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt, closesAt });
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
    const early = () => capture(suite, payment);
    await at(opensAt - 1n);
    await expectRefused(suite, payment, early, suite.escrow, "CaptureWindow", [opensAt - 1n, opensAt, closesAt]);
    await at(opensAt);
    await capture(suite, payment, { amount: 1n });
    await at(closesAt);
    await reclaim(suite, payment);
  });

  it("leaves the payer his dispute after a Block was made a Hold", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_999);
    await review(suite, payment);
    await suite.escrow.connect(suite.payer).dispute(payment.packed);
    await suite.escrow.connect(suite.arbiter).resolve(payment.packed, 0);
  });

  it("is a reviewer's of the gate, too, while he is named", async () => {
    const suite = await fixture();
    const first = await posted(suite, 9_800, { salt: 1n });
    const second = await posted(suite, 9_800, { salt: 2n, arbiter: ZeroAddress });
    const byReviewer = { signer: suite.deployer };
    const act = () => review(suite, first, byReviewer);
    await expectRefused(suite, first, act, suite.escrow, "NotReviewer", [suite.deployer.address]);
    await expect(suite.gate.setReviewer(suite.deployer.address, true))
      .to.emit(suite.gate, "ReviewerSet")
      .withArgs(suite.deployer.address, true);
    expect(await suite.gate.isReviewer(suite.deployer.address)).to.equal(true);
    await act();
    await review(suite, second, { ...byReviewer, by: suite.deployer });
    await suite.gate.setReviewer(suite.deployer.address, false);
    const third = await posted(suite, 9_800, { salt: 3n });
    const late = () => review(suite, third, byReviewer);
    await expectRefused(suite, third, late, suite.escrow, "NotReviewer", [suite.deployer.address]);
    await expect(suite.gate.connect(suite.stranger).setReviewer(suite.stranger.address, true))
      .to.be.revertedWithCustomError(suite.gate, "NotGovernor")
      .withArgs(suite.stranger.address, suite.deployer.address);
  });

  it("happens once: neither the same signature nor another takes a second step", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_999);
    await review(suite, payment);
    const again = () => review(suite, payment);
    await expectRefused(suite, payment, again, suite.escrow, "AlreadyReviewed", [payment.id]);
  });

  it("gives an Allow that no refresh takes back", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_800);
    await review(suite, payment);
    const age = 2 ** POLICY.refreshLog2;
    await networkHelpers.mine(age);
    const act = () => post(suite, payment, { asOf: payment.block + age, score: 9_800 });
    await expectRefused(suite, payment, act, suite.escrow, "AlreadyScreened", [payment.id, BAND.Allow]);
    await setPolicy(suite, { holdAt: 1 });
    const tighten = () => suite.escrow.tighten(payment.packed, "0x", "0x");
    await expectRefused(suite, payment, tighten, suite.escrow, "AlreadyScreened", [payment.id, BAND.Allow]);
  });

  it("reverts on any step but the one to the next milder band", async () => {
    const suite = await fixture();
    const steps: [number | undefined, bigint, bigint][] = [
      [9_999, BAND.Block, BAND.Allow],
      [9_999, BAND.Block, BAND.Block],
      [9_999, BAND.Block, BAND.None],
      [9_800, BAND.Hold, BAND.Block],
      [9_800, BAND.Hold, BAND.None],
      [1, BAND.Allow, BAND.None],
      [undefined, BAND.None, BAND.Allow],
    ];
    for (const [index, [score, fromBand, toBand]] of steps.entries()) {
      const salt = BigInt(index) + 1n;
      const payment =
        score === undefined
          ? await authorized(suite, { ...arbitrated(suite), salt })
          : await posted(suite, score, { salt });
      const act = () => review(suite, payment, { toBand });
      await expectRefused(suite, payment, act, suite.escrow, "NotOneStepMilder", [fromBand, toBand]);
    }
  });

  it("reverts from the second the payer may reclaim, so at once after a Block without an arbiter", async () => {
    const suite = await fixture();
    const blocked = await posted(suite, 9_999, { salt: 1n });
    const { closesAt } = await suite.escrow.timer(blocked.id);
    await at(closesAt);
    const late = () => review(suite, blocked);
    await expectRefused(suite, blocked, late, suite.escrow, "ScreeningClosed", [closesAt, closesAt]);
    const alone = await posted(suite, 9_999, { salt: 2n, arbiter: ZeroAddress });
    await suite.gate.setReviewer(suite.deployer.address, true);
    const now = (await networkHelpers.time.latest()) + 10;
    const { closesAt: atOnce } = await suite.escrow.timer(alone.id);
    await at(now);
    const act = () => review(suite, alone, { signer: suite.deployer });
    await expectRefused(suite, alone, act, suite.escrow, "ScreeningClosed", [now, atOnce]);
  });

  it("reverts in a dispute, without money, and without a payment", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_800, { salt: 1n });
    await suite.escrow.connect(suite.payer).dispute(payment.packed);
    const { ruleBy } = await suite.escrow.timer(payment.id);
    await expectRefused(suite, payment, () => review(suite, payment), suite.escrow, "InDispute", [payment.id, ruleBy]);
    const empty = await posted(suite, 9_800, { salt: 2n });
    await suite.escrow.connect(suite.payee).void(empty.packed, 100n * UNIT, 0);
    await expectRefused(suite, empty, () => review(suite, empty), suite.escrow, "AmountZero");
    const none = unpaid(suite, await termsFor(suite, { salt: 9n }));
    const unknown = () => review(suite, none, { toBand: BAND.Allow });
    await expectRefused(suite, none, unknown, suite.escrow, "PaymentUnknown", [none.id]);
  });

  it("reverts when something else was signed, by somebody else, or too late", async () => {
    const suite = await fixture();
    const payment = await posted(suite, 9_800, { salt: 1n });
    const other = await posted(suite, 9_800, { salt: 2n });
    const cases: Options[] = [
      { subject: other.id },
      { signed: { fromBand: BAND.Block } },
      { signed: { toBand: BAND.None } },
      { signed: { reasonCode: REASON + 1 } },
      { signed: { deadline: 1 } },
      { signer: suite.stranger, by: suite.operator, reviewer: suite.arbiter.address },
    ];
    for (const options of cases) {
      await expect(review(suite, payment, options)).to.be.revertedWithCustomError(
        suite.escrow,
        "PartySignatureInvalid",
      );
    }
    const nobody = () => review(suite, payment, { reviewer: ZeroAddress });
    await expectRefused(suite, payment, nobody, suite.escrow, "NotReviewer", [ZeroAddress]);
    const deadline = (await networkHelpers.time.latest()) + 100;
    await at(deadline);
    const late = () => review(suite, payment, { deadline });
    await expectRefused(suite, payment, late, suite.escrow, "DeadlinePassed", [deadline, deadline]);
  });
});
