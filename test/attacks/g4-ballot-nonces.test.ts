import { ballotTypedData } from "@sluice/sdk";
import { expect } from "chai";

import { ethers } from "../shared/suite.ts";
import { changing, propose, toVote, VOTE, voters, type Council } from "../governance/council.ts";

/** What bob signs for a proposal, with the nonce of that proposal's own sequence. */
async function signed(c: Council, id: bigint): Promise<string> {
  const nonce = await c.governor["nonces(address,uint192)"](c.bob.address, BigInt.asUintN(192, id));
  const ballot = { proposalId: id, support: "For", voter: c.bob.address, nonce } as const;
  const { domain, types, message } = ballotTypedData(ballot, c.governorSite);
  return c.bob.signTypedData(domain, types, message);
}

describe("G4: ballots by signature do not wait for each other, and contracts vote", () => {
  it("takes the ballots of two proposals in either order", async () => {
    const c = await voters();
    const first = await propose(c, await changing(c, { HoldAt: 9_600 }), c.alice);
    const second = await propose(c, await changing(c, { HoldAt: 9_650 }), c.bob);
    const ballots = [await signed(c, first), await signed(c, second)] as const;
    await toVote(c, second);
    await c.governor.castVoteBySig(second, VOTE.For, c.bob.address, ballots[1]);
    await c.governor.castVoteBySig(first, VOTE.For, c.bob.address, ballots[0]);
    expect((await c.governor.proposalVotes(first)).forVotes).to.be.greaterThan(0n);
    await expect(c.governor.castVoteBySig(second, VOTE.For, c.bob.address, ballots[1])).to.be.revertedWithCustomError(
      c.governor,
      "GovernorInvalidSignature",
    );
  });

  it("takes a contract's ballot by EIP-1271", async () => {
    const c = await voters();
    const actor = await ethers.deployContract("ActorAccount", [c.carol.address]);
    const self = await actor.getAddress();
    await c.stake.connect(c.carol).delegate(self);
    const id = await propose(c, await changing(c, { HoldAt: 9_600 }));
    await toVote(c, id);
    const nonce = await c.governor["nonces(address,uint192)"](self, BigInt.asUintN(192, id));
    const ballot = { proposalId: id, support: "For", voter: self, nonce } as const;
    const { domain, types, message } = ballotTypedData(ballot, c.governorSite);
    const signature = await c.carol.signTypedData(domain, types, message);
    await c.governor.castVoteBySig(id, VOTE.For, self, signature);
    expect(await c.governor.hasVoted(id, self)).to.equal(true);
  });
});
