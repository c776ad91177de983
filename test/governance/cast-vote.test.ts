import { expect } from "chai";
import { ballotDigest, ballotTypedData } from "@sluice/sdk";

import { ethers, networkHelpers } from "../shared/suite.ts";
import { changing, executionOf, HOUR, MILLION, now, propose, STATE, toEnd, toVote, voters, VOTE } from "./council.ts";

async function open() {
  const c = await voters();
  const proposal = await changing(c, { HoldAt: 9_600 });
  const id = await propose(c, proposal);
  await toVote(c, id);
  return { c, proposal, id };
}

describe("SluiceGovernor.castVote", () => {
  it("counts votes for, against and abstaining with the weight of the snapshot", async () => {
    const { c, id } = await open();
    await c.stake.connect(c.carol).stake(5n * MILLION);
    await expect(c.governor.connect(c.alice).castVote(id, VOTE.Against))
      .to.emit(c.governor, "VoteCast")
      .withArgs(c.alice.address, id, 0, 4n * MILLION, "");
    await c.governor.connect(c.bob).castVote(id, VOTE.For);
    await expect(c.governor.connect(c.carol).castVoteWithReason(id, VOTE.Abstain, "no view"))
      .to.emit(c.governor, "VoteCast")
      .withArgs(c.carol.address, id, 2, MILLION, "no view");
    expect([...(await c.governor.proposalVotes(id))]).to.deep.equal([4n * MILLION, 2n * MILLION, MILLION]);
    expect([
      await c.governor.hasVoted(id, c.carol.address),
      await c.governor.hasVoted(id, c.dave.address),
    ]).to.deep.equal([true, false]);
  });

  it("reverts a second ballot, an unknown way to vote, and a ballot out of time", async () => {
    const { c, id } = await open();
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await expect(c.governor.connect(c.alice).castVote(id, VOTE.For))
      .to.be.revertedWithCustomError(c.governor, "GovernorAlreadyCastVote")
      .withArgs(c.alice.address);
    await expect(c.governor.connect(c.bob).castVote(id, 3)).to.be.revertedWithCustomError(
      c.governor,
      "GovernorInvalidVoteType",
    );
    await toEnd(c, id);
    const active = `0x${(1n << 1n).toString(16).padStart(64, "0")}`;
    await expect(c.governor.connect(c.bob).castVote(id, VOTE.For))
      .to.be.revertedWithCustomError(c.governor, "GovernorUnexpectedProposalState")
      .withArgs(id, STATE.Succeeded, active);
  });

  it("defeats a proposal with more against than for, and one with as many", async () => {
    const { c, id } = await open();
    await c.governor.connect(c.bob).castVote(id, VOTE.For);
    await c.governor.connect(c.alice).castVote(id, VOTE.Against);
    await toEnd(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
    const second = await voters();
    await second.stake.connect(second.bob).stake(2n * MILLION);
    await networkHelpers.time.increase(10);
    const tied = await propose(second, await changing(second, { HoldAt: 9_600 }));
    await toVote(second, tied);
    await second.governor.connect(second.bob).castVote(tied, VOTE.For);
    await second.governor.connect(second.alice).castVote(tied, VOTE.Against);
    await toEnd(second, tied);
    expect(await second.governor.state(tied)).to.equal(STATE.Defeated);
  });

  it("counts towards the quorum only what is for", async () => {
    const { c, id } = await open();
    await c.governor.connect(c.alice).castVote(id, VOTE.Abstain);
    await toEnd(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
  });

  it("keeps a vote open for the extension when its quorum comes late", async () => {
    const { c, id } = await open();
    const deadline = await c.governor.proposalDeadline(id);
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    const extended = deadline + BigInt(c.parameters.settings.lateQuorumExtension);
    await expect(c.governor.connect(c.carol).castVote(id, VOTE.For))
      .to.emit(c.governor, "ProposalExtended")
      .withArgs(id, extended);
    expect(await c.governor.proposalDeadline(id)).to.equal(extended);
    await networkHelpers.time.increaseTo(extended - 2n);
    await expect(c.governor.connect(c.alice).castVote(id, VOTE.Against)).not.to.emit(c.governor, "ProposalExtended");
    await toEnd(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
  });

  it("does not move the deadline when the quorum comes early", async () => {
    const { c, id } = await open();
    const deadline = await c.governor.proposalDeadline(id);
    await expect(c.governor.connect(c.alice).castVote(id, VOTE.For)).not.to.emit(c.governor, "ProposalExtended");
    expect(await c.governor.proposalDeadline(id)).to.equal(deadline);
  });
});

describe("SluiceGovernor.castVoteBySig", () => {
  it("counts a ballot that somebody else sends, once", async () => {
    const { c, id } = await open();
    const ballot = {
      proposalId: id,
      support: "For",
      voter: c.bob.address,
      nonce: await c.governor["nonces(address)"](c.bob.address),
    } as const;
    const { domain, types, message } = ballotTypedData(ballot, c.governorSite);
    const signature = await c.bob.signTypedData(domain, types, message);
    expect(ethers.recoverAddress(ballotDigest(ballot, c.governorSite), signature)).to.equal(c.bob.address);
    await expect(c.governor.connect(c.dave).castVoteBySig(id, VOTE.For, c.bob.address, signature))
      .to.emit(c.governor, "VoteCast")
      .withArgs(c.bob.address, id, 1, 2n * MILLION, "");
    await expect(c.governor.connect(c.dave).castVoteBySig(id, VOTE.For, c.bob.address, signature))
      .to.be.revertedWithCustomError(c.governor, "GovernorInvalidSignature")
      .withArgs(c.bob.address);
  });

  it("reverts for a ballot that says something else", async () => {
    const { c, id } = await open();
    const { domain, types, message } = ballotTypedData(
      { proposalId: id, support: "For", voter: c.bob.address, nonce: 0n },
      c.governorSite,
    );
    const signature = await c.bob.signTypedData(domain, types, message);
    await expect(c.governor.castVoteBySig(id, VOTE.Against, c.bob.address, signature))
      .to.be.revertedWithCustomError(c.governor, "GovernorInvalidSignature")
      .withArgs(c.bob.address);
  });
});

describe("SluiceGovernor.quorum", () => {
  it("is the larger of a share of the stake and a share of the supply", async () => {
    const c = await voters();
    const little = await now();
    await networkHelpers.time.increase(HOUR);
    expect(await c.governor.quorumOfSupply()).to.equal(MILLION);
    expect(await c.governor.quorum(little)).to.equal(MILLION);
    await c.stake.connect(c.dave).stake(10n * MILLION);
    const much = await now();
    await networkHelpers.time.increase(HOUR);
    expect(await c.governor.quorum(much)).to.equal((17n * MILLION) / 10n);
    expect(await c.governor.quorum(little)).to.equal(MILLION);
  });

  it("of a proposal does not fall when tokens are burnt or stake leaves during the vote", async () => {
    const c = await voters();
    await c.stake.connect(c.dave).stake(10n * MILLION);
    await networkHelpers.time.increase(10);
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = await propose(c, proposal, c.carol);
    await toVote(c, id);
    const before = await c.governor.quorum(await c.governor.proposalSnapshot(id));
    await c.governor.connect(c.carol).castVote(id, VOTE.For);
    await c.stake.connect(c.dave).unstake(10n * MILLION);
    await c.sluice.burn(50n * MILLION);
    expect(await c.governor.quorum(await c.governor.proposalSnapshot(id))).to.equal(before);
    await toEnd(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
    await expect(c.governor.queue(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
  });
});
