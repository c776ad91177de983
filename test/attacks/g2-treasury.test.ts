import {
  grantProposal,
  spendProposal,
  treasuryCapProposal,
  callProposal,
  proposalId,
  type Proposal,
} from "@sluice/sdk";
import { expect } from "chai";

import {
  council,
  enacted,
  executionOf,
  HOUR,
  MILLION,
  propose,
  queued,
  toVote,
  VOTE,
  type Council,
} from "../governance/council.ts";
import { DAY, ethers, networkHelpers, UNIT } from "../shared/suite.ts";

const HELD = 20n * MILLION;
const COINS = 500n * UNIT;
const COIN = ethers.ZeroAddress;

/** Ten million staked, of which the attacker has barely the quorum; the others do not look at a weekend. */
async function weekend() {
  const c = await council();
  const treasury = await ethers.deployContract("Treasury", [await c.timelock.getAddress(), 1_000n]);
  const at = await treasury.getAddress();
  const grants = await ethers.deployContract("GrantStreams", [await c.timelock.getAddress(), at]);
  await c.sluice.transfer(at, HELD);
  await c.suite.deployer.sendTransaction({ to: at, value: COINS });
  await c.stake.connect(c.bob).stake(8_900_000n * UNIT);
  await c.stake.connect(c.alice).stake(1_100_000n * UNIT);
  await networkHelpers.time.increase(10);
  return { c, treasury, at, grants, token: await c.sluice.getAddress() };
}

type Weekend = Awaited<ReturnType<typeof weekend>>;

/** The attacker's vote alone, from proposal to the second in which it can be executed. */
async function passed(c: Council, proposal: Proposal): Promise<() => Promise<unknown>> {
  await queued(c, proposal, [c.alice]);
  return () => c.governor.execute(...executionOf(proposal));
}

function share(part: bigint, whole: bigint): string {
  return `${Number((part * 10_000n) / whole) / 100} %`;
}

async function attempt(act: () => Promise<unknown>, world: Weekend, args: unknown[]): Promise<void> {
  await expect(act())
    .to.be.revertedWithCustomError(world.treasury, "AboveCap")
    .withArgs(...args);
}

