import { expect } from "chai";
import { callProposal, smallStepProposal } from "@sluice/sdk";

import { DAY, ethers, networkHelpers } from "../shared/suite.ts";
import {
  changing,
  enacted,
  executionOf,
  HOUR,
  MILLION,
  now,
  propose,
  queued,
  toVote,
  VOTE,
  voted,
  voters,
  type Council,
} from "./council.ts";

type Settings = Council["parameters"]["settings"];

async function deployed(c: Council, changes: Partial<Settings>) {
  const targets = [await c.registry.getAddress()];
  const settings = { ...c.parameters.settings, ...changes };
  return ethers.deployContract("SluiceGovernor", [
    await c.stake.getAddress(),
    await c.timelock.getAddress(),
    settings,
    targets,
  ]);
}

describe("SluiceGovernor: settings", () => {
  const longest = 7 * DAY - 6 * HOUR; // unbonding less the late-quorum extension
  const refused: [what: string, changes: Partial<Settings>, error: string, args: (number | bigint)[]][] = [
    ["no voting delay", { votingDelay: 0 }, "VotingDelayTooShort", [0, HOUR]],
    ["a voting delay below an hour", { votingDelay: HOUR - 1 }, "VotingDelayTooShort", [HOUR - 1, HOUR]],
    ["a voting period below a day", { votingPeriod: DAY - 1 }, "VotingPeriodTooShort", [DAY - 1, DAY]],
    [
      "a vote longer than unbonding",
      { votingPeriod: longest - HOUR + 1 },
      "VoteLongerThanUnbonding",
      [7 * DAY + 1, 7 * DAY],
    ],
    ["a delay longer than unbonding", { votingDelay: longest + 1 }, "VoteLongerThanUnbonding", [7 * DAY + 1, 7 * DAY]],
    [
      "a threshold above the quorum of the supply",
      { proposalThreshold: MILLION + 1n },
      "ProposalThresholdTooHigh",
      [MILLION + 1n, MILLION],
    ],
    ["more than the whole stake as quorum", { quorumStakedBps: 10_001 }, "ShareOutOfRange", [10_001]],
    ["more than the whole supply as quorum", { quorumSupplyBps: 10_001 }, "ShareOutOfRange", [10_001]],
  ];
  for (const [what, changes, error, args] of refused) {
    it(`refuse ${what}`, async () => {
      const c = await voters();
      await expect(deployed(c, changes))
        .to.be.revertedWithCustomError(c.governor, error)
        .withArgs(...args);
    });
  }

  it("take the longest vote that unbonding allows", async () => {
    const c = await voters();
    const governor = await deployed(c, { votingPeriod: longest - HOUR });
    expect(await governor.votingPeriod()).to.equal(longest - HOUR);
  });

  it("refuse a guardian for more than a year", async () => {
    const c = await voters();
    const second = (await now()) + 100n;
    await networkHelpers.time.setNextBlockTimestamp(second);
    const until = second + 365n * BigInt(DAY) + 1n;
    await expect(deployed(c, { guardianUntil: Number(until) }))
      .to.be.revertedWithCustomError(c.governor, "GuardianTermTooLong")
      .withArgs(until, until - 1n);
  });

  it("are changed by a vote, within the same bounds", async () => {
    const c = await voters();
    const target = await c.governor.getAddress();
    const data = c.governor.interface.encodeFunctionData("setVotingPeriod", [2 * DAY]);
    await expect(enacted(c, callProposal([{ target, data }], "Two days")))
      .to.emit(c.governor, "VotingPeriodSet")
      .withArgs(DAY, 2 * DAY);
    const zero = callProposal(
      [{ target, data: c.governor.interface.encodeFunctionData("setVotingDelay", [0]) }],
      "At once",
    );
    await queued(c, zero);
    await expect(c.governor.execute(...executionOf(zero)))
      .to.be.revertedWithCustomError(c.governor, "VotingDelayTooShort")
      .withArgs(0, HOUR);
  });

  it("of a live proposal stay when the settings change", async () => {
    const c = await voters();
    const target = await c.governor.getAddress();
    const data = c.governor.interface.encodeFunctionData("setVotingPeriod", [2 * DAY]);
    const settings = callProposal([{ target, data }], "Two days");
    await queued(c, settings);
    const live = await propose(c, await changing(c, { HoldAt: 9_600 }), c.bob);
    const before = [await c.governor.proposalSnapshot(live), await c.governor.proposalDeadline(live)];
    await c.governor.execute(...executionOf(settings));
    expect([await c.governor.proposalSnapshot(live), await c.governor.proposalDeadline(live)]).to.deep.equal(before);
  });

  it("name a new guardian by a vote", async () => {
    const c = await voters();
    const until = (await now()) + 100n * BigInt(DAY);
    const data = c.governor.interface.encodeFunctionData("setGuardian", [c.dave.address, until]);
    await expect(enacted(c, callProposal([{ target: await c.governor.getAddress(), data }], "Dave guards")))
      .to.emit(c.governor, "GuardianSet")
      .withArgs(c.dave.address, until);
    expect([...(await c.governor.guardian())]).to.deep.equal([c.dave.address, until]);
    const proposal = await changing(c, { HoldAt: 9_600 });
    const id = await propose(c, proposal);
    await toVote(c, id);
    await c.governor.connect(c.alice).castVote(id, VOTE.For);
    await expect(c.governor.connect(c.guardian).cancel(...executionOf(proposal))).to.be.revertedWithCustomError(
      c.governor,
      "GovernorUnableToCancel",
    );
    await c.governor.connect(c.dave).cancel(...executionOf(proposal));
  });
});

