import { expect } from "chai";
import { policyParameters, type PolicyChanges, type PolicyParameter } from "@sluice/sdk";

import { judged } from "../shared/gate.ts";
import { BAND, DAY, ethers, networkHelpers, POLICY } from "../shared/suite.ts";
import {
  asTimelock,
  changing,
  council,
  enacted,
  executionOf,
  MILLION,
  now,
  queued,
  voters,
  type Council,
} from "./council.ts";

const LAST = 2n ** 256n - 1n;

/** Calls the registry as the timelock would, past the rest. */
async function change(c: Council, changes: PolicyChanges) {
  const rows = policyParameters.flatMap((name, parameter) => {
    const value = changes[name];
    return value === undefined ? [] : [{ parameter, value }];
  });
  return c.registry.connect(await asTimelock(c)).changePolicy(rows);
}

const rest = () => networkHelpers.time.increase(DAY);

describe("governance: a vote changes the policy", () => {
  it("from proposal to execution, for payments authorized afterwards and not for earlier ones", async () => {
    const c = await voters();
    const earlier = await networkHelpers.time.latestBlock();
    const tx = await enacted(c, await changing(c, { HoldAt: 9_600 }), [c.alice, c.bob]);
    await expect(tx).to.emit(c.registry, "ParameterChanged").withArgs(0, 9_700, 9_600);
    await expect(tx).to.emit(c.gate, "PolicySet");
    const block = tx.blockNumber ?? 0;
    await networkHelpers.mine(2);
    const { policy, epoch, fromBlock } = await c.gate.policyAt(block + 1);
    expect([policy.holdAt, policy.blockAt, policy.stride, fromBlock]).to.deep.equal([
      9_600n,
      9_950n,
      16n,
      BigInt(block + 1),
    ]);
    expect(epoch).to.equal(await c.suite.epoch.getAddress());
    expect((await judged(c.suite, earlier, { score: 9_650 })).band).to.equal(BAND.Allow);
    expect((await judged(c.suite, block, { score: 9_650 })).band).to.equal(BAND.Allow);
    expect((await judged(c.suite, block + 1, { score: 9_650 })).band).to.equal(BAND.Hold);
    expect((await judged(c.suite, block + 1, { score: 9_599 })).band).to.equal(BAND.Allow);
  });

  it("and executes nothing that is outside the bounds, however many vote for it", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 7_999 });
    await queued(c, proposal, [c.alice, c.bob, c.carol]);
    await expect(c.governor.execute(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds")
      .withArgs(0, 7_999, 8_000, 10_001);
    expect((await c.gate.policyAt(LAST)).policy.holdAt).to.equal(POLICY.holdAt);
  });

  it("and executes nothing that is more than one step", async () => {
    const c = await voters();
    const proposal = await changing(c, { HoldAt: 9_499 });
    await queued(c, proposal, [c.alice, c.bob, c.carol]);
    await expect(c.governor.execute(...executionOf(proposal)))
      .to.be.revertedWithCustomError(c.registry, "StepTooLarge")
      .withArgs(0, 9_499, 9_500, 9_900);
  });
});

/** Each parameter's rule, and what one change reaches from the suite's policy. */
const RULES: Record<
  PolicyParameter,
  {
    field: keyof typeof POLICY;
    rule: [number | bigint, number | bigint, number, boolean];
    reach: [number | bigint, number | bigint];
  }
