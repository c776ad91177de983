import { expect } from "chai";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { capture, post, setPolicy, withToken } from "../shared/moves.ts";
import { expectRefused, stateOf } from "../shared/state.ts";
import {
  attest,
  authorized,
  BAND,
  epochConfig,
  ethers,
  fixture,
  POLICY,
  UNIT,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, review, SCORE, skipped } from "./doors.ts";

/** A suite with a token that the epoch of the payments does not list. */
async function unlisted(plain: Suite) {
  const token = await ethers.deployContract("LocalToken");
  const listed = await withToken(plain, await token.getAddress());
  const config = epochConfig(plain.keys, 2, await plain.token.getAddress());
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(listed, {}, epoch);
  return { suite: { ...listed, epoch }, address: await token.getAddress() };
}

describe("A9: no Allow cuts the rest short", () => {
  it("holds an unlisted token whatever its score, in every door", async () => {
    const { suite, address } = await unlisted(await fixture());
    const payment = await authorized(suite, { token: address });
    const attestation = await attest(suite, payment, { score: 0 });
    const args = [payment.id, BAND.Hold, 0];
    const act = () => capture(suite, payment, { attestation });
    await expectRefused(suite, payment, act, suite.escrow, "NotAllowed", args);
    const tx = await captureMany(suite, [{ payment }], await attestMany(suite, [{ payment, score: 0 }]));
    expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.escrow, "NotAllowed")]]);
    await post(suite, payment, { score: 0 });
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
  });

  it("lets an Allow in a batch speak for its own payment only, and not for the one before or after", async () => {
    const suite = await fixture();
    const scores = [SCORE.Allow, SCORE.Block, SCORE.Allow, SCORE.Hold];
    const rows: { payment: Authorized; score: number }[] = [];
    for (const [index, score] of scores.entries()) {
      rows.push({ payment: await authorized(suite, { salt: BigInt(index) }), score });
    }
    const tx = await captureMany(suite, rows, await attestMany(suite, rows));
    const refused = selectorOf(suite.escrow, "NotAllowed");
    expect(await skipped(suite, tx)).to.deep.equal([1, 3].map((index) => [rows[index]?.payment.id, refused]));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(200n * UNIT);
  });

  for (const score of [SCORE.Hold, SCORE.Block]) {
    it(`lets no attested Allow pass over a posted band of ${score}, alone, in a batch or posted again`, async () => {
      const suite = await fixture();
      const payment = await authorized(suite);
      const attestation = await attest(suite, payment);
      const batch = await attestMany(suite, [{ payment }]);
      await post(suite, payment, { score });
      await expect(capture(suite, payment, { attestation })).to.be.revertedWithCustomError(
        suite.escrow,
        "CaptureWindow",
      );
      const tx = await captureMany(suite, [{ payment }], batch);
      expect(await skipped(suite, tx)).to.deep.equal([[payment.id, selectorOf(suite.escrow, "CaptureWindow")]]);
      const again = () => suite.escrow.post(payment.packed, attestation);
      const band = score === SCORE.Hold ? BAND.Hold : BAND.Block;
      await expectRefused(suite, payment, again, suite.escrow, "AlreadyScreened", [payment.id, band]);
    });
  }

  it("lets only the governor attach, detach and disable, and only his reviewers and the arbiter soften", async () => {
    const suite = await fixture();
    const gate = suite.gate.connect(suite.stranger);
    const epoch = await suite.epoch.getAddress();
    const calls = [
      gate.setPolicy(POLICY, epoch),
      gate.revokeEpoch(epoch),
      gate.disableSigners(epoch, 1),
      gate.setReviewer(suite.stranger.address, true),
      gate.setGovernor(suite.stranger.address),
    ];
    for (const call of calls) {
      await expect(call)
        .to.be.revertedWithCustomError(suite.gate, "NotGovernor")
        .withArgs(suite.stranger.address, suite.deployer.address);
    }
    const payment = await authorized(suite);
    await post(suite, payment, { score: SCORE.Hold });
    for (const who of [suite.stranger, suite.operator, suite.payee, suite.deployer]) {
      const act = () => review(suite, payment, who);
      await expectRefused(suite, payment, act, suite.escrow, "NotReviewer", [who.address]);
    }
  });

  it("judges by one policy, the newest that is not younger than the payment: a milder one beside it counts nothing", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await setPolicy(suite, { holdAt: 10_001, blockAt: 10_001 });
    await setPolicy(suite, {});
    await setPolicy(suite, { holdAt: 10_001, blockAt: 10_001 });
    await post(suite, payment, { score: SCORE.Hold });
    expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Hold);
  });
});
