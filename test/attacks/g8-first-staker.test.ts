import { expect } from "chai";
import { callProposal, proposalArguments, type Proposal } from "@sluice/sdk";

import {
  changing,
  council,
  enacted,
  executionOf,
  MILLION,
  propose,
  registered,
  STATE,
  toEnd,
  toVote,
  voted,
  VOTE,
  type Council,
} from "../governance/council.ts";
import { key, networkHelpers, POLICY } from "../shared/suite.ts";

/** Only the first staker is there, with this much. */
async function alone(amount: bigint): Promise<Council> {
  const c = await council();
  await c.stake.connect(c.alice).stake(amount);
  await networkHelpers.time.increase(10);
  return c;
}

/** A payment of the treasury's tokens to the first staker. */
async function plunder(c: Council): Promise<Proposal> {
  await c.sluice.transfer(await c.timelock.getAddress(), MILLION);
  const data = c.sluice.interface.encodeFunctionData("transfer", [c.alice.address, MILLION]);
  return callProposal([{ target: await c.sluice.getAddress(), data }], "All for me");
}

describe("G8: the first staker does not own governance", () => {
  it("reaches no quorum alone with the whole stake, because it is a share of the supply too", async () => {
    const c = await alone(MILLION - 1n);
    const id = await voted(c, await changing(c, { HoldAt: 9_600 }));
    expect([
      await c.governor.getVotes(c.alice.address, await c.governor.proposalSnapshot(id)),
      await c.governor.state(id),
    ]).to.deep.equal([MILLION - 1n, STATE.Defeated]);
  });

  it("cannot touch the treasury with a quorum before the staked floor is reached", async () => {
    const c = await alone(4n * MILLION);
    const proposal = await plunder(c);
    await voted(c, proposal);
    await expect(c.governor.queue(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "TreasuryLocked")
      .withArgs(await c.sluice.getAddress(), 4n * MILLION, 5n * MILLION);
  });

  it("does not open the treasury by stake that comes after the snapshot", async () => {
    const c = await alone(4n * MILLION);
    const proposal = await plunder(c);
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.stake.connect(c.bob).stake(10n * MILLION);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await toEnd(c, id);
    await expect(c.governor.queue(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "TreasuryLocked",
    );
  });

  it("hides no call among allowed ones, and sends no coins with one", async () => {
    const c = await alone(4n * MILLION);
    const { calldatas, targets } = await changing(c, { HoldAt: 9_600 });
    const allowed = { target: targets[0]!, data: calldatas[0]! };
    const seize = {
      target: await c.governor.getAddress(),
      data: c.governor.interface.encodeFunctionData("setGuardian", [c.alice.address, 1]),
    };
    const mixed = callProposal([allowed, seize], "A gift inside");
    await voted(c, mixed);
    await expect(c.governor.queue(...executionOf(mixed)))
      .to.be.revertedWithCustomError(c.governor, "TreasuryLocked")
      .withArgs(seize.target, 4n * MILLION, 5n * MILLION);
    const coins = callProposal([{ ...allowed, value: 1n }], "With coins");
    await voted(c, coins);
    await expect(c.governor.queue(...executionOf(coins)))
      .to.be.revertedWithCustomError(c.governor, "TreasuryLocked")
      .withArgs(allowed.target, 4n * MILLION, 5n * MILLION);
  });

  it("may change the policy, within its bounds, before the floor is reached", async () => {
    const c = await alone(4n * MILLION);
    await enacted(c, await changing(c, { HoldAt: 9_600 }));
    expect((await c.gate.policyAt(2n ** 256n - 1n)).policy.holdAt).to.equal(9_600);
    expect(await c.governor.isBootstrapTarget(await c.registry.getAddress())).to.equal(true);
  });

  it("is outvoted once the floor is reached by others, and the treasury opens by vote", async () => {
    const c = await alone(4n * MILLION);
    await c.stake.connect(c.bob).stake(5n * MILLION);
    await networkHelpers.time.increase(10);
    const proposal = await plunder(c);
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await c.governor.connect(c.bob).castVote(id, VOTE.Against);
    await toEnd(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
    const data = c.sluice.interface.encodeFunctionData("transfer", [c.dave.address, 1n]);
    await enacted(c, callProposal([{ target: await c.sluice.getAddress(), data }], "One for Dave"), [c.alice, c.bob]);
    expect(await c.sluice.balanceOf(c.dave.address)).to.equal(10n * MILLION + 1n);
  });

  it("locks the treasury again when stake falls below the floor", async () => {
    const c = await alone(4n * MILLION);
    await c.stake.connect(c.bob).stake(5n * MILLION);
    await c.stake.connect(c.bob).unstake(5n * MILLION);
    await networkHelpers.time.increase(10);
    const proposal = await plunder(c);
    await voted(c, proposal);
    await expect(c.governor.queue(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "TreasuryLocked",
    );
  });
});

describe("G8: attesters do not vote on themselves", () => {
  it("has no votes in bonded stake, from the second in which it is bonded", async () => {
    const c = await alone(4n * MILLION);
    await registered(c, c.alice, key("hot"), 4n * MILLION);
    await networkHelpers.time.increase(10);
    expect([
      await c.stake.getVotes(c.alice.address),
      await c.stake.getPastTotalSupply((await c.stake.clock()) - 1n),
    ]).to.deep.equal([0n, 0n]);
    await expect(c.governor.connect(c.alice).propose(...proposalArguments(await changing(c, { HoldAt: 9_600 }))))
      .to.be.revertedWithCustomError(c.governor, "GovernorInsufficientProposerVotes")
      .withArgs(c.alice.address, 0, c.parameters.settings.proposalThreshold);
  });

  it("takes a bond's votes from the delegatee as well", async () => {
    const c = await alone(4n * MILLION);
    await c.stake.connect(c.alice).delegate(c.dave.address);
    await registered(c, c.alice, key("hot"), 3n * MILLION);
    expect([await c.stake.getVotes(c.dave.address), await c.stake.getVotes(c.alice.address)]).to.deep.equal([
      MILLION,
      0n,
    ]);
  });

  it("counts bonds neither towards the floor nor towards the quorum's share", async () => {
    const c = await alone(4n * MILLION);
    await c.stake.connect(c.bob).stake(5n * MILLION);
    await registered(c, c.bob, key("hot"), 5n * MILLION);
    await networkHelpers.time.increase(10);
    const proposal = await plunder(c);
    await voted(c, proposal);
    await expect(c.governor.queue(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "TreasuryLocked")
      .withArgs(await c.sluice.getAddress(), 4n * MILLION, 5n * MILLION);
    expect(POLICY.holdAt).to.equal(Number((await c.gate.policyAt(2n ** 256n - 1n)).policy.holdAt));
  });
});
