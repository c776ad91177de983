import { expect } from "chai";

import { governance } from "../../sdk/src/index.ts";
import { changing, council, MILLION, toEnd, toVote, voters } from "../governance/council.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";
import { expectRevert } from "./refusals.ts";

describe("sdk: governance", () => {
  it("stakes, and tells what the event says", async () => {
    const c = await council();
    const site = { chainId: c.governorSite.chainId, stake: await c.stake.getAddress() };
    const { event } = await governance.stake(c.alice, site, MILLION);
    expect(event).to.deep.equal({ account: c.alice.address, amount: MILLION });
    expect(await c.stake.getVotes(c.alice.address)).to.equal(MILLION);
    await expectRevert(governance.stake(c.alice, site, 0n), "AmountZero", {});
  });

  it("proposes, votes, queues and executes a change of the policy", async () => {
    const c = await voters();
    const site = c.governorSite;
    const proposal = await changing(c, { HoldAt: 9_600 });
    const { event } = await governance.propose(c.alice, site, proposal);
    expect(event.proposer).to.equal(c.alice.address);
    expect(BigInt(event.voteStart)).to.equal(await c.governor.proposalSnapshot(event.proposalId));
    expect(BigInt(event.voteEnd)).to.equal(await c.governor.proposalDeadline(event.proposalId));
    await toVote(c, event.proposalId);

    const { proposalId } = event;
    const voted = await governance.vote(c.alice, site, proposalId, "For");
    const weight = 4n * MILLION;
    expect(voted.event).to.deep.equal({ proposalId, voter: c.alice.address, support: "For", weight, reason: "" });
    const second = await governance.vote(c.bob, site, proposalId, "Abstain", { reason: "no view" });
    expect(second.event).to.include({ support: "Abstain", reason: "no view" });
    await expectRevert(governance.vote(c.bob, site, proposalId, "For"), "GovernorAlreadyCastVote", {
      voter: c.bob.address,
    });
    await toEnd(c, proposalId);

    const queued = await governance.queue(c.dave, site, proposal);
    expect(BigInt(queued.event.etaSeconds)).to.equal(await c.governor.proposalEta(proposalId));
    await networkHelpers.time.increaseTo(queued.event.etaSeconds);
    const executed = await governance.execute(c.dave, site, proposal);
    expect(executed.event).to.deep.equal({ proposalId });
    const head = await ethers.provider.getBlockNumber();
    expect((await c.gate.policyAt(head + 1)).policy.holdAt).to.equal(9_600n);
  });
});
