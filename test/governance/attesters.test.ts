import { expect } from "chai";
import { hotKeyDigest } from "@sluice/sdk";
import { computeAddress, keccak256, ZeroAddress, ZeroHash } from "ethers";

import { attesterKeys, ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { amountsOf, anEpoch, asTimelock, council, MILLION, now, registered, voters, type Council } from "./council.ts";

const BOND = 10_000n * UNIT;
const NEVER = 2n ** 256n - 1n;

/** Puts an epoch of these signers into force; answers the first block it judges. */
async function inForce(c: Council, keys: ReturnType<typeof attesterKeys>): Promise<number> {
  const epoch = await (await anEpoch(c, keys)).getAddress();
  const registry = c.registry.connect(await asTimelock(c));
  await registry.registerEpoch(epoch, keccak256(await ethers.provider.getCode(epoch)), ZeroHash);
  const tx = await registry.activateEpoch(epoch);
  return (tx.blockNumber ?? 0) + 1;
}

describe("Attesters.setHotKey", () => {
  it("names a key that agrees, and says where the node answers", async () => {
    const c = await council();
    const hot = key("hot");
    const address = computeAddress(hot);
    const signature = hot.sign(
      hotKeyDigest(c.alice.address, { chainId: c.suite.chainId, contract: await c.attesters.getAddress() }),
    ).serialized;
    const tx = c.attesters.connect(c.alice).setHotKey(address, signature, "https://a.example");
    await expect(tx).to.emit(c.attesters, "HotKeySet").withArgs(c.alice.address, address);
    await expect(tx).to.emit(c.attesters, "UrlSet").withArgs(c.alice.address, "https://a.example");
    expect([await c.attesters.accountOf(address), await c.attesters.hotKeyOf(c.alice.address)]).to.deep.equal([
      c.alice.address,
      address,
    ]);
  });

  it("reverts for a key that agreed to another account, and for no signature", async () => {
    const c = await council();
    const hot = key("hot");
    const address = computeAddress(hot);
    const site = { chainId: c.suite.chainId, contract: await c.attesters.getAddress() };
    const forBob = hot.sign(hotKeyDigest(c.bob.address, site)).serialized;
    const recovered = ethers.recoverAddress(hotKeyDigest(c.alice.address, site), forBob);
    await expect(c.attesters.connect(c.alice).setHotKey(address, forBob, ""))
      .to.be.revertedWithCustomError(c.attesters, "HotKeySignatureInvalid")
      .withArgs(address, recovered);
    for (const hotKey of [address, ZeroAddress]) {
      await expect(c.attesters.connect(c.alice).setHotKey(hotKey, "0x", ""))
        .to.be.revertedWithCustomError(c.attesters, "HotKeySignatureInvalid")
        .withArgs(hotKey, ZeroAddress);
    }
  });

  it("reverts for a key that is taken, also by the same account and after a change", async () => {
    const c = await council();
    await registered(c, c.alice, key("hot"));
    await registered(c, c.alice, key("hot 2"));
    const address = computeAddress(key("hot"));
    for (const holder of [c.alice, c.bob]) {
      await expect(registered(c, holder, key("hot")))
        .to.be.revertedWithCustomError(c.attesters, "HotKeyTaken")
        .withArgs(address, c.alice.address);
    }
    expect(await c.attesters.accountOf(address)).to.equal(c.alice.address);
    expect(await c.attesters.hotKeyOf(c.alice.address)).to.equal(computeAddress(key("hot 2")));
  });

  it("lets a registered account move its node, and nobody else", async () => {
    const c = await council();
    await registered(c, c.alice, key("hot"));
    await expect(c.attesters.connect(c.alice).setUrl("https://b.example"))
      .to.emit(c.attesters, "UrlSet")
      .withArgs(c.alice.address, "https://b.example");
    await expect(c.attesters.connect(c.bob).setUrl("x"))
      .to.be.revertedWithCustomError(c.attesters, "NotRegistered")
      .withArgs(c.bob.address);
    await expect(c.attesters.connect(c.bob).bond(1))
      .to.be.revertedWithCustomError(c.attesters, "NotRegistered")
      .withArgs(c.bob.address);
  });
});

describe("Attesters.bond and unbond", () => {
  it("take votes from stake and give them back", async () => {
    const c = await voters();
    await registered(c, c.alice, key("hot"));
    await expect(c.attesters.connect(c.alice).bond(MILLION))
      .to.emit(c.stake, "Bonded")
      .withArgs(c.alice.address, MILLION);
    expect(await amountsOf(c, c.alice.address)).to.include({
      staked: 3n * MILLION,
      votes: 3n * MILLION,
      bonded: MILLION,
    });
    const tx = await c.attesters.connect(c.alice).unbond(MILLION);
    const answersUntil = (await now()) + BigInt(c.parameters.unbondingPeriod);
    await expect(tx).to.emit(c.stake, "Unbonded").withArgs(c.alice.address, MILLION, answersUntil);
    expect(await amountsOf(c, c.alice.address)).to.include({ staked: 4n * MILLION, votes: 4n * MILLION, bonded: 0n });
    await expect(c.attesters.connect(c.alice).unbond(1n))
      .to.be.revertedWithCustomError(c.stake, "BondTooSmall")
      .withArgs(1, 0);
  });

  it("keep the bond of a signer in force where it is", async () => {
    const c = await voters();
    await registered(c, c.alice, c.suite.keys[0]!, BOND);
    expect(await c.attesters.releaseBlock(c.alice.address)).to.equal(NEVER);
    const block = await networkHelpers.time.latestBlock();
    await expect(c.attesters.connect(c.alice).unbond(1n))
      .to.be.revertedWithCustomError(c.attesters, "StillListed")
      .withArgs(c.alice.address, block + 1, NEVER);
  });

  it("free a signer's bond when the evidence time after his epoch is over, not a block earlier", async () => {
    const c = await voters();
    await registered(c, c.alice, c.suite.keys[0]!, BOND);
    const keys = attesterKeys(1, "next");
    await registered(c, c.bob, keys[0]!, BOND);
    const from = await inForce(c, keys);
    const release = from + c.parameters.evidenceBlocks;
    expect(await c.attesters.releaseBlock(c.alice.address)).to.equal(release);
    await networkHelpers.mine(release - 2 - (await networkHelpers.time.latestBlock()));
    await expect(c.attesters.connect(c.alice).unbond(BOND))
      .to.be.revertedWithCustomError(c.attesters, "StillListed")
      .withArgs(c.alice.address, release - 1, release);
    await networkHelpers.mine(1);
    await c.attesters.connect(c.alice).unbond(BOND);
    expect(await c.attesters.releaseBlock(c.alice.address)).to.equal(0);
    expect(await c.attesters.releaseBlock(c.bob.address)).to.equal(NEVER);
  });

  it("keep a bond through changes of the policy, and through a change of the hot key", async () => {
    const c = await voters();
    await registered(c, c.alice, c.suite.keys[0]!, BOND);
    const keys = attesterKeys(1, "next");
    await registered(c, c.bob, keys[0]!, BOND);
    const from = await inForce(c, keys);
    const registry = c.registry.connect(await asTimelock(c));
    for (const value of [9_600, 9_650, 9_700]) {
      await networkHelpers.time.increase(86_400);
      await registry.changePolicy([{ parameter: 0, value }]);
      await networkHelpers.mine(5);
    }
    await registered(c, c.alice, key("fresh"));
    expect(await c.attesters.releaseBlock(c.alice.address)).to.equal(from + c.parameters.evidenceBlocks);
  });

  it("count for a signer who came back from the end of his last epoch", async () => {
    const c = await voters();
    const [first, second] = [attesterKeys(1, "first"), attesterKeys(1, "second")];
    await registered(c, c.alice, first[0]!, BOND);
    await registered(c, c.bob, second[0]!, BOND);
    await inForce(c, first);
    await inForce(c, second);
    await inForce(c, first);
    const last = await inForce(c, second);
    expect(await c.attesters.releaseBlock(c.alice.address)).to.equal(last + c.parameters.evidenceBlocks);
  });
});
