import { expect } from "chai";

import { at, capture, post, secondOf, setPolicy, unpaid } from "../shared/moves.ts";
import { expectRefused, stateOf, timerOf } from "../shared/state.ts";
import { attest, authorized, BAND, fixture, POLICY, termsFor, UNIT } from "../shared/suite.ts";

const HOLD = BigInt(POLICY.holdDelay);

describe("PaymentEscrow.tighten", () => {
  it("turns a posted Allow into a Hold where the current policy holds from its score", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment, { score: 9_000 });
    await setPolicy(suite, { holdAt: 9_000, holdDelay: 20 * 86_400 });
    const tx = await suite.escrow.connect(suite.stranger).tighten(payment.packed, "0x", "0x");
    const opensAt = (await secondOf(tx)) + HOLD;
    const closesAt = BigInt(payment.terms.captureBy);
    await expect(tx).to.emit(suite.escrow, "BandPosted").withArgs(payment.id, BAND.Hold, 9_000, opensAt, closesAt);
    expect(await timerOf(suite, payment.id)).to.deep.equal({ silentAt: 0n, opensAt, closesAt });
    await at(opensAt);
    await capture(suite, payment);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });

  it("never blocks, whatever was voted, and keeps score and protocol fee", async () => {
    const suite = await fixture();
    await setPolicy(suite, { protocolFeeBps: 10 });
    const payment = await authorized(suite);
    await post(suite, payment, { score: 9_000 });
    await setPolicy(suite, { holdAt: 1, blockAt: 1, protocolFeeBps: 50 });
    await suite.escrow.tighten(payment.packed, "0x", "0x");
    expect(await stateOf(suite, payment.id)).to.include({ band: BAND.Hold, score: 9_000n, protocolFeeBps: 10n });
  });

  it("takes an attestation where nothing is posted yet", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await setPolicy(suite, { holdAt: 9_000 });
    const attestation = await attest(suite, payment, { score: 9_000 });
    const now = await secondOf(await suite.escrow.tighten(payment.packed, attestation, "0x"));
    expect((await timerOf(suite, payment.id)).opensAt).to.equal(now + HOLD);
    const carried = () => capture(suite, payment, { attestation });
    const closesAt = payment.terms.captureBy;
    await at(now + 1n);
    await expectRefused(suite, payment, carried, suite.escrow, "CaptureWindow", [now + 1n, now + HOLD, closesAt]);
  });

  it("reverts below the current threshold, and stores nothing", async () => {
    const suite = await fixture();
    const payment = await authorized(suite, { salt: 1n });
    const fresh = await authorized(suite, { salt: 2n });
    await post(suite, payment, { score: 8_999 });
    await setPolicy(suite, { holdAt: 9_000 });
    const act = () => suite.escrow.tighten(payment.packed, "0x", "0x");
    await expectRefused(suite, payment, act, suite.escrow, "AlreadyScreened", [payment.id, BAND.Allow]);
    const attestation = await attest(suite, fresh, { score: 8_999 });
    const unposted = () => suite.escrow.tighten(fresh.packed, attestation, "0x");
    await expectRefused(suite, fresh, unposted, suite.escrow, "AlreadyScreened", [fresh.id, BAND.Allow]);
  });

  it("reverts for a Hold or Block, posted or attested, in the second captureBy, and without money", async () => {
    const suite = await fixture();
    await setPolicy(suite, {});
    for (const [index, [score, band]] of (
      [
        [9_800, BAND.Hold],
        [9_999, BAND.Block],
      ] as const
    ).entries()) {
      const payment = await authorized(suite, { salt: BigInt(index) + 1n });
      const attestation = await attest(suite, payment, { score });
      const carried = () => suite.escrow.tighten(payment.packed, attestation, "0x");
      await expectRefused(suite, payment, carried, suite.escrow, "NotAllowed", [payment.id, band, score]);
      await post(suite, payment, { score });
      const act = () => suite.escrow.tighten(payment.packed, "0x", "0x");
      await expectRefused(suite, payment, act, suite.escrow, "AlreadyScreened", [payment.id, band]);
    }
    const late = await authorized(suite, { salt: 5n });
    await post(suite, late);
    const empty = await authorized(suite, { salt: 6n });
    await suite.escrow.connect(suite.payee).void(empty.packed, 100n * UNIT, 0);
    await expectRefused(suite, empty, () => suite.escrow.tighten(empty.packed, "0x", "0x"), suite.escrow, "AmountZero");
    const none = unpaid(suite, await termsFor(suite, { salt: 9n }));
    const unknown = () => suite.escrow.tighten(none.packed, "0x", "0x");
    await expectRefused(suite, none, unknown, suite.escrow, "PaymentUnknown", [none.id]);
    await setPolicy(suite, { holdAt: 1 });
    const by = late.terms.captureBy;
    await at(by);
    const act = () => suite.escrow.tighten(late.packed, "0x", "0x");
    await expectRefused(suite, late, act, suite.escrow, "ScreeningClosed", [by, by]);
  });
});
