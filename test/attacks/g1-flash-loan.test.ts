import { expect } from "chai";
import { callProposal, executionArguments, proposalArguments, type Proposal } from "@sluice/sdk";
import { Interface, type TransactionReceipt } from "ethers";

import { changing, MILLION, now, propose, STATE, toVote, VOTE, voters, type Council } from "../governance/council.ts";
import { ethers, networkHelpers } from "../shared/suite.ts";

const LOAN = 50n * MILLION; // seven times what is staked, half of the supply

type Step = { name: string; target: string; data: string };

/** The lender with the loan, and a borrower that does what it was prepared for when the tokens come. */
async function scene(c: Council) {
  const lender = await ethers.deployContract("FlashLender", [await c.sluice.getAddress()]);
  const borrower = await ethers.deployContract("ActorAccount", [c.dave.address]);
  await c.sluice.transfer(await lender.getAddress(), LOAN);
  await c.sluice.transfer(await c.timelock.getAddress(), MILLION);
  return { lender, borrower, address: await borrower.getAddress(), lenderAt: await lender.getAddress() };
}

/** Beanstalk's way: a loan, votes, the proposal's execution and the repayment, one after the other. */
async function robbery(c: Council, borrower: string, lender: string, live: bigint): Promise<Step[]> {
  const [token, stake, governor] = [c.sluice, c.stake, c.governor];
  const [tokenAt, stakeAt, governorAt] = await Promise.all([token, stake, governor].map((one) => one.getAddress()));
  const loot = token.interface.encodeFunctionData("transfer", [borrower, MILLION]);
  const plan: Proposal = callProposal([{ target: tokenAt!, data: loot }], "The treasury for the borrower");
  const step = (name: string, target: string, face: Interface, args: readonly unknown[]): Step => ({
    name,
    target,
    data: face.encodeFunctionData(name, [...args]),
  });
  const execution = executionArguments(plan);
  return [
    step("approve", tokenAt!, token.interface, [stakeAt, LOAN]),
    step("stake", stakeAt!, stake.interface, [LOAN]),
    step("propose", governorAt!, governor.interface, proposalArguments(plan)),
    step("castVote", governorAt!, governor.interface, [live, VOTE.For]),
    step("queue", governorAt!, governor.interface, execution),
    step("execute", governorAt!, governor.interface, execution),
    step("unstake", stakeAt!, stake.interface, [LOAN]),
    step("withdraw", stakeAt!, stake.interface, []),
    step("transfer", tokenAt!, token.interface, [lender, LOAN]),
  ];
}

/** How each prepared call ended: done, or the name of its error. */
function outcomes(receipt: TransactionReceipt | null, steps: readonly Step[], faces: readonly Interface[]): string[] {
  const attempts = new Interface(["event Attempt(bool success, bytes answer)"]);
  const found = (receipt?.logs ?? []).flatMap((log) => {
    const parsed = attempts.parseLog(log);
    return parsed === null ? [] : [parsed.args];
  });
  return steps.map((_, index) => {
    const [success, answer] = found[index] ?? [];
    if (success === true) return "done";
    return faces.map((face) => face.parseError(String(answer))?.name).find((name) => name !== undefined) ?? "?";
  });
}

describe("G1: the attack on Beanstalk, played against this governor", () => {
  it("refuses every step after the loan, counts no vote, and the loan itself cannot be paid back", async () => {
    const c = await voters();
    const { lender, borrower, address, lenderAt } = await scene(c);
    const live = await propose(c, await changing(c, { HoldAt: 9_600 }));
    await toVote(c, live);
    await networkHelpers.time.increase(60);
    const steps = await robbery(c, address, lenderAt, live);
    for (const { target, data } of steps) await borrower.prepare(false, target, data);

    await expect(lender.lend(address, LOAN, false))
      .to.be.revertedWithCustomError(lender, "NotRepaid")
      .withArgs(LOAN, 0);

    const tx = await lender.lend(address, LOAN, true);
    const faces = [c.governor.interface, c.stake.interface, c.sluice.interface, c.timelock.interface];
    const ended = outcomes(await tx.wait(), steps, faces);
    const [against, votesFor, abstain] = await c.governor.proposalVotes(live);
    const treasury = await c.sluice.balanceOf(await c.timelock.getAddress());
    const snapshot = await c.governor.proposalSnapshot(live);
    process.stdout.write(
      [
        `    borrowed ${LOAN / 10n ** 18n} of ${(await c.sluice.totalSupply()) / 10n ** 18n} tokens, staked by others ${(7n * MILLION) / 10n ** 18n}`,
        ...steps.map(({ name }, index) => `    ${name.padEnd(9)} ${ended[index]}`),
        `    votes counted ${against + votesFor + abstain}, treasury ${treasury / 10n ** 18n} of ${MILLION / 10n ** 18n}`,
        `    strict lender: NotRepaid, so the whole transaction is undone`,
        "",
      ].join("\n"),
    );
    expect(ended).to.deep.equal([
      "done",
      "done",
      "GovernorInsufficientProposerVotes",
      "done", // a ballot of weight nothing
      "GovernorNonexistentProposal",
      "GovernorNonexistentProposal",
      "done",
      "StillUnbonding",
      "ERC20InsufficientBalance",
    ]);
    expect([against, votesFor, abstain, treasury]).to.deep.equal([0n, 0n, 0n, MILLION]);
    expect(await c.governor.getVotes(address, snapshot)).to.equal(0);
    expect(await c.governor.state(live)).to.equal(STATE.Active);
  });

  it("keeps what was staked for a loan until the longest vote is over", async () => {
    const c = await voters();
    const { lender, borrower, address, lenderAt } = await scene(c);
    const steps = await robbery(c, address, lenderAt, 1n);
    for (const { target, data } of steps) await borrower.prepare(false, target, data);
    await lender.lend(address, LOAN, true);
    const { unbondingUntil, unbonding } = await c.stake.position(address);
    const longest = [await c.governor.votingDelay(), await c.governor.votingPeriod()].reduce(
      (sum, one) => sum + one,
      0n,
    );
    const waits = BigInt(unbondingUntil) - (await now());
    process.stdout.write(`    locked for ${waits / 3_600n} h, a vote takes ${longest / 3_600n} h\n`);
    expect(unbonding).to.equal(LOAN);
    expect(waits >= longest + (await c.governor.lateQuorumVoteExtension())).to.equal(true);
  });
});
