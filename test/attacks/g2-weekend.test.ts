import { expect } from "chai";
import { callProposal, proposalArguments, proposalId, type Proposal } from "@sluice/sdk";

import { council, executionOf, HOUR, MILLION, STATE, VOTE, type Council } from "../governance/council.ts";
import { DAY, networkHelpers } from "../shared/suite.ts";

const TREASURY = 15n * MILLION;
const FRIDAY = 18 * HOUR; // when the offices close, UTC
const print = (line: string) => process.stdout.write(`    ${line}\n`);
const millions = (amount: bigint) => `${Number(amount / 10n ** 15n) / 1_000_000_000} M`;

/** Twenty million are staked, three of them by the attacker; the treasury holds fifteen. */
async function busy(): Promise<Council> {
  const c = await council();
  for (const [holder, amount] of [
    [c.alice, 8n],
    [c.bob, 5n],
    [c.carol, 4n],
    [c.dave, 3n],
  ] as const) {
    await c.stake.connect(holder).stake(amount * MILLION);
  }
  await c.sluice.transfer(await c.timelock.getAddress(), TREASURY);
  return c;
}

/** The next Friday evening. */
async function friday(): Promise<bigint> {
  const second = (await networkHelpers.time.latest()) + DAY;
  const dayOfWeek = (Math.floor(second / DAY) + 4) % 7; // the epoch began on a Thursday; Sunday is 0
  const day = Math.floor(second / DAY) + ((5 - dayOfWeek + 7) % 7);
  return BigInt(day * DAY + FRIDAY);
}

async function plunder(c: Council): Promise<Proposal> {
  const data = c.sluice.interface.encodeFunctionData("transfer", [c.dave.address, TREASURY]);
  return callProposal([{ target: await c.sluice.getAddress(), data }], "Liquidity programme");
}

/** Proposed on Friday evening, voted for by the attacker alone in the last minute of the vote. */
async function attacked(c: Council) {
  const proposal = await plunder(c);
  const id = proposalId(proposal);
  const start = await friday();
  await networkHelpers.time.setNextBlockTimestamp(start);
  await c.governor.connect(c.dave).propose(...proposalArguments(proposal));
  const first = await c.governor.proposalDeadline(id);
  await networkHelpers.time.setNextBlockTimestamp(first - 60n);
  await c.governor.connect(c.dave).castVote(id, VOTE.For);
  return { proposal, id, start, first, deadline: await c.governor.proposalDeadline(id) };
}

const weekday = (second: bigint) =>
  new Date(Number(second) * 1_000).toUTCString().replace(/^(\w+), .* (\d\d:\d\d):\d\d GMT$/, "$1 $2");

/** Seconds of Monday to Friday, 9 to 17, in a span of time. */
function officeSeconds(from: number, to: number): number {
  let total = 0;
  for (let day = Math.floor(from / DAY); day * DAY < to; day += 1) {
    const dayOfWeek = (day + 4) % 7;
    if (dayOfWeek === 0 || dayOfWeek === 6) continue;
    const [opens, closes] = [day * DAY + 9 * HOUR, day * DAY + 17 * HOUR];
    total += Math.max(0, Math.min(to, closes) - Math.max(from, opens));
  }
  return total;
}

describe("G2: a vote on a weekend that nobody expects", () => {
  it("costs the attacker a quorum that stays at risk, and gives everybody until Wednesday to see it", async () => {
    const c = await busy();
    const { proposal, id, start, first, deadline } = await attacked(c);
    const snapshot = await c.governor.proposalSnapshot(id);
    const [staked, quorum] = [await c.stake.getPastTotalSupply(snapshot), await c.governor.quorum(snapshot)];
    const { forVotes } = await c.governor.proposalVotes(id);
    await networkHelpers.time.increaseTo(deadline + 1n);
    await c.governor.queue(...executionOf(proposal));
    const eta = await c.governor.proposalEta(id);
    print(`proposed ${weekday(start)}, deadline ${weekday(first)}, moved to ${weekday(deadline)} by the late quorum`);
    print(
      `turnout ${millions(forVotes)} of ${millions(staked)} staked = ${(forVotes * 100n) / staked} %, quorum ${millions(quorum)}`,
    );
    print(`in the best case for the attacker ${millions(TREASURY)} leave, not before ${weekday(eta)}`);
    expect([deadline - first, eta - deadline > 3n * BigInt(DAY)]).to.deep.equal([BigInt(6 * HOUR - 60), true]);
    await networkHelpers.time.increaseTo(eta - 2n);
    await expect(c.governor.execute(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.timelock,
      "TimelockUnexpectedOperationState",
    );
    await c.governor.connect(c.guardian).cancel(...executionOf(proposal));
    await networkHelpers.time.increaseTo(eta + 1n);
    await expect(c.governor.execute(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
    expect(await c.sluice.balanceOf(await c.timelock.getAddress())).to.equal(TREASURY);
    print(`cancelled by the guardian on the way: ${millions(0n)} left`);
  });

  it("is answered in the extension by holders who were asleep", async () => {
    const c = await busy();
    const { id, first, deadline } = await attacked(c);
    await networkHelpers.time.increaseTo(first + 3_600n);
    await c.governor.connect(c.carol).castVote(id, VOTE.Against);
    await networkHelpers.time.increaseTo(deadline + 1n);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
    print("one holder of 4 M awake in the six hours more: defeated, 0 M left");
  });

  it("passes nothing below the quorum, which grows with the stake", async () => {
    const c = await busy();
    await c.stake.connect(c.dave).unstake((MILLION * 6n) / 5n); // 1.8 M of 18.8 M stay
    const { id, first } = await attacked(c);
    await networkHelpers.time.increaseTo(first + BigInt(DAY));
    const quorum = await c.governor.quorum(await c.governor.proposalSnapshot(id));
    print(`with ${millions((MILLION * 9n) / 5n)} of a quorum of ${millions(quorum)}: defeated`);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
  });

  it("leaves at least a day of office hours between proposal and payment, whenever it begins", async () => {
    const c = await busy();
    const delay = [await c.governor.votingDelay(), await c.governor.votingPeriod()].reduce((sum, one) => sum + one, 0n);
    const { targets, values, calldatas } = await plunder(c);
    const whole = Number(delay + (await c.timelock.delayOf([...targets], [...values], [...calldatas])));
    const hours = Array.from({ length: 7 * 24 }, (_, hour) => officeSeconds(hour * HOUR, hour * HOUR + whole) / HOUR);
    print(
      `from proposal to payment ${whole / HOUR} h, of them office hours ${Math.min(...hours)} to ${Math.max(...hours)}`,
    );
    expect(Math.min(...hours)).to.be.at.least(8);
  });
});