describe("G2: a low-turnout vote on the treasury", () => {
  it("takes a tenth of each token and not a unit more, however it is cut", async () => {
    const world = await weekend();
    const { c, treasury, at, token, grants } = world;
    const [thief, cap] = [c.alice.address, HELD / 10n];
    const whole = spendProposal([{ token, to: thief, amount: HELD }], at, "All of it");
    await attempt(await passed(c, whole), world, [token, HELD, cap]);

    const cut = Array.from({ length: 20 }, () => ({ token, to: thief, amount: HELD / 20n }));
    await attempt(await passed(c, spendProposal(cut, at, "In twenty parts")), world, [token, (cap * 3n) / 2n, cap]);

    const now = await networkHelpers.time.latest();
    const times = { startSeconds: now - 10, cliffSeconds: now - 10, endSeconds: now - 9 };
    const grant = { token, recipient: thief, amount: cap + 1n, ...times };
    const site = { treasury: at, grants: await grants.getAddress() };
    await attempt(await passed(c, grantProposal(grant, site, "As a grant")), world, [token, cap + 1n, cap]);

    const inOne = [
      { token, to: thief, amount: cap },
      { token: COIN, to: thief, amount: COINS / 10n },
    ];
    const before = await c.sluice.balanceOf(thief);
    const tenth = spendProposal(inOne, at, "A tenth of each");
    await enacted(c, tenth, [c.alice]);
    const taken = (await c.sluice.balanceOf(thief)) - before;
    expect(taken).to.equal(cap);
    expect(await ethers.provider.getBalance(at)).to.equal((COINS * 9n) / 10n);
    expect(await treasury.spendable(token)).to.equal(0n);

    const [, votesFor] = await c.governor.proposalVotes(proposalId(tenth));
    const quorum = await c.governor.quorum((await networkHelpers.time.latest()) - 1);
    console.log(
      `      turnout ${share(votesFor, 10n * MILLION)} of the stake, quorum ${share(quorum, 10n * MILLION)}:`,
    );
    console.log(
      `      asked for ${share(HELD, HELD)} of ${HELD / UNIT} SLUICE, got ${share(taken, HELD)}, ${taken / UNIT}`,
    );
  });

  it("gets the next tenth only thirty days and another vote later", async () => {
    const world = await weekend();
    const { c, at, token, treasury } = world;
    const thief = c.alice.address;
    await enacted(c, spendProposal([{ token, to: thief, amount: HELD / 10n }], at, "First"), [c.alice]);
    const first = await networkHelpers.time.latest();
    const again = await passed(c, spendProposal([{ token, to: thief, amount: UNIT }], at, "Second"));
    const waited = (await networkHelpers.time.latest()) - first;
    await attempt(again, world, [token, HELD / 10n + UNIT, HELD / 10n]);
    await networkHelpers.time.increaseTo(first + 30 * DAY);
    expect(await treasury.spendable(token)).to.equal((HELD * 9n) / 100n);
    await again();
    console.log(`      a second vote was ready after ${Math.floor(waited / HOUR)} h and waited until day 30`);
  });

  it("cannot raise the cap and use it: that takes fourteen days more, in steps of 2.5 points", async () => {
    const world = await weekend();
    const { c, at, token, treasury } = world;
    const far = await passed(c, treasuryCapProposal(token, 2_500, at, "As far as it goes"));
    await expect(far()).to.be.revertedWithCustomError(treasury, "CapStepTooLarge");
    const raise = treasuryCapProposal(token, 1_250, at, "A step");
    const spend = spendProposal([{ token, to: c.alice.address, amount: HELD / 8n }], at, "At once");
    const both = callProposal(
      [raise, spend].map(({ targets, calldatas }) => ({ target: targets[0] ?? "", data: calldatas[0] ?? "" })),
      "A step, and at once",
    );
    await attempt(await passed(c, both), world, [token, HELD / 8n, HELD / 10n]);
    await enacted(c, raise, [c.alice]);
    // Those who slept wake up: a lower cap counts at once and drops the higher one that waits.
    await enacted(c, treasuryCapProposal(token, 750, at, "No"), [c.bob]);
    await networkHelpers.time.increase(14 * DAY);
    expect((await treasury.capOf(token)).bps).to.equal(750n);
  });

  it("finds nothing in the timelock, nor a way around by what else it governs", async () => {
    const { c, at, treasury } = await weekend();
    const timelock = await c.timelock.getAddress();
    expect(await c.sluice.balanceOf(timelock)).to.equal(0n);
    // The pool's rest, which no root has promised, goes where the cap is.
    const gate = await c.gate.getAddress();
    const token = await c.suite.token.getAddress();
    const pool = await ethers.deployContract("RebatePool", [gate, timelock, token, 1n, DAY, DAY, at]);
    const poolAt = await pool.getAddress();
    await c.suite.token.connect(c.suite.payer).approve(poolAt, 1_000n);
    await pool.connect(c.suite.payer).fund(token, 1_000n);
    const data = pool.interface.encodeFunctionData("withdraw", [token, 1_000n]);
    const spend = treasury.interface.encodeFunctionData("spend", [token, c.alice.address, 1_000n]);
    const calls = [
      { target: poolAt, data },
      { target: at, data: spend },
    ];
    const steal = await passed(c, callProposal(calls, "Empty the pool"));
    await expect(steal()).to.be.revertedWithCustomError(treasury, "AboveCap").withArgs(token, 1_000n, 100n);
    await enacted(c, callProposal(calls.slice(0, 1), "Take the rest out"), [c.alice]);
    expect(await c.suite.token.balanceOf(at)).to.equal(1_000n);
  });

  it("can be stopped by whoever looks: the others outvote it while it is open", async () => {
    const { c, at, token } = await weekend();
    const proposal = spendProposal([{ token, to: c.alice.address, amount: HELD / 10n }], at, "Nobody will see");
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await c.governor.connect(c.bob).castVote(id, VOTE.Against);
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) + 1n);
    await expect(c.governor.queue(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
  });
});
