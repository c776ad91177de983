import { packBallots } from "@sluice/sdk";
import { expect } from "chai";
import { Wallet } from "ethers";

import { ethers, networkHelpers } from "../shared/suite.ts";
import { changing, propose, toVote, VOTE } from "./council.ts";
import { ballot, openFor } from "./gasless.ts";

describe("SluiceGovernor.castVotesBySig", () => {
  it("counts each ballot with the weight of the snapshot and emits VoteCast for each", async () => {
    const { c, wallets, id } = await openFor();
    const supports = [VOTE.For, VOTE.Against, VOTE.Abstain];
    const ballots = await Promise.all(wallets.map((wallet, index) => ballot(c, id, wallet, supports[index] ?? 0)));
    const sent = await c.governor.connect(c.reporter).castVotesBySig(id, packBallots(ballots));
    for (const [index, wallet] of wallets.entries()) {
      await expect(sent).to.emit(c.governor, "VoteCast").withArgs(wallet.address, id, supports[index], 1_000n, "");
      expect(await c.governor.hasVoted(id, wallet.address)).to.equal(true);
    }
    expect([...(await c.governor.proposalVotes(id))]).to.deep.equal([1_000n, 1_000n, 1_000n]);
    await expect(sent).not.to.emit(c.governor, "BallotsSkipped");
  });

  it("leaves out bad and repeated ballots, says which and why, and counts the rest", async () => {
    const { c, wallets, id } = await openFor();
    const [first, second, third] = wallets as [Wallet, Wallet, Wallet];
    await c.governor.connect(second).castVote(id, VOTE.Against);
    const good = await ballot(c, id, first, VOTE.For);
    const rows = [
      good,
      { ...good, support: VOTE.Against },
      good,
      await ballot(c, id, second, VOTE.For),
      await ballot(c, id, Wallet.createRandom(), VOTE.For),
      await ballot(c, id, third, 3),
      await ballot(c, id, third, VOTE.For),
    ];
    const packed = packBallots(rows);
    const { counted, report } = await c.governor.castVotesBySig.staticCall(id, packed);
    expect([counted, report]).to.deep.equal([2n, "0x000101000202000302000403000504"]);
    await expect(c.governor.castVotesBySig(id, packed)).to.emit(c.governor, "BallotsSkipped").withArgs(id, report);
    expect([...(await c.governor.proposalVotes(id))]).to.deep.equal([1_000n, 2_000n, 0n]);
  });

  it("lets nobody vote twice, directly and by batch, in either order, also on a later proposal", async () => {
    const { c, wallets, id } = await openFor(2);
    const [first, second] = wallets as [Wallet, Wallet];
    const both = async (proposal: bigint) =>
      packBallots([await ballot(c, proposal, first, VOTE.For), await ballot(c, proposal, second, VOTE.For)]);
    await c.governor.connect(first).castVote(id, VOTE.For);
    await c.governor.castVotesBySig(id, await both(id));
    expect((await c.governor.proposalVotes(id)).forVotes).to.equal(2_000n);
    for (const voter of [first, second]) {
      await expect(c.governor.connect(voter).castVote(id, VOTE.For))
        .to.be.revertedWithCustomError(c.governor, "GovernorAlreadyCastVote")
        .withArgs(voter.address);
    }
    const proposal = await changing(c, { HoldAt: 9_650 });
    const later = await propose(c, proposal, c.bob);
    await toVote(c, later);
    await c.governor.connect(second).castVote(later, VOTE.For); // he has a number by now
    await c.governor.castVotesBySig(later, await both(later));
    expect((await c.governor.proposalVotes(later)).forVotes).to.equal(2_000n);
    expect((await c.governor.castVotesBySig.staticCall(later, await both(later))).counted).to.equal(0n);
  });

  it("binds proposal, chain and governor: another proposal's ballots count for nothing", async () => {
    const { c, wallets, id } = await openFor(1);
    const [voter] = wallets as [Wallet];
    const other = packBallots([await ballot(c, id + 1n, voter, VOTE.For)]);
    expect((await c.governor.castVotesBySig.staticCall(id, other)).report).to.equal("0x000001");
  });

  it("extends a vote whose quorum a batch brings late, as a ballot would", async () => {
    const { c, id } = await openFor(1);
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) - 60n);
    const packed = packBallots([await ballot(c, id, c.alice, VOTE.For)]);
    await expect(c.governor.castVotesBySig(id, packed)).to.emit(c.governor, "ProposalExtended");
  });

  it("reverts where the proposal is not being voted on, and for ballots of another length", async () => {
    const { c, wallets, id } = await openFor(1);
    const [voter] = wallets as [Wallet];
    const packed = packBallots([await ballot(c, id, voter, VOTE.For)]);
    await expect(c.governor.castVotesBySig(id, `${packed}00`))
      .to.be.revertedWithCustomError(c.governor, "BallotsLength")
      .withArgs(86);
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) + 1n);
    await expect(c.governor.castVotesBySig(id, packed)).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
  });
});

describe("VoteRelay", () => {
  async function relayed() {
    const scene = await openFor(3);
    const { c } = scene;
    const governor = await c.governor.getAddress();
    const relay = await ethers.deployContract("VoteRelay", [governor, c.suite.deployer.address]);
    await c.suite.deployer.sendTransaction({ to: await relay.getAddress(), value: 10n ** 18n });
    await relay.connect(c.suite.deployer).setLimits(10n ** 15n, 10n ** 16n);
    return { ...scene, relay };
  }

  it("pays the submitter what it cost, out of what the treasury gave", async () => {
    const { c, wallets, id, relay } = await relayed();
    const packed = packBallots(await Promise.all(wallets.map((wallet) => ballot(c, id, wallet, VOTE.For))));
    const before = await ethers.provider.getBalance(c.reporter.address);
    const sent = await relay.connect(c.reporter).castVotes(id, packed);
    const receipt = await sent.wait();
    const cost = (receipt?.gasUsed ?? 0n) * (receipt?.gasPrice ?? 0n);
    const after = await ethers.provider.getBalance(c.reporter.address);
    const [gain, tolerance] = [after - before, cost / 20n];
    expect(gain <= tolerance && gain >= -tolerance, `cost ${cost}, gained ${gain}`).to.equal(true);
    expect(await relay.spentOn(id)).to.equal(after - before + cost);
  });

  it("pays nothing for ballots that do not count, and never above its limits", async () => {
    const { c, wallets, id, relay } = await relayed();
    await relay.connect(c.suite.deployer).setLimits(7n, 10n);
    const packed = packBallots(await Promise.all(wallets.map((wallet) => ballot(c, id, wallet, VOTE.For))));
    await relay.connect(c.reporter).castVotes(id, packBallots([await ballot(c, id, wallets[0] as Wallet, VOTE.For)]));
    expect(await relay.spentOn(id)).to.equal(7n);
    await relay.connect(c.reporter).castVotes(id, packed);
    expect(await relay.spentOn(id)).to.equal(10n);
    await expect(relay.connect(c.reporter).castVotes(id, packed)).not.to.emit(relay, "Reimbursed");
  });

  it("obeys the timelock alone", async () => {
    const { c, relay } = await relayed();
    for (const act of [relay.connect(c.alice).setLimits(1n, 1n), relay.connect(c.alice).withdraw(1n)]) {
      await expect(act)
        .to.be.revertedWithCustomError(relay, "NotTimelock")
        .withArgs(c.alice.address, c.suite.deployer.address);
    }
    await relay.connect(c.suite.deployer).withdraw(10n ** 18n);
    expect(await ethers.provider.getBalance(await relay.getAddress())).to.equal(0n);
  });
});
