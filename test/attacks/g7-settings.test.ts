import { expect } from "chai";
import { callProposal, proposalArguments, proposalId, smallStepProposal, type Proposal } from "@sluice/sdk";

import {
  asTimelock,
  changing,
  executionOf,
  HOUR,
  MILLION,
  propose,
  queued,
  STATE,
  toEnd,
  toVote,
  voted,
  VOTE,
  voters,
  type Council,
} from "../governance/council.ts";
import { DAY, networkHelpers } from "../shared/suite.ts";

type Live = Awaited<ReturnType<typeof facts>>;

/** Everything that decides about a proposal. */
async function facts(c: Council, id: bigint) {
  const snapshot = await c.governor.proposalSnapshot(id);
  const past = snapshot < BigInt(await networkHelpers.time.latest()); // what is not over yet has no votes
  return {
    snapshot,
    deadline: await c.governor.proposalDeadline(id),
    quorum: past ? await c.governor.quorum(snapshot) : undefined,
    veto: past ? await c.governor.vetoVotes(snapshot) : undefined,
    eta: await c.governor.proposalEta(id),
  };
}

/** The settings there are, each set to something else by one executed proposal. */
async function othersSettings(c: Council): Promise<Proposal> {
  const { governor, timelock } = c;
  const selector = c.registry.interface.getFunction("changePolicy").selector;
  const calls = [
    [governor, "setVotingDelay", [2 * HOUR]],
    [governor, "setVotingPeriod", [3 * DAY]],
    [governor, "setProposalThreshold", [MILLION]],
    [governor, "setGuardian", [c.dave.address, 0]],
    [timelock, "updateDelay", [5 * DAY]],
    [timelock, "setDelayClass", [await c.registry.getAddress(), selector, 0]],
  ] as const;
  const encoded = calls.map(async ([target, name, args]) => ({
    target: await target.getAddress(),
    data: target.interface.encodeFunctionData(name as never, args as never), // each name with its own arguments
  }));
  return callProposal(await Promise.all(encoded), "Everything otherwise");
}

/** Puts the settings into force while the proposals `live` are where they are; answers how those looked before and after. */
async function changed(c: Council, live: readonly bigint[], settings: Proposal): Promise<[Live[], Live[]]> {
  const look = () => Promise.all(live.map((id) => facts(c, id)));
  const before = await look();
  await c.governor.execute(...executionOf(settings));
  return [before, await look()];
}

describe("G7: settings change, live proposals do not", () => {
  it("in no stage: waiting, open, late, optimistic or queued", async () => {
    const c = await voters();
    const settings = await othersSettings(c);
    await queued(c, settings, [c.alice, c.bob]);
    const registry = await c.registry.getAddress();
    const optimistic = smallStepProposal("BlockAt", 9_960, registry, "A little");
    await c.governor.connect(c.carol).proposeOptimistic(...proposalArguments(optimistic));
    const open = await propose(c, await changing(c, { HoldAt: 9_600 }, "Open"), c.bob);
    await toVote(c, open);
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(open)) - 60n);
    await c.governor.connect(c.alice).castVote(open, VOTE.For); // late: the deadline moves
    const waiting = await propose(c, await changing(c, { HoldAt: 9_800 }, "Waiting"), c.alice);
    const [before, after] = await changed(c, [waiting, open, proposalId(optimistic)], settings);
    expect(after).to.deep.equal(before);
    await toEnd(c, open);
    const states = await Promise.all([waiting, open, proposalId(optimistic)].map((id) => c.governor.state(id)));
    expect(states).to.deep.equal([STATE.Active, STATE.Succeeded, STATE.Succeeded]);
    const next = await propose(c, await changing(c, { HoldAt: 9_500 }, "After"), c.bob);
    const made = await facts(c, next);
    const hours = (a: bigint, b: bigint) => (b - a) / 3_600n;
    process.stdout.write(
      `    open for ${hours(before[0]!.snapshot, before[0]!.deadline)} h before and after, the next one for ${hours(made.snapshot, made.deadline)} h\n`,
    );
    expect(made.deadline - made.snapshot).to.equal(3n * BigInt(DAY));
  });

  it("in the timelock: what is queued keeps its second, whatever delay and class become", async () => {
    const c = await voters();
    const settings = await othersSettings(c);
    await queued(c, settings, [c.alice, c.bob]);
    const live = await changing(c, { HoldAt: 9_600 }, "Queued");
    const id = await voted(c, live);
    await c.governor.queue(...executionOf(live));
    const [before, after] = await changed(c, [id], settings);
    expect(after).to.deep.equal(before);
    await networkHelpers.time.increaseTo(after[0]!.eta);
    await c.governor.execute(...executionOf(live));
    expect(await c.governor.state(id)).to.equal(STATE.Executed);
  });

  it("gets no shorter delay than its voters saw: a shorter one begins 30 days later", async () => {
    const c = await voters();
    const timelock = c.timelock.connect(await asTimelock(c));
    await timelock.updateDelay(4 * DAY);
    const live = await changing(c, { HoldAt: 9_600 }, "Live");
    const id = await voted(c, live);
    const tx = await timelock.updateDelay(DAY);
    const second = BigInt(await networkHelpers.time.latest());
    await expect(tx)
      .to.emit(c.timelock, "ShorterDelaySet")
      .withArgs(DAY, second + 30n * BigInt(DAY));
    expect(await c.timelock.getMinDelay()).to.equal(4 * DAY);
    await c.governor.queue(...executionOf(live));
    const eta = await c.governor.proposalEta(id);
    expect(eta).to.equal(BigInt(await networkHelpers.time.latest()) + 8n * BigInt(DAY)); // class Ordinary
    await networkHelpers.time.increaseTo(second + 30n * BigInt(DAY) - 1n);
    expect(await c.timelock.getMinDelay()).to.equal(4 * DAY);
    await networkHelpers.time.increaseTo(second + 30n * BigInt(DAY));
    expect(await c.timelock.getMinDelay()).to.equal(DAY);
  });

  it("a longer delay begins at once, also while a shorter one waits to begin", async () => {
    const c = await voters();
    const timelock = c.timelock.connect(await asTimelock(c));
    await timelock.updateDelay(4 * DAY);
    await timelock.updateDelay(DAY);
    await timelock.updateDelay(9 * DAY);
    expect(await c.timelock.getMinDelay()).to.equal(9 * DAY);
    await timelock.updateDelay(2 * DAY);
    expect(await c.timelock.getMinDelay()).to.equal(9 * DAY);
    await expect(timelock.updateDelay(366 * DAY))
      .to.be.revertedWithCustomError(c.timelock, "DelayTooLong")
      .withArgs(366 * DAY, 365 * DAY);
  });

  it("and no vote takes the governor another timelock", async () => {
    const c = await voters();
    const target = await c.governor.getAddress();
    const data = c.governor.interface.encodeFunctionData("updateTimelock", [c.dave.address]);
    const proposal = callProposal([{ target, data }], "Another treasury");
    await queued(c, proposal);
    await expect(c.governor.execute(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "TimelockFixed")
      .withArgs(await c.timelock.getAddress());
  });
});
