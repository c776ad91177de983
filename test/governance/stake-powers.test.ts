import { expect } from "chai";

import { ethers, key } from "../shared/suite.ts";
import { council, registered } from "./council.ts";

describe("SluiceStake: powers", () => {
  it("are the attesters' contract's alone", async () => {
    const c = await council();
    const stake = c.stake.connect(c.alice);
    const args = [c.alice.address, await c.attesters.getAddress()];
    for (const act of [
      () => stake.bond(c.bob.address, 1),
      () => stake.unbond(c.bob.address, 1),
      () => stake.recall(c.bob.address),
      () => stake.slash(c.bob.address, 1, c.alice.address),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(c.stake, "NotAttesters")
        .withArgs(...args);
    }
  });

  it("are fixed once, by the deployer", async () => {
    const c = await council();
    const address = await c.attesters.getAddress();
    await expect(c.stake.connect(c.alice).setAttesters(address))
      .to.be.revertedWithCustomError(c.stake, "NotDeployer")
      .withArgs(c.alice.address, c.suite.deployer.address);
    await expect(c.stake.setAttesters(await c.gate.getAddress()))
      .to.be.revertedWithCustomError(c.stake, "AttestersAlreadySet")
      .withArgs(address);
  });

  it("cannot be fixed to nobody", async () => {
    const c = await council();
    const fresh = await ethers.deployContract("SluiceStake", [await c.sluice.getAddress(), 1, 1, [1, 2, 3]]);
    await expect(fresh.setAttesters(c.bob.address))
      .to.be.revertedWithCustomError(fresh, "AttestersWithoutCode")
      .withArgs(c.bob.address);
    await expect(fresh.setAttesters(await c.attesters.getAddress()))
      .to.emit(fresh, "AttestersSet")
      .withArgs(await c.attesters.getAddress());
  });

  it("move no more than there is, and nothing is no amount", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(5n);
    await registered(c, c.alice, key("attester 0"), 3n);
    const attesters = c.attesters.connect(c.alice);
    await expect(attesters.bond(3n)).to.be.revertedWithCustomError(c.stake, "StakeTooSmall").withArgs(3, 2);
    await expect(attesters.bond(0n)).to.be.revertedWithCustomError(c.stake, "AmountZero");
  });
});
