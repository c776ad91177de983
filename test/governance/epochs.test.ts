import { expect } from "chai";
import { keccak256, ZeroHash } from "ethers";

import { attest, attesterKeys, ethers, networkHelpers, POLICY, UNIT } from "../shared/suite.ts";
import { subjectAt } from "../shared/gate.ts";
import { anEpoch, asTimelock, registered, voters, type Council } from "./council.ts";

const CARD = keccak256("0x01");
const BOND = 10_000n * UNIT;

/** A new epoch of three bonded attesters, whose keys are alice's, bob's and carol's. */
async function ready() {
  const c = await voters();
  const keys = attesterKeys(3, "next");
  for (const [index, holder] of [c.alice, c.bob, c.carol].entries()) await registered(c, holder, keys[index]!, BOND);
  const epoch = await anEpoch(c, keys);
  const registry = c.registry.connect(await asTimelock(c));
  return {
    c,
    keys,
    epoch,
    address: await epoch.getAddress(),
    registry,
    codeHash: await codeHashOf(await epoch.getAddress()),
  };
}

async function codeHashOf(address: string): Promise<string> {
  return keccak256(await ethers.provider.getCode(address));
}

async function current(c: Council): Promise<string> {
  return (await c.gate.policyAt(2n ** 256n - 1n)).epoch;
}

describe("PolicyRegistry.registerEpoch", () => {
  it("takes the code that was voted on and says which model it is", async () => {
    const { c, epoch, address, registry, codeHash } = await ready();
    await expect(registry.registerEpoch(address, codeHash, CARD))
      .to.emit(c.registry, "EpochRegistered")
      .withArgs(address, codeHash, CARD, await epoch.modelHash());
    expect(await c.registry.codeHashOf(address)).to.equal(codeHash);
  });

  it("reverts for other code, for none, and a second time", async () => {
    const { c, address, registry, codeHash } = await ready();
    await expect(registry.registerEpoch(address, CARD, CARD))
      .to.be.revertedWithCustomError(c.registry, "WrongCodeHash")
      .withArgs(address, CARD, codeHash);
    const empty = keccak256("0x");
    await expect(registry.registerEpoch(c.alice.address, empty, CARD))
      .to.be.revertedWithCustomError(c.registry, "WrongCodeHash")
      .withArgs(c.alice.address, empty, empty);
    await registry.registerEpoch(address, codeHash, CARD);
    await expect(registry.registerEpoch(address, codeHash, CARD))
      .to.be.revertedWithCustomError(c.registry, "EpochAlreadyRegistered")
      .withArgs(address);
  });
});

describe("PolicyRegistry.activateEpoch", () => {
  it("puts a registered epoch into force under the policy as it is", async () => {
    const { c, keys, address, registry, codeHash } = await ready();
    await registry.registerEpoch(address, codeHash, CARD);
    const tx = await registry.activateEpoch(address);
    await expect(tx)
      .to.emit(c.registry, "EpochActivated")
      .withArgs(address, await c.suite.epoch.getAddress());
    const block = (tx.blockNumber ?? 0) + 1;
    await networkHelpers.mine(2);
    const { policy, epoch } = await c.gate.policyAt(block);
    expect([policy.holdAt, policy.channelCap, epoch]).to.deep.equal([
      BigInt(POLICY.holdAt),
      POLICY.channelCap,
      address,
    ]);
    const { id, token, amount } = subjectAt(c.suite, block);
    const attestation = await attest(c.suite, { id, block }, { keys: keys.slice(0, 2), epoch: address });
    await c.gate.evaluate(id, block, amount, await token, attestation);
  });

  it("reverts for an epoch that was never registered", async () => {
    const { c, address, registry } = await ready();
    await expect(registry.activateEpoch(address))
      .to.be.revertedWithCustomError(c.registry, "EpochNotRegistered")
      .withArgs(address);
  });

  it("reverts when a signer's bond is too small, is nobody's, or stands for an earlier key", async () => {
    const { c, keys, address, registry, codeHash } = await ready();
    await registry.registerEpoch(address, codeHash, CARD);
    await c.attesters.connect(c.bob).unbond(1n);
    const bob = ethers.computeAddress(keys[1]!);
    await expect(registry.activateEpoch(address))
      .to.be.revertedWithCustomError(c.attesters, "BondBelowMinimum")
      .withArgs(bob, BOND - 1n, BOND);
    await c.attesters.connect(c.bob).bond(1n);
    await registered(c, c.bob, attesterKeys(1, "later")[0]!);
    await expect(registry.activateEpoch(address))
      .to.be.revertedWithCustomError(c.attesters, "BondBelowMinimum")
      .withArgs(bob, 0, BOND);
    const strangers = await anEpoch(c, attesterKeys(3, "strangers"));
    const other = await strangers.getAddress();
    await registry.registerEpoch(other, await codeHashOf(other), CARD);
    const first = ethers.computeAddress(attesterKeys(3, "strangers")[0]!);
    await expect(registry.activateEpoch(other))
      .to.be.revertedWithCustomError(c.attesters, "BondBelowMinimum")
      .withArgs(first, 0, BOND);
    expect(await current(c)).to.equal(await c.suite.epoch.getAddress());
  });
});

describe("PolicyRegistry: stolen keys", () => {
  it("revokes an epoch and disables signers in the gate", async () => {
    const { c, registry } = await ready();
    const epoch = await c.suite.epoch.getAddress();
    await expect(registry.disableSigners(epoch, 5)).to.emit(c.gate, "SignersDisabled").withArgs(epoch, 5);
    await expect(registry.revokeEpoch(epoch)).to.emit(c.gate, "EpochRevoked").withArgs(epoch);
    const { disabledSigners, revoked } = await c.gate.policyAt(2n ** 256n - 1n);
    expect([disabledSigners, revoked]).to.deep.equal([5n, true]);
    await expect(registry.revokeEpoch(c.alice.address))
      .to.be.revertedWithCustomError(c.gate, "EpochUnknown")
      .withArgs(c.alice.address);
  });

  it("keeps a revoked epoch revoked when the policy changes", async () => {
    const { c, registry } = await ready();
    await registry.revokeEpoch(await c.suite.epoch.getAddress());
    await registry.changePolicy([{ parameter: 0, value: 9_600 }]);
    expect((await c.gate.policyAt(2n ** 256n - 1n)).revoked).to.equal(true);
    expect(ZeroHash).to.equal(await c.registry.codeHashOf(await c.suite.epoch.getAddress()));
  });
});