> = {
  HoldAt: { field: "holdAt", rule: [8_000, 10_001, 200, false], reach: [9_500, 9_900] },
  BlockAt: { field: "blockAt", rule: [9_000, 10_001, 100, false], reach: [9_850, 10_001] },
  ProtocolFeeBps: { field: "protocolFeeBps", rule: [0, 50, 10, false], reach: [0, 10] },
  RefreshLog2: { field: "refreshLog2", rule: [8, 23, 1, false], reach: [8, 9] },
  HoldDelay: { field: "holdDelay", rule: [600, 30 * DAY, 2, true], reach: [DAY / 2, 2 * DAY] },
  Grace: { field: "grace", rule: [3_600, 7 * DAY, 2, true], reach: [DAY, 4 * DAY] },
  AppealDelay: { field: "appealDelay", rule: [3_600, 14 * DAY, 2, true], reach: [(3 * DAY) / 2, 6 * DAY] },
  SilenceDelay: { field: "silenceDelay", rule: [600, 7 * DAY, 2, true], reach: [DAY / 4, DAY] },
  SilenceCap: { field: "silenceCap", rule: [1_000_000, 2n ** 48n - 1n, 4, true], reach: [250_000_000, 4_000_000_000] },
  ChargeCap: { field: "chargeCap", rule: [1_000_000, 2n ** 48n - 1n, 4, true], reach: [250_000_000, 4_000_000_000] },
  ChannelCap: { field: "channelCap", rule: [1_000_000, 2n ** 48n - 1n, 4, true], reach: [25_000_000, 400_000_000] },
  Stride: { field: "stride", rule: [1, 128, 2, true], reach: [8, 32] },
  AuditShare: { field: "auditShare", rule: [0, 500, 50, false], reach: [0, 50] },
};

describe("PolicyRegistry.changePolicy: bounds and steps", () => {
  for (const [index, name] of policyParameters.entries()) {
    const { field, rule, reach } = RULES[name];
    it(`moves ${name} within its reach and no further`, async () => {
      const c = await council();
      expect([...(await c.registry.rule(index))]).to.deep.equal([...rule.slice(0, 3).map(BigInt), rule[3]]);
      expect([...(await c.registry.reach(index))]).to.deep.equal(reach.map(BigInt));
      const [lowest, highest] = [BigInt(reach[0]), BigInt(reach[1])];
      const [hardLowest, hardHighest] = [BigInt(rule[0]), BigInt(rule[1])];
      for (const value of [lowest - 1n, highest + 1n].filter((one) => one >= 0n)) {
        const outside = value < hardLowest || value > hardHighest;
        const [error, low, high] = outside
          ? ["ParameterOutOfBounds", hardLowest, hardHighest]
          : ["StepTooLarge", lowest, highest];
        await expect(change(c, { [name]: value }))
          .to.be.revertedWithCustomError(c.registry, String(error))
          .withArgs(index, value, low, high);
      }
      const current = BigInt(POLICY[field]);
      const target = lowest === current ? highest : lowest;
      await expect(change(c, { [name]: target }))
        .to.emit(c.registry, "ParameterChanged")
        .withArgs(index, current, target);
      const { policy } = await c.gate.policyAt(LAST);
      for (const [key, value] of Object.entries(POLICY)) {
        expect(policy[key as keyof typeof POLICY], key).to.equal(key === field ? target : BigInt(value)); // a policy's own field
      }
    });
  }

  it("reaches the hard bound from near it and not beyond", async () => {
    const c = await council();
    await change(c, { BlockAt: 10_001 });
    expect([...(await c.registry.reach(1))]).to.deep.equal([9_901n, 10_001n]);
    await rest();
    await expect(change(c, { BlockAt: 10_002 }))
      .to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds")
      .withArgs(1, 10_002, 9_000, 10_001);
  });

  it("leaves it to the gate that Hold begins no later than Block", async () => {
    const c = await council();
    await change(c, { HoldAt: 9_900, BlockAt: 9_900 });
    await rest();
    await expect(change(c, { HoldAt: 9_901 })).to.be.revertedWithCustomError(c.gate, "PolicyOutOfBounds");
  });
});

