import { expect } from "chai";

import { inOneBlock, judged } from "../shared/gate.ts";
import {
  attesterKeys,
  BAND,
  epochConfig,
  ethers,
  fixture,
  networkHelpers,
  POLICY,
  type Suite,
} from "../shared/suite.ts";

/** A second epoch with other signers, set as current; the payment block before and one after the change. */
async function withSecondEpoch(suite: Suite) {
  const keys = attesterKeys(3, "second");
  const config = epochConfig(keys, 2, await suite.token.getAddress());
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  const before = await networkHelpers.time.latestBlock();
  await suite.gate.setPolicy({ ...POLICY, holdAt: 9_000 }, await epoch.getAddress());
  await networkHelpers.mine(3);
  const after = (await networkHelpers.time.latestBlock()) - 1;
  return { second: { ...suite, epoch, keys }, before, after, first: await suite.epoch.getAddress() };
}

describe("RiskGate: epochs", () => {
  it("judges payments of before by their own epoch and its policy, later ones by the new", async () => {
    const suite = await fixture();
    const { second, before, after } = await withSecondEpoch(suite);
    expect((await judged(suite, before, { score: 9_500 })).band).to.equal(BAND.Allow);
    expect((await judged(second, after, { score: 9_500 })).band).to.equal(BAND.Hold);
    await expect(judged(second, before)).to.be.revertedWithCustomError(suite.epoch, "NotASigner");
    await expect(judged(suite, after)).to.be.revertedWithCustomError(suite.epoch, "NotASigner");
  });

  it("judges payments of a revoked epoch by the current one and its policy, at once", async () => {
    const suite = await fixture();
    const { second, before, first } = await withSecondEpoch(suite);
    await expect(suite.gate.revokeEpoch(first)).to.emit(suite.gate, "EpochRevoked").withArgs(first);
    expect((await judged(second, before, { score: 9_500 })).band).to.equal(BAND.Hold);
    await expect(judged(suite, before)).to.be.revertedWithCustomError(suite.epoch, "NotASigner");
    expect((await suite.gate.policyAt(before)).revoked).to.equal(true);
  });

  it("reverts when the current epoch is revoked and no other is set, for older payments of it too", async () => {
    const suite = await fixture();
    const block = await networkHelpers.time.latestBlock();
    const first = await suite.epoch.getAddress();
    await suite.gate.setPolicy({ ...POLICY, holdAt: 1 }, first);
    await networkHelpers.mine(2);
    const later = (await networkHelpers.time.latestBlock()) - 1;
    await suite.gate.revokeEpoch(first);
    for (const at of [block, later]) {
      await expect(judged(suite, at)).to.be.revertedWithCustomError(suite.gate, "EpochIsRevoked").withArgs(first);
    }
  });

  it("keeps an epoch revoked when only the policy changes, or after another epoch was in use", async () => {
    const suite = await fixture();
    const first = await suite.epoch.getAddress();
    await suite.gate.revokeEpoch(first);
    await suite.gate.setPolicy({ ...POLICY, holdAt: 5 }, first);
    await networkHelpers.mine(2);
    const block = (await networkHelpers.time.latestBlock()) - 1;
    await expect(judged(suite, block)).to.be.revertedWithCustomError(suite.gate, "EpochIsRevoked").withArgs(first);
    await withSecondEpoch(suite);
    await suite.gate.setPolicy(POLICY, first);
    await networkHelpers.mine(2);
    const again = (await networkHelpers.time.latestBlock()) - 1;
    await expect(judged(suite, again)).to.be.revertedWithCustomError(suite.gate, "EpochIsRevoked").withArgs(first);
  });

  it("reverts for an epoch that was never in use", async () => {
    const suite = await fixture();
    const config = epochConfig(suite.keys, 2, await suite.token.getAddress());
    const epoch = await (await ethers.deployContract("DirectEpoch", [config])).getAddress();
    for (const act of [() => suite.gate.revokeEpoch(epoch), () => suite.gate.disableSigners(epoch, 1)]) {
      await expect(act()).to.be.revertedWithCustomError(suite.gate, "EpochUnknown").withArgs(epoch);
    }
  });
});

describe("RiskGate: disabled signers", () => {
  it("stop at once in every policy of their epoch, and the others go on", async () => {
    const suite = await fixture();
    const block = (await networkHelpers.time.latestBlock()) - 1;
    const first = await suite.epoch.getAddress();
    await suite.gate.setPolicy({ ...POLICY, holdAt: 9_000 }, first);
    await networkHelpers.mine(2);
    const later = (await networkHelpers.time.latestBlock()) - 1;
    await expect(suite.gate.disableSigners(first, 0b010)).to.emit(suite.gate, "SignersDisabled").withArgs(first, 2);
    const [a, b, c] = suite.keys;
    const address = (await suite.epoch.signers())[1];
    for (const at of [block, later]) {
      for (const keys of [
        [a!, b!],
        [b!, c!],
        [a!, b!, c!],
      ]) {
        await expect(judged(suite, at, { keys }))
          .to.be.revertedWithCustomError(suite.epoch, "SignerDisabled")
          .withArgs(address);
      }
      expect((await judged(suite, at, { keys: [a!, c!] })).band).to.equal(BAND.Allow);
    }
  });

  it("stay disabled when others follow, when the policy changes, and after another epoch was in use", async () => {
    const suite = await fixture();
    const first = await suite.epoch.getAddress();
    const disabled = async () => (await suite.gate.policyAt(2n ** 32n - 1n)).disabledSigners;
    await suite.gate.disableSigners(first, 0b001);
    await suite.gate.disableSigners(first, 0b100);
    expect(await disabled()).to.equal(0b101n);
    await suite.gate.setPolicy({ ...POLICY, holdAt: 9 }, first);
    expect(await disabled()).to.equal(0b101n);
    await withSecondEpoch(suite);
    expect(await disabled()).to.equal(0n);
    await suite.gate.setPolicy(POLICY, first);
    expect(await disabled()).to.equal(0b101n);
  });

  it("stay disabled when the epoch is left and taken back within one block", async () => {
    const suite = await fixture();
    const first = await suite.epoch.getAddress();
    await suite.gate.disableSigners(first, 0b001);
    const config = epochConfig(attesterKeys(3, "second"), 2, await suite.token.getAddress());
    const other = await (await ethers.deployContract("DirectEpoch", [config])).getAddress();
    await inOneBlock([() => suite.gate.setPolicy(POLICY, other), () => suite.gate.setPolicy(POLICY, first)]);
    const { epoch, disabledSigners } = await suite.gate.policyAt(2n ** 32n - 1n);
    expect([epoch, disabledSigners]).to.deep.equal([first, 1n]);
  });
});
