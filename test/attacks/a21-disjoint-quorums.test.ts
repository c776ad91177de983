import { expect } from "chai";
import { computeAddress } from "ethers";

import { attesterKeys, ethers, fixture } from "../shared/suite.ts";

/** All ways to take `size` of the positions from `first` to `count` − 1. */
function subsets(count: number, size: number, first = 0): number[][] {
  if (size === 0) return [[]];
  const rest = Array.from({ length: count - first }, (_, index) => first + index);
  return rest.flatMap((position) => subsets(count, size - 1, position + 1).map((tail) => [position, ...tail]));
}

describe("A21: two quorums of one set always share a signer", () => {
  for (const count of [2, 3, 4, 5, 6]) {
    it(`refuses every quorum of ${count} that has a disjoint twin, and takes every other`, async () => {
      const { epoch } = await fixture();
      const signers = attesterKeys(count).map((one) => computeAddress(one));
      for (let quorum = 1; quorum <= count; quorum += 1) {
        const sets = subsets(count, quorum);
        const twins = sets.some((one) => sets.some((other) => one.every((position) => !other.includes(position))));
        const deploy = ethers.deployContract("DirectEpoch", [{ signers, tiers: [{ upTo: 1, quorum }], tokens: [] }]);
        if (twins) {
          await expect(deploy).to.be.revertedWithCustomError(epoch, "QuorumOutOfRange").withArgs(quorum, count);
        } else expect(await (await deploy).signers()).to.deep.equal(signers);
      }
    });
  }

  it("refuses a quorum of nobody", async () => {
    const { epoch } = await fixture();
    const signers = attesterKeys(1).map((one) => computeAddress(one));
    await expect(ethers.deployContract("DirectEpoch", [{ signers, tiers: [{ upTo: 1, quorum: 0 }], tokens: [] }]))
      .to.be.revertedWithCustomError(epoch, "QuorumOutOfRange")
      .withArgs(0, 1);
  });
});