describe("PolicyRegistry.changePolicy: form", () => {
  it("changes several parameters at once and writes the gate once", async () => {
    const c = await council();
    const count = await c.gate.policyCount();
    await change(c, { HoldAt: 9_600, ProtocolFeeBps: 10, Stride: 32 });
    const { policy } = await c.gate.policyAt(LAST);
    expect([policy.holdAt, policy.protocolFeeBps, policy.stride]).to.deep.equal([9_600n, 10n, 32n]);
    expect(await c.gate.policyCount()).to.equal(count + 1n);
  });

  it("lets a parameter rest for a day after a change, and no other", async () => {
    const c = await council();
    await change(c, { HoldAt: 9_600 });
    const until = (await now()) + BigInt(DAY);
    expect(await c.registry.restsUntil(0)).to.equal(until);
    const timelock = c.registry.connect(await asTimelock(c));
    await timelock.changePolicy([{ parameter: 1, value: 9_900 }]);
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(timelock.changePolicy([{ parameter: 0, value: 9_500 }]))
      .to.be.revertedWithCustomError(c.registry, "ParameterAtRest")
      .withArgs(0, until - 1n, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await timelock.changePolicy([{ parameter: 0, value: 9_500 }]);
  });

  it("changes a parameter three times in any 30 days, and not a fourth time", async () => {
    const c = await council();
    const made: bigint[] = [];
    for (const value of [9_600, 9_500, 9_400]) {
      await change(c, { HoldAt: value });
      made.push(await now());
      await rest();
    }
    const until = made[0]! + 30n * BigInt(DAY);
    expect(await c.registry.restsUntil(0)).to.equal(until);
    const timelock = c.registry.connect(await asTimelock(c));
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(timelock.changePolicy([{ parameter: 0, value: 9_300 }]))
      .to.be.revertedWithCustomError(c.registry, "ParameterAtRest")
      .withArgs(0, until - 1n, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    await timelock.changePolicy([{ parameter: 0, value: 9_300 }]);
    expect(await c.registry.restsUntil(0)).to.equal(made[1]! + 30n * BigInt(DAY));
  });

  it("refuses one parameter twice, no change, and the value it has", async () => {
    const c = await council();
    const registry = c.registry.connect(await asTimelock(c));
    const row = { parameter: 4, value: 2 * DAY };
    await expect(registry.changePolicy([row, row]))
      .to.be.revertedWithCustomError(c.registry, "ParametersOutOfOrder")
      .withArgs(4, 4);
    await expect(registry.changePolicy([row, { parameter: 3, value: 9 }]))
      .to.be.revertedWithCustomError(c.registry, "ParametersOutOfOrder")
      .withArgs(4, 3);
    await expect(registry.changePolicy([])).to.be.revertedWithCustomError(c.registry, "ChangesEmpty");
    await expect(registry.changePolicy([{ parameter: 0, value: 9_700 }]))
      .to.be.revertedWithCustomError(c.registry, "ParameterUnchanged")
      .withArgs(0, 9_700);
  });

  it("is the timelock's alone, as everything that changes something", async () => {
    const c = await voters();
    const epoch = await c.suite.epoch.getAddress();
    const args = [c.alice.address, await c.timelock.getAddress()];
    const registry = c.registry.connect(c.alice);
    for (const act of [
      () => registry.changePolicy([{ parameter: 0, value: 9_600 }]),
      () => registry.registerEpoch(epoch, `0x${"00".repeat(32)}`, `0x${"00".repeat(32)}`),
      () => registry.activateEpoch(epoch),
      () => registry.revokeEpoch(epoch),
      () => registry.disableSigners(epoch, 1),
      () => registry.setReviewer(c.alice.address, true),
      () => registry.changeSmall(0, 9_680),
      () => registry.setGuardian(c.alice.address, 1, 1),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(c.registry, "NotTimelock")
        .withArgs(...args);
    }
  });

  it("refuses to govern a gate whose policy lies outside the bounds", async () => {
    const c = await council();
    const gate = await ethers.deployContract("RiskGate", [
      { ...POLICY, holdAt: 5_000 },
      await c.suite.epoch.getAddress(),
      c.alice.address,
    ]);
    const args = [await gate.getAddress(), await c.timelock.getAddress(), await c.attesters.getAddress()] as const;
    await expect(ethers.deployContract("PolicyRegistry", [...args]))
      .to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds")
      .withArgs(0, 5_000, 8_000, 10_001);
  });

  it("cannot be done around the registry: the deployer and the timelock are not the gate's governor", async () => {
    const c = await council();
    for (const who of [c.suite.deployer, await asTimelock(c)]) {
      await expect(c.gate.connect(who).setPolicy(POLICY, await c.suite.epoch.getAddress()))
        .to.be.revertedWithCustomError(c.gate, "NotGovernor")
        .withArgs(who.address, await c.registry.getAddress());
    }
    expect(await c.sluice.balanceOf(c.alice.address)).to.equal(10n * MILLION);
  });
});
