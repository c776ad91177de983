import { rebateTree } from "@sluice/sdk";
import { expect } from "chai";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { CHALLENGE_WINDOW, fixture, inForce, leavesOf, post, rootOf } from "../rewards/world.ts";

describe("G9: a false rebate root drains nothing before it can be stopped", () => {
  it("pays nothing while it waits, and nothing at all once challenged, though a quorum signed it", async () => {
    const world = await fixture();
    const { pool, address, token, payee, stranger } = world;
    const honest = await inForce(world, leavesOf(world, 10n * UNIT, 20n * UNIT));
    const thief = leavesOf(world, 980n * UNIT, 20n * UNIT);
    await post(world, await rootOf(world, thief, { period: 2n }));
    const stolen = rebateTree(thief).proof(payee.address);
    const steal = () => pool.claim(address, payee.address, 980n * UNIT, stolen);
    await expect(steal()).to.be.revertedWithCustomError(pool, "ProofInvalid");
    await networkHelpers.time.increase(CHALLENGE_WINDOW - 10);
    await pool.connect(stranger).challenge(address, rebateTree(leavesOf(world, 11n * UNIT, 20n * UNIT)).root);
    await networkHelpers.time.increase(30 * 86_400);
    await expect(steal()).to.be.revertedWithCustomError(pool, "ProofInvalid");
    await pool.claim(address, payee.address, 10n * UNIT, honest.proof(payee.address));
    expect(await token.balanceOf(payee.address)).to.equal(10n * UNIT);
  });

  it("pays no more than its total, though its leaves promise more, and never what others were promised before", async () => {
    const world = await fixture();
    const { pool, address, payee, feeReceiver } = world;
    const leaves = leavesOf(world, 600n * UNIT, 600n * UNIT);
    const tree = await inForce(world, leaves, { total: 1_000n * UNIT });
    await pool.claim(address, payee.address, 600n * UNIT, tree.proof(payee.address));
    await expect(pool.claim(address, feeReceiver.address, 600n * UNIT, tree.proof(feeReceiver.address)))
      .to.be.revertedWithCustomError(pool, "ClaimsAboveTotal")
      .withArgs(1_200n * UNIT, 1_000n * UNIT);
  });

  it("gives an account whose leaf fell nothing back to take, and nothing more", async () => {
    const world = await fixture();
    const { pool, address, payee } = world;
    const first = await inForce(world, leavesOf(world, 30n * UNIT, UNIT));
    await pool.claim(address, payee.address, 30n * UNIT, first.proof(payee.address));
    const second = await inForce(world, leavesOf(world, 5n * UNIT, 40n * UNIT), { period: 2n });
    await expect(pool.claim(address, payee.address, 5n * UNIT, second.proof(payee.address)))
      .to.be.revertedWithCustomError(pool, "NothingToClaim")
      .withArgs(address, payee.address, 5n * UNIT);
  });
});
