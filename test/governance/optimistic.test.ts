import { expect } from "chai";
import {
  callProposal,
  policyProposal,
  proposalArguments,
  proposalId,
  smallStepProposal,
  type Proposal,
} from "@sluice/sdk";

import { governance } from "../../sdk/src/index.ts";
import { DAY, networkHelpers, POLICY } from "../shared/suite.ts";
import {
  asTimelock,
  council,
  executionOf,
  MILLION,
  now,
  STATE,
  toEnd,
  toVote,
  VOTE,
  voters,
  type Council,
  type Holder,
} from "./council.ts";

const LAST = 2n ** 256n - 1n;

async function step(c: Council, value = 9_680, why = "Hold a little more"): Promise<Proposal> {
  return smallStepProposal("HoldAt", value, await c.registry.getAddress(), why);
}

async function propose(c: Council, proposal: Proposal, by: Holder = c.alice): Promise<bigint> {
  await c.governor.connect(by).proposeOptimistic(...proposalArguments(proposal));
  return proposalId(proposal);
}

describe("SluiceGovernor.proposeOptimistic", () => {
  it("passes in silence, through the same timelock as every proposal", async () => {
    const c = await voters();
    const proposal = await step(c);
    const { event } = await governance.proposeOptimistic(c.alice, c.governorSite, proposal);
    const id = event.proposalId;
    expect([id, await c.governor.isOptimistic(id), await c.governor.state(id)]).to.deep.equal([
      proposalId(proposal),
      true,
      STATE.Pending,
    ]);
    await toVote(c, id);
    expect(await c.governor.state(id)).to.equal(STATE.Active);
    await toEnd(c, id);
    expect([...(await c.governor.proposalVotes(id)), await c.governor.state(id)]).to.deep.equal([
      0n,
      0n,
      0n,
      STATE.Succeeded,
    ]);
    await c.governor.queue(...executionOf(proposal));
    const eta = await c.governor.proposalEta(id);
    expect(eta).to.equal((await now()) + BigInt(DAY));
    await networkHelpers.time.increaseTo(eta);
    const tx = await c.governor.connect(c.dave).execute(...executionOf(proposal));
    await expect(tx).to.emit(c.registry, "ParameterChanged").withArgs(0, 9_700, 9_680);
    expect((await c.gate.policyAt(LAST)).policy.holdAt).to.equal(9_680);
  });

  it("emits that it is one, besides what every reader of governors knows", async () => {
    const c = await voters();
    const proposal = await step(c);
    const tx = c.governor.connect(c.alice).proposeOptimistic(...proposalArguments(proposal));
    await expect(tx).to.emit(c.governor, "OptimisticProposed").withArgs(proposalId(proposal));
    await expect(tx).to.emit(c.governor, "ProposalCreated");
    expect(await c.governor.proposalCount()).to.equal(1);
  });

  it("is vetoed by 5 % of the stake at its snapshot, however many vote for it, and not by less", async () => {
    for (const [against, state] of [
      [400_000, STATE.Defeated],
      [399_999, STATE.Succeeded],
    ] as const) {
      const c = await voters();
      const unit = MILLION / 1_000_000n;
      await c.stake.connect(c.dave).stake(BigInt(against) * unit);
      await c.stake.connect(c.carol).stake(MILLION - BigInt(against) * unit); // 8,000,000 in all
      await networkHelpers.time.increase(10);
      const id = await propose(c, await step(c));
      await toVote(c, id);
      expect(await c.governor.vetoVotes(await c.governor.proposalSnapshot(id))).to.equal(400_000n * unit);
      await c.governor.connect(c.dave).castVote(id, VOTE.Against);
      await c.governor.connect(c.alice).castVote(id, VOTE.For);
      await toEnd(c, id);
      expect(await c.governor.state(id), `${against}`).to.equal(state);
    }
  });

  it("is not kept open by a veto at the last second", async () => {
    const c = await voters();
    const id = await propose(c, await step(c));
    const deadline = await c.governor.proposalDeadline(id);
    await networkHelpers.time.setNextBlockTimestamp(deadline);
    await c.governor.connect(c.bob).castVote(id, VOTE.Against);
    expect(await c.governor.proposalDeadline(id)).to.equal(deadline);
    await networkHelpers.time.increase(1);
    expect(await c.governor.state(id)).to.equal(STATE.Defeated);
  });

  it("takes one small step at the registry and nothing else", async () => {
    const c = await voters();
    const registry = await c.registry.getAddress();
    const good = await step(c);
    const [target = "", data = ""] = [good.targets[0], good.calldatas[0]];
    const refused: Proposal[] = [
      policyProposal({ HoldAt: 9_680 }, registry, "a vote's change"),
      callProposal(
        [
          { target, data },
          { target, data },
        ],
        "two steps",
      ),
      callProposal([{ target, data, value: 1n }], "with coins"),
      callProposal([{ target: await c.sluice.getAddress(), data }], "another target"),
      callProposal([{ target, data: "0x" }], "no function"),
      { targets: [], values: [], calldatas: [], description: "nothing" },
      { ...good, calldatas: [] },
    ];
    for (const proposal of refused) {
      await expect(
        c.governor.connect(c.alice).proposeOptimistic(...proposalArguments(proposal)),
        proposal.description,
      ).to.be.revertedWithCustomError(c.governor, "NotASmallStep");
    }
    expect(await c.governor.proposalCount()).to.equal(0);
  });

  it("needs the threshold of votes and one proposal at a time, as propose does", async () => {
    const c = await voters();
    await expect(propose(c, await step(c), c.dave)).to.be.revertedWithCustomError(
      c.governor,
      "GovernorInsufficientProposerVotes",
    );
    const id = await propose(c, await step(c));
    await expect(propose(c, await step(c, 9_690, "Another")))
      .to.be.revertedWithCustomError(c.governor, "ProposerBusy")
      .withArgs(c.alice.address, id);
  });

  it("does not make the same step, proposed to be voted on, pass in silence", async () => {
    const c = await voters();
    const proposal = await step(c);
    await c.governor.connect(c.alice).propose(...proposalArguments(proposal));
    const id = proposalId(proposal);
    await expect(propose(c, proposal, c.bob)).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnexpectedProposalState",
    );
    await toEnd(c, id);
    expect([await c.governor.isOptimistic(id), await c.governor.state(id)]).to.deep.equal([false, STATE.Defeated]);
  });

  it("passes nothing before the staked floor is reached", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(4n * MILLION);
    await networkHelpers.time.increase(10);
    const proposal = await step(c);
    const id = await propose(c, proposal);
    await toEnd(c, id);
    await expect(c.governor.queue(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.governor, "TreasuryLocked")
      .withArgs(await c.registry.getAddress(), 4n * MILLION, 5n * MILLION);
  });

  it("can be cancelled by the guardian", async () => {
    const c = await voters();
    const proposal = await step(c);
    const id = await propose(c, proposal);
    await toEnd(c, id);
    await c.governor.queue(...executionOf(proposal));
    await c.governor.connect(c.guardian).cancel(...executionOf(proposal));
    expect(await c.governor.state(id)).to.equal(STATE.Canceled);
  });
});

