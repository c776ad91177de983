import { expect } from "chai";
import { callProposal, policyProposal, proposalArguments, proposalId } from "@sluice/sdk";

import {
  changing,
  executionOf,
  MILLION,
  now,
  propose,
  STATE,
  toEnd,
  toVote,
  VOTE,
  voters,
} from "../governance/council.ts";
import { inOneBlock } from "../shared/gate.ts";
import { networkHelpers } from "../shared/suite.ts";

describe("G1: borrowed votes decide nothing, and nothing executes at once", () => {
  it("gives no threshold to stake of the same second", async () => {
    const c = await voters();
    await networkHelpers.time.increase(100);
    const second = (await now()) + 10n;
    const proposal = await changing(c, { HoldAt: 9_600 });
    await networkHelpers.time.setNextBlockTimestamp(second);
    await c.stake.connect(c.dave).stake(10n * MILLION);
    await networkHelpers.time.setNextBlockTimestamp(second);
    await expect(c.governor.connect(c.dave).propose(...proposalArguments(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorInsufficientProposerVotes")
      .withArgs(c.dave.address, 0, c.parameters.settings.proposalThreshold);
  });

  it("gives no weight to stake that came after the snapshot", async () => {
    const c = await voters();
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    await toVote(c, id);
    await c.stake.connect(c.dave).stake(10n * MILLION);
    await networkHelpers.time.increase(60);
    await c.governor.connect(c.dave).castVote(id, VOTE.For);
    expect([...(await c.governor.proposalVotes(id))]).to.deep.equal([0n, 0n, 0n]);
  });

  it("gives no weight to stake that came and went in one second, even the snapshot's", async () => {
    const c = await voters();
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    const snapshot = await c.governor.proposalSnapshot(id);
    await networkHelpers.time.setNextBlockTimestamp(snapshot);
    await inOneBlock([
      () => c.stake.connect(c.dave).stake(10n * MILLION, { gasLimit: 500_000 }),
      () => c.stake.connect(c.dave).unstake(10n * MILLION, { gasLimit: 500_000 }),
    ]);
    await networkHelpers.time.increase(60);
    expect(await c.governor.getVotes(c.dave.address, snapshot)).to.equal(0);
  });

  it("keeps the tokens of who voted until the vote is over, whatever he does", async () => {
    const c = await voters();
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    const snapshot = await c.governor.proposalSnapshot(id);
    await networkHelpers.time.setNextBlockTimestamp(snapshot + 1n);
    await c.stake.connect(c.alice).unstake(4n * MILLION);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await toEnd(c, id);
    const { unbondingUntil } = await c.stake.position(c.alice.address);
    await expect(c.stake.connect(c.alice).withdraw()).to.be.revertedWithCustomError(c.stake, "StillUnbonding");
    expect(unbondingUntil > (await c.governor.proposalDeadline(id))).to.equal(true);
  });

  it("does not count the same tokens for two voters by delegating after a vote", async () => {
    const c = await voters();
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await c.stake.connect(c.alice).delegate(c.dave.address);
    await networkHelpers.time.increase(60);
    await c.governor.connect(c.dave).castVote(id, VOTE.For);
    expect((await c.governor.proposalVotes(id)).forVotes).to.equal(4n * MILLION);
  });

  it("proposes, votes, queues and executes in no fewer than four moments", async () => {
    const c = await voters();
    const proposal = policyProposal({ HoldAt: 9_600 }, await c.registry.getAddress(), "Now");
    const id = await propose(c, proposal);
    const refused = (act: Promise<unknown>, state: bigint, allowed: bigint) =>
      expect(act)
        .to.be.revertedWithCustomError(c.governor, "GovernorUnexpectedProposalState")
        .withArgs(id, state, `0x${(1n << allowed).toString(16).padStart(64, "0")}`);
    await refused(c.governor.connect(c.alice).castVote(id, VOTE.For), STATE.Pending, STATE.Active);
    await refused(c.governor.queue(...executionOf(proposal)), STATE.Pending, STATE.Succeeded);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await refused(c.governor.queue(...executionOf(proposal)), STATE.Active, STATE.Succeeded);
    await toEnd(c, id);
    await refused(c.governor.execute(...executionOf(proposal)), STATE.Succeeded, STATE.Queued);
    await c.governor.queue(...executionOf(proposal));
    const ready = await c.governor.proposalEta(id);
    await networkHelpers.time.increaseTo(ready - 2n);
    await expect(c.governor.execute(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.timelock,
      "TimelockUnexpectedOperationState",
    );
    await networkHelpers.time.setNextBlockTimestamp(ready);
    await c.governor.execute(...executionOf(proposal));
    expect(await c.governor.state(id)).to.equal(STATE.Executed);
  });

  it("does not let a passed proposal be executed twice", async () => {
    const c = await voters();
    const data = c.sluice.interface.encodeFunctionData("transfer", [c.dave.address, 1n]);
    await c.sluice.transfer(await c.timelock.getAddress(), 2n);
    const proposal = callProposal([{ target: await c.sluice.getAddress(), data }], "Pay one");
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await toEnd(c, id);
    await c.governor.queue(...executionOf(proposal));
    await networkHelpers.time.increaseTo(await c.governor.proposalEta(id));
    await c.governor.execute(...executionOf(proposal));
    await expect(c.governor.execute(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
    expect(await c.sluice.balanceOf(await c.timelock.getAddress())).to.equal(1);
    expect(proposalId(proposal)).to.equal(id);
  });
});
