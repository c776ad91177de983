import { expect } from "chai";

import { attestMany } from "../shared/cases.ts";
import { at, capture, post, reclaim } from "../shared/moves.ts";
import { ledgerOf, stateOf } from "../shared/state.ts";
import { attest, authorized, ethers, fixture, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { captureMany, disputedFor, judgedFor, order, review, SCORE, settle } from "./doors.ts";

describe("E5: with the gate gone every case comes to its end", () => {
  it("settles, rules, parts, voids by order, captures what was allowed in a batch, and reclaims the rest", async () => {
    const suite = await fixture();
    const allowed = await judgedFor(suite, SCORE.Allow, { salt: 1n });
    const blocked = await judgedFor(suite, SCORE.Block, { salt: 2n });
    const ruled = await disputedFor(suite, { salt: 3n });
    const parted = await disputedFor(suite, { salt: 4n });
    const agreed = await authorized(suite, { salt: 5n });
    const voided = await authorized(suite, { salt: 6n });
    const reviewed = await judgedFor(suite, SCORE.Hold, { salt: 7n });
    await review(suite, reviewed);
    await networkHelpers.setCode(await suite.gate.getAddress(), "0xfe");
    await settle(suite, agreed, 10n * UNIT, 90n * UNIT);
    await order(suite, voided, "Void", { amount: 100n * UNIT });
    await captureMany(suite, [{ payment: allowed }, { payment: reviewed, amount: 10n * UNIT }]);
    await suite.escrow.connect(suite.arbiter).resolve(ruled.packed, 0);
    await at((await suite.escrow.timer(parted.id)).ruleBy);
    await suite.escrow.resolveByDefault(parted.packed);
    await at((await suite.escrow.timer(blocked.id)).closesAt + 1n);
    await reclaim(suite, blocked);
    await at((await suite.escrow.timer(reviewed.id)).closesAt);
    await reclaim(suite, reviewed);
    for (const { id } of [allowed, blocked, ruled, parted, agreed, voided, reviewed]) {
      expect((await stateOf(suite, id)).capturable).to.equal(0n);
    }
    const [fees] = await ledgerOf(suite, suite.feeReceiver.address);
    expect(await suite.token.balanceOf(suite.site.escrow)).to.equal(fees);
  });

  it("fails a batch with a broken epoch as a whole, loses nothing, and takes the same batch without it", async () => {
    const suite = await fixture();
    const allowed = await authorized(suite, { salt: 1n });
    await post(suite, allowed);
    const broken = await ethers.deployContract("BrokenEpoch", [0]);
    await suite.gate.setPolicy(POLICY, await broken.getAddress());
    await networkHelpers.mine(1);
    const later = await authorized(suite, { salt: 2n });
    const rows = [{ payment: allowed }, { payment: later }];
    await expect(captureMany(suite, rows, await attestMany(suite, rows))).to.be.revert(ethers);
    await captureMany(suite, rows);
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
    const attestation = await attest(suite, later);
    await expect(capture(suite, later, { attestation })).to.be.revert(ethers);
    await at(later.terms.captureBy);
    await reclaim(suite, later);
  });
});