/** What a small step reaches from the suite's policy; nothing where both are the value itself. */
const SMALL = [
  ["HoldAt", 9_650, 9_750],
  ["BlockAt", 9_925, 9_975],
  ["ProtocolFeeBps", 0, 0],
  ["RefreshLog2", 8, 8],
  ["HoldDelay", (DAY * 7) / 8, (DAY * 9) / 8],
  ["Grace", (2 * DAY * 7) / 8, (2 * DAY * 9) / 8],
  ["AppealDelay", (3 * DAY * 7) / 8, (3 * DAY * 9) / 8],
  ["SilenceDelay", (DAY / 2) * (7 / 8), (DAY / 2) * (9 / 8)],
  ["SilenceCap", 875_000_000, 1_125_000_000],
  ["ChargeCap", 875_000_000, 1_125_000_000],
  ["ChannelCap", 87_500_000, 112_500_000],
  ["Stride", 16, 16],
  ["AuditShare", 0, 10],
] as const;

describe("PolicyRegistry.changeSmall", () => {
  for (const [index, [name, lowest, highest]] of SMALL.entries()) {
    it(`moves ${name} ${lowest === highest ? "not at all" : "by a small step and no further"}`, async () => {
      const c = await council();
      const timelock = c.registry.connect(await asTimelock(c));
      expect([...(await c.registry.smallReach(index))]).to.deep.equal([BigInt(lowest), BigInt(highest)]);
      const outside = [lowest - 1, highest + 1].filter((value) => value >= 0);
      for (const value of outside) {
        const [hardLowest, hardHighest] = await c.registry.rule(index);
        const error = value < hardLowest || value > hardHighest ? "ParameterOutOfBounds" : "StepTooLarge";
        await expect(timelock.changeSmall(index, value)).to.be.revertedWithCustomError(c.registry, error);
      }
      if (lowest === highest) return;
      await expect(timelock.changeSmall(index, highest)).to.emit(c.registry, "ParameterChanged");
    });
  }

  it("lets each parameter make one in 30 days, beside what votes change", async () => {
    const c = await council();
    const timelock = c.registry.connect(await asTimelock(c));
    await timelock.changeSmall(0, 9_650);
    const until = (await now()) + 30n * BigInt(DAY);
    expect(await c.registry.smallRestsUntil(0)).to.equal(until);
    expect(await c.registry.restsUntil(0)).to.equal(0);
    await timelock.changePolicy([{ parameter: 0, value: 9_450 }]);
    await timelock.changeSmall(1, 9_925);
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(timelock.changeSmall(0, 9_440))
      .to.be.revertedWithCustomError(c.registry, "ParameterAtRest")
      .withArgs(0, until - 1n, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await timelock.changeSmall(0, 9_440);
  });

  it("refuses the value that is there", async () => {
    const c = await council();
    await expect(c.registry.connect(await asTimelock(c)).changeSmall(0, POLICY.holdAt))
      .to.be.revertedWithCustomError(c.registry, "ParameterUnchanged")
      .withArgs(0, POLICY.holdAt);
  });
});
