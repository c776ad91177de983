import { expect } from "chai";

import { attestMany, selectorOf } from "../shared/cases.ts";
import { post, setPolicy, unpaid } from "../shared/moves.ts";
import { stateOf } from "../shared/state.ts";
import {
  attest,
  attesterKeys,
  authorized,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  termsFor,
  UNIT,
  type Suite,
} from "../shared/suite.ts";
import { captureMany, charge, skipped } from "./doors.ts";

/** Another signer set in force. */
async function rotated(suite: Suite): Promise<Suite> {
  const keys = attesterKeys(3, "next");
  const config = epochConfig(keys, 2, await suite.token.getAddress());
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(suite, {}, epoch);
  return { ...suite, keys, epoch };
}

describe("A10 and A20: rotation and epochs at the doors of batches, charges and contradictions", () => {
  it("judges in a batch the payments of its signers' epoch only, whatever stands first", async () => {
    const suite = await fixture();
    const before = await authorized(suite, { salt: 1n });
    const next = await rotated(suite);
    const after = await authorized(suite, { salt: 2n });
    const wrong = selectorOf(suite.gate, "WrongEpoch");
    for (const [signing, rows, foreign] of [
      [suite, [before, after], after],
      [next, [after, before], before],
    ] as const) {
      const items = rows.map((payment) => ({ payment, amount: UNIT }));
      const tx = await captureMany(suite, items, await attestMany(signing, items));
      expect(await skipped(suite, tx)).to.deep.equal([[foreign.id, wrong]]);
    }
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(2n * UNIT);
  });

  it("refuses a batch signed by the other epoch than that of its first payment", async () => {
    const suite = await fixture();
    const before = await authorized(suite, { salt: 1n });
    const next = await rotated(suite);
    const items = [{ payment: before }];
    await expect(captureMany(suite, items, await attestMany(next, items))).to.be.revertedWithCustomError(
      suite.epoch,
      "NotASigner",
    );
  });

  it("refuses a stolen key in a batch, a charge and a contradiction from the next transaction on", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    await post(suite, payment);
    const other = await authorized(suite, { salt: 2n });
    await networkHelpers.mine(32);
    await suite.token.mint(suite.operator.address, 100n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 100n * UNIT);
    const charged = unpaid(suite, await termsFor(suite, { payer: suite.operator.address }));
    const items = [{ payment: other }];
    const one = await attest(suite, payment, { keys: suite.keys.slice(0, 1), score: 9_800 });
    await suite.gate.disableSigners(await suite.epoch.getAddress(), 0b001);
    const [stolen] = await suite.epoch.signers();
    for (const act of [
      async () => captureMany(suite, items, await attestMany(suite, items)),
      () => charge(suite, charged),
      () => suite.escrow.tighten(payment.packed, "0x", one),
    ]) {
      await expect(act()).to.be.revertedWithCustomError(suite.epoch, "SignerDisabled").withArgs(stolen);
    }
  });

  it("hears no contradiction of a signer of another epoch, older or newer", async () => {
    const suite = await fixture();
    const before = await authorized(suite, { salt: 1n });
    await post(suite, before);
    const next = await rotated(suite);
    const after = await authorized(suite, { salt: 2n });
    await post(next, after);
    for (const [payment, signing, judge] of [
      [before, next, suite],
      [after, suite, next],
    ] as const) {
      const one = await attest(signing, payment, { keys: signing.keys.slice(2), score: 9_800 });
      await expect(suite.escrow.tighten(payment.packed, "0x", one)).to.be.revertedWithCustomError(
        judge.epoch,
        "NotASigner",
      );
      expect((await stateOf(suite, payment.id)).band).to.equal(BAND.Allow);
    }
  });

  it("judges a charge by the epoch in force, never by the one before", async () => {
    const suite = await fixture();
    const next = await rotated(suite);
    await networkHelpers.mine(32);
    await suite.token.mint(suite.operator.address, 100n * UNIT);
    await suite.token.connect(suite.operator).approve(suite.site.escrow, 100n * UNIT);
    const charged = unpaid(suite, await termsFor(suite, { payer: suite.operator.address }));
    await expect(charge(suite, charged)).to.be.revertedWithCustomError(next.epoch, "NotASigner");
    await charge(next, charged);
  });

  it("takes a revoked epoch out of a batch at once", async () => {
    const suite = await fixture();
    const payment = await authorized(suite);
    const items = [{ payment }];
    const old = await attestMany(suite, items);
    const next = await rotated(suite);
    await suite.gate.revokeEpoch(await suite.epoch.getAddress());
    await expect(captureMany(suite, items, old)).to.be.revertedWithCustomError(next.epoch, "NotASigner");
    await captureMany(suite, items, await attestMany(next, items));
    expect(await suite.token.balanceOf(suite.payee.address)).to.equal(100n * UNIT);
  });
});
