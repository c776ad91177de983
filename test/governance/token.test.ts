import { expect } from "chai";
import { ZeroAddress } from "ethers";

import { ethers, UNIT } from "../shared/suite.ts";
import { council, MILLION } from "./council.ts";

describe("SluiceToken", () => {
  it("mints the whole supply to the distributor and can mint nothing later", async () => {
    const distributor = (await ethers.getSigners())[9]!.address;
    const token = await ethers.deployContract("SluiceToken", [distributor, 5n * UNIT]);
    expect([await token.totalSupply(), await token.cap(), await token.balanceOf(distributor)]).to.deep.equal([
      5n * UNIT,
      5n * UNIT,
      5n * UNIT,
    ]);
    const writes = token.interface.fragments.filter(
      (one) => one.type === "function" && "stateMutability" in one && one.stateMutability === "nonpayable",
    );
    const names = writes.map((one) => ("name" in one ? one.name : ""));
    expect(names.toSorted()).to.deep.equal(["approve", "burn", "permit", "transfer", "transferFrom"]);
  });

  it("reverts a deployment to nobody", async () => {
    const { sluice } = await council();
    await expect(ethers.deployContract("SluiceToken", [ZeroAddress, 1n]))
      .to.be.revertedWithCustomError(sluice, "ERC20InvalidReceiver")
      .withArgs(ZeroAddress);
  });

  it("burns the caller's own tokens, and the cap stays as it was", async () => {
    const { sluice, alice } = await council();
    await sluice.connect(alice).burn(MILLION);
    expect([await sluice.balanceOf(alice.address), await sluice.totalSupply(), await sluice.cap()]).to.deep.equal([
      9n * MILLION,
      99n * MILLION,
      100n * MILLION,
    ]);
    await expect(sluice.connect(alice).burn(10n * MILLION))
      .to.be.revertedWithCustomError(sluice, "ERC20InsufficientBalance")
      .withArgs(alice.address, 9n * MILLION, 10n * MILLION);
  });

  it("moves no vote when it is transferred", async () => {
    const { sluice, stake, alice, bob } = await council();
    await stake.connect(alice).stake(MILLION);
    await sluice.connect(alice).transfer(bob.address, MILLION);
    expect([await stake.getVotes(alice.address), await stake.getVotes(bob.address)]).to.deep.equal([MILLION, 0n]);
  });
});
