import { expect } from "chai";
import { callProposal, proposalArguments, proposalId } from "@sluice/sdk";

import { networkHelpers, UNIT } from "../shared/suite.ts";
import { changing, executionOf, now, propose, toEnd, toVote, voters, VOTE } from "./council.ts";

describe("SluiceGovernor.propose", () => {
  it("takes a proposal from who has the threshold, and lists it", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = proposalId(proposal);
    const second = (await now()) + 100n;
    await networkHelpers.time.setNextBlockTimestamp(second);
    const start = second + BigInt(c.parameters.settings.votingDelay);
    const end = start + BigInt(c.parameters.settings.votingPeriod);
    await expect(c.governor.connect(c.alice).propose(...proposalArguments(proposal)))
      .to.emit(c.governor, "ProposalCreated")
      .withArgs(
        id,
        c.alice.address,
        proposal.targets,
        proposal.values,
        [""],
        proposal.calldatas,
        start,
        end,
        proposal.description,
      );
    expect([
      await c.governor.proposalCount(),
      await c.governor.proposalAt(0),
      await c.governor.latestProposalOf(c.alice.address),
    ]).to.deep.equal([1n, id, id]);
    expect([await c.governor.proposalSnapshot(id), await c.governor.proposalDeadline(id)]).to.deep.equal([start, end]);
    expect(await c.governor.getProposalId(...executionOf(proposal))).to.equal(id);
  });

  it("reverts below the threshold, counted a second before", async () => {
    const c = await voters();
    const proposal = proposalArguments(await changing(c, { HoldAt: 9_600 }));
    const threshold = c.parameters.settings.proposalThreshold;
    await c.stake.connect(c.dave).stake(threshold - 1n);
    await networkHelpers.time.increase(10);
    await expect(c.governor.connect(c.dave).propose(...proposal))
      .to.be.revertedWithCustomError(c.governor, "GovernorInsufficientProposerVotes")
      .withArgs(c.dave.address, threshold - 1n, threshold);
    await c.stake.connect(c.dave).stake(UNIT);
    await networkHelpers.time.increase(10);
    await c.governor.connect(c.dave).propose(...proposal);
  });

  it("takes one proposal at a time from each proposer", async () => {
    const c = await voters();
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    const second = await changing(c, { HoldAt: 9_650 }, "Another");
    const refused = async () =>
      expect(c.governor.connect(c.alice).propose(...proposalArguments(second)))
        .to.be.revertedWithCustomError(c.governor, "ProposerBusy")
        .withArgs(c.alice.address, id);
    await refused();
    await toVote(c, id);
    await refused();
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) - 1n);
    await refused();
    await propose(c, await changing(c, { HoldAt: 9_650 }, "Bob's"), c.bob);
    await toEnd(c, id);
    await propose(c, second);
    expect([await c.governor.proposalCount(), await c.governor.proposalAt(2)]).to.deep.equal([3n, proposalId(second)]);
  });

  it("takes the next one when the last was cancelled", async () => {
    const c = await voters();
    const first = await changing(c, { HoldAt: 9_600 });
    await propose(c, first);
    await c.governor.connect(c.alice).cancel(...executionOf(first));
    await propose(c, await changing(c, { HoldAt: 9_650 }, "Another"));
  });

  it("reverts for the same calls and words twice", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = await propose(c, proposal);
    await expect(c.governor.connect(c.bob).propose(...proposalArguments(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnexpectedProposalState")
      .withArgs(id, 0, `0x${"00".repeat(32)}`);
  });

  it("says who counts and how, as dashboards ask", async () => {
    const c = await voters();
    expect(await c.governor.COUNTING_MODE()).to.equal("support=bravo&quorum=bravo");
    expect([await c.governor.name(), await c.governor.version()]).to.deep.equal(["Sluice Governor", "1"]);
    expect([await c.governor.token(), await c.governor.timelock()]).to.deep.equal([
      await c.stake.getAddress(),
      await c.timelock.getAddress(),
    ]);
    for (const interfaceId of ["0x01ffc9a7", "0x65455a86", "0x4e2312e0"]) {
      expect(await c.governor.supportsInterface(interfaceId), interfaceId).to.equal(true);
    }
  });
});

describe("SluiceGovernor.cancel", () => {
  it("is the proposer's while his proposal waits, and not afterwards", async () => {
    const c = await voters();
    const proposal = callProposal([{ target: await c.sluice.getAddress(), data: "0x" }], "Wait");
    const id = await propose(c, proposal);
    await expect(c.governor.connect(c.bob).cancel(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnableToCancel")
      .withArgs(id, c.bob.address);
    await toVote(c, id);
    await expect(c.governor.connect(c.alice).cancel(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnableToCancel")
      .withArgs(id, c.alice.address);
  });

  it("is the guardian's until the execution, and never after his term", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await toEnd(c, id);
    await c.governor.queue(...executionOf(proposal));
    const [, until] = await c.governor.guardian();
    await networkHelpers.time.setNextBlockTimestamp(until);
    await expect(c.governor.connect(c.guardian).cancel(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnableToCancel")
      .withArgs(id, c.guardian.address);
    expect(await c.governor.state(id)).to.equal(5);
  });

  it("by the guardian takes a queued proposal out of the timelock", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await toEnd(c, id);
    await c.governor.queue(...executionOf(proposal));
    const tx = c.governor.connect(c.guardian).cancel(...executionOf(proposal));
    await expect(tx).to.emit(c.governor, "ProposalCanceled").withArgs(id);
    await expect(tx).to.emit(c.timelock, "Cancelled");
    await networkHelpers.time.increase(2 * c.parameters.timelockDelay);
    await expect(c.governor.execute(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnexpectedProposalState")
      .withArgs(id, 2, `0x${(1n << 5n).toString(16).padStart(64, "0")}`);
  });

  it("is all the guardian can do", async () => {
    const c = await voters();
    const governor = c.governor.connect(c.guardian);
    await expect(governor.setGuardian(c.guardian.address, 1))
      .to.be.revertedWithCustomError(c.governor, "GovernorOnlyExecutor")
      .withArgs(c.guardian.address);
    await expect(governor.propose(...proposalArguments(await changing(c, { HoldAt: 9_600 }))))
      .to.be.revertedWithCustomError(c.governor, "GovernorInsufficientProposerVotes")
      .withArgs(c.guardian.address, 0, c.parameters.settings.proposalThreshold);
  });
});