async function smallStep(c: Council) {
  return smallStepProposal("HoldAt", 9_680, await c.registry.getAddress(), "Hold a little more");
}

describe("SluiceTimelock", () => {
  it("refuses a delay below a day, at deployment and by vote", async () => {
    const c = await voters();
    await expect(ethers.deployContract("SluiceTimelock", [DAY - 1, c.alice.address]))
      .to.be.revertedWithCustomError(c.timelock, "DelayTooShort")
      .withArgs(DAY - 1, DAY);
    const target = await c.timelock.getAddress();
    const short = callProposal(
      [{ target, data: c.timelock.interface.encodeFunctionData("updateDelay", [0]) }],
      "No delay",
    );
    await queued(c, short);
    await expect(c.governor.execute(...executionOf(short)))
      .to.be.revertedWithCustomError(c.timelock, "DelayTooShort")
      .withArgs(0, DAY);
    const long = callProposal(
      [{ target, data: c.timelock.interface.encodeFunctionData("updateDelay", [2 * DAY]) }],
      "Two days",
    );
    await expect(enacted(c, long))
      .to.emit(c.timelock, "MinDelayChange")
      .withArgs(DAY, 2 * DAY);
  });

  it("waits one, two or three shortest delays, as the gravest call asks, and the governor says the same second", async () => {
    const c = await voters();
    const registry = await c.registry.getAddress();
    const other = {
      target: await c.sluice.getAddress(),
      data: c.sluice.interface.encodeFunctionData("approve", [registry, 1]),
    };
    const small = (await smallStep(c)).calldatas[0]!;
    const ordinary = (await changing(c, { BlockAt: 9_900 })).calldatas[0]!;
    const cases: [factor: bigint, calls: { target: string; data: string; value?: bigint }[]][] = [
      [1n, [{ target: registry, data: small }]],
      [2n, [{ target: registry, data: ordinary }]],
      [
        2n,
        [
          { target: registry, data: small },
          { target: registry, data: ordinary },
        ],
      ],
      [3n, [{ target: registry, data: small }, other]],
      [3n, [{ target: registry, data: small, value: 1n }]],
      [3n, [{ target: registry, data: "0x" }]],
      [3n, [{ target: await c.governor.getAddress(), data: small }]],
    ];
    for (const [index, [factor, calls]] of cases.entries()) {
      const proposal = callProposal(calls, `Case ${index}`);
      const id = await voted(c, proposal, [c.alice]);
      await c.governor.queue(...executionOf(proposal));
      expect(await c.governor.proposalEta(id), `case ${index}`).to.equal((await now()) + factor * BigInt(DAY));
      expect(
        await c.timelock.delayOf(proposal.targets.slice(), proposal.values.slice(), proposal.calldatas.slice()),
      ).to.equal(factor * BigInt(DAY));
      if (index > 0) continue;
      await networkHelpers.time.setNextBlockTimestamp((await c.governor.proposalEta(id)) - 1n);
      await expect(c.governor.execute(...executionOf(proposal))).to.be.revertedWithCustomError(
        c.timelock,
        "TimelockUnexpectedOperationState",
      );
      await networkHelpers.time.increaseTo(await c.governor.proposalEta(id));
      await c.governor.execute(...executionOf(proposal));
    }
  });

  it("makes single operations wait as long, and refuses lists of different lengths", async () => {
    const c = await voters();
    const governor = await c.governor.getAddress();
    await networkHelpers.impersonateAccount(governor);
    await networkHelpers.setBalance(governor, 10n ** 20n);
    const timelock = c.timelock.connect(await ethers.getSigner(governor));
    const registry = await c.registry.getAddress();
    for (const [data, days] of [
      [(await smallStep(c)).calldatas[0]!, 1n],
      ["0x", 3n],
    ] as const) {
      await timelock.schedule(registry, 0, data, ethers.ZeroHash, ethers.ZeroHash, DAY);
      const operation = await timelock.hashOperation(registry, 0, data, ethers.ZeroHash, ethers.ZeroHash);
      expect(await timelock.getTimestamp(operation)).to.equal((await now()) + days * BigInt(DAY));
    }
    await expect(timelock.delayOf([registry], [], ["0x"])).to.be.revertedWithCustomError(
      c.timelock,
      "TimelockInvalidOperationLength",
    );
  });

  it("lets nobody but a vote say which call waits how long", async () => {
    const c = await voters();
    const [registry, selector] = [await c.registry.getAddress(), "0x12345678"];
    await expect(c.timelock.setDelayClass(registry, selector, 2))
      .to.be.revertedWithCustomError(c.timelock, "AccessControlUnauthorizedAccount")
      .withArgs(c.suite.deployer.address, ethers.ZeroHash);
    const target = await c.timelock.getAddress();
    const data = c.timelock.interface.encodeFunctionData("setDelayClass", [registry, selector, 2]);
    const proposal = callProposal([{ target, data }], "A shorter way");
    expect(await c.timelock.delayOf([target], [0], [data])).to.equal(3 * DAY);
    await expect(enacted(c, proposal)).to.emit(c.timelock, "DelayClassSet").withArgs(registry, selector, 2);
    expect(await c.timelock.delayClassOf(registry, selector)).to.equal(2);
  });

  it("takes operations from the governor only, and executes them for nobody else", async () => {
    const c = await voters();
    const call = [await c.sluice.getAddress(), 0, "0x", ethers.ZeroHash, ethers.ZeroHash] as const;
    const role = (name: string) => ethers.id(name);
    await expect(c.timelock.schedule(...call, DAY))
      .to.be.revertedWithCustomError(c.timelock, "AccessControlUnauthorizedAccount")
      .withArgs(c.suite.deployer.address, role("PROPOSER_ROLE"));
    await expect(c.timelock.execute(...call))
      .to.be.revertedWithCustomError(c.timelock, "AccessControlUnauthorizedAccount")
      .withArgs(c.suite.deployer.address, role("EXECUTOR_ROLE"));
    await expect(c.timelock.updateDelay(2 * DAY))
      .to.be.revertedWithCustomError(c.timelock, "TimelockUnauthorizedCaller")
      .withArgs(c.suite.deployer.address);
  });
});
