import { packBallots } from "@sluice/sdk";
import { expect } from "chai";

import { VOTE } from "../governance/council.ts";
import { ballot, openFor } from "../governance/gasless.ts";

describe("G3: a ballot cast before stops no batch, and no part of a weight counts twice", () => {
  it("counts every other ballot when a voter casts his own first, in the same block or before", async () => {
    const { c, wallets, id } = await openFor(4);
    const packed = packBallots(await Promise.all(wallets.map((wallet) => ballot(c, id, wallet, VOTE.For))));
    await c.governor.connect(wallets[1]).castVote(id, VOTE.Against);
    await c.governor.castVotesBySig(id, packed);
    expect([...(await c.governor.proposalVotes(id))]).to.deep.equal([1_000n, 3_000n, 0n]);
  });

  it("counts a batch that is sent twice, and cut and put together anew, once", async () => {
    const { c, wallets, id } = await openFor(3);
    const [a, b, d] = await Promise.all(wallets.map((wallet) => ballot(c, id, wallet, VOTE.For)));
    if (!a || !b || !d) throw new Error("three ballots needed");
    for (const rows of [
      [a, b],
      [b, a],
      [a, b, d],
      [d, d, d],
    ])
      await c.governor.castVotesBySig(id, packBallots(rows));
    expect((await c.governor.proposalVotes(id)).forVotes).to.equal(3_000n);
  });
});
