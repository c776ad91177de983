import { expect } from "chai";
import { encodeBytes32String, ZeroAddress } from "ethers";

import { inOneBlock, judged, type PolicyValues } from "../shared/gate.ts";
import { BAND, DAY, epochConfig, ethers, fixture, networkHelpers, POLICY, type Suite } from "../shared/suite.ts";

/** Each parameter with its bounds; a change that keeps the rest valid at both ends. */
const BOUNDS: { name: keyof PolicyValues; lowest: number; highest: number; with?: Partial<PolicyValues> }[] = [
  { name: "blockAt", lowest: 1, highest: 10_001, with: { holdAt: 1 } },
  { name: "holdAt", lowest: 1, highest: POLICY.blockAt },
  { name: "protocolFeeBps", lowest: 0, highest: 50 },
  { name: "refreshLog2", lowest: 8, highest: 23 },
  { name: "holdDelay", lowest: 0, highest: 30 * DAY },
  { name: "grace", lowest: 1, highest: 7 * DAY },
  { name: "appealDelay", lowest: 0, highest: 14 * DAY },
  { name: "silenceDelay", lowest: 1, highest: 7 * DAY },
  { name: "stride", lowest: 1, highest: 128 },
  { name: "auditShare", lowest: 0, highest: 500 },
];

async function set(suite: Suite, changes: Partial<PolicyValues>) {
  return suite.gate.setPolicy({ ...POLICY, ...changes }, await suite.epoch.getAddress());
}

describe("RiskGate.setPolicy: bounds", () => {
  for (const { name, lowest, highest, with: others } of BOUNDS) {
    it(`takes ${name} from ${lowest} to ${highest} and nothing beside`, async () => {
      const suite = await fixture();
      for (const value of [lowest, highest]) {
        await set(suite, { ...others, [name]: value });
        const next = (await networkHelpers.time.latestBlock()) + 1;
        const { policy } = await suite.gate.policyAt(next);
        expect(policy[name]).to.equal(value);
      }
      const outside = lowest > 0 ? [lowest - 1, highest + 1] : [highest + 1];
      for (const value of outside) {
        await expect(set(suite, { ...others, [name]: value }))
          .to.be.revertedWithCustomError(suite.gate, "PolicyOutOfBounds")
          .withArgs(encodeBytes32String(name), value, lowest, highest);
      }
    });
  }

  it("keeps every parameter apart at its highest value", async () => {
    const suite = await fixture();
    const highest = Object.fromEntries(BOUNDS.map((bound) => [bound.name, bound.highest]));
    const values = {
      ...POLICY,
      ...highest,
      holdAt: 10_001,
      silenceCap: 2n ** 48n - 1n,
      chargeCap: 2n ** 48n - 1n,
      channelCap: 2n ** 48n - 1n,
    };
    await set(suite, values);
    const { policy, epoch, disabledSigners, revoked } = await suite.gate.policyAt(2n ** 32n - 1n);
    for (const [name, value] of Object.entries(values)) {
      expect(policy[name as keyof PolicyValues], name).to.equal(value); // the names are those of the policy
    }
    expect([epoch, disabledSigners, revoked]).to.deep.equal([await suite.epoch.getAddress(), 0n, false]);
  });

  it("never blocks when blockAt is 10,001, and never holds when holdAt is too", async () => {
    const suite = await fixture();
    await set(suite, { holdAt: 10_001, blockAt: 10_001 });
    await networkHelpers.mine(2);
    const block = (await networkHelpers.time.latestBlock()) - 1;
    expect((await judged(suite, block, { score: 10_000 })).band).to.equal(BAND.Allow);
  });

  it("reverts for an epoch without code", async () => {
    const suite = await fixture();
    await expect(suite.gate.setPolicy(POLICY, suite.stranger.address))
      .to.be.revertedWithCustomError(suite.gate, "EpochWithoutCode")
      .withArgs(suite.stranger.address);
  });
});

describe("RiskGate: history of policies", () => {
  it("judges each payment by the policy of its block, among twenty", async () => {
    const suite = await fixture();
    const changes = [{ from: Number((await suite.gate.policyAt(2n ** 32n - 1n)).fromBlock), holdAt: POLICY.holdAt }];
    for (let i = 0; i < 20; i += 1) {
      const holdAt = 1_000 + i;
      const tx = await set(suite, { holdAt });
      await expect(tx).to.emit(suite.gate, "PolicySet");
      changes.push({ from: (tx.blockNumber ?? 0) + 1, holdAt });
      await networkHelpers.mine(1 + ((i * 7) % 5));
    }
    expect(await suite.gate.policyCount()).to.equal(21);
    const last = await networkHelpers.time.latestBlock();
    for (let block = changes[0]!.from; block <= last + 2; block += 1) {
      const expected = changes.findLast((change) => change.from <= block);
      const { policy, fromBlock } = await suite.gate.policyAt(block);
      expect([policy.holdAt, fromBlock]).to.deep.equal([BigInt(expected!.holdAt), BigInt(expected!.from)], `${block}`);
    }
  });

  it("applies a change to the thresholds from the next block on, not to payments of its own block", async () => {
    const suite = await fixture();
    const tx = await set(suite, { holdAt: 100 });
    const block = tx.blockNumber ?? 0;
    await networkHelpers.mine(2);
    expect((await judged(suite, block, { score: 100 })).band).to.equal(BAND.Allow);
    expect((await judged(suite, block + 1, { score: 100 })).band).to.equal(BAND.Hold);
    expect((await judged(suite, block + 1, { score: 99 })).band).to.equal(BAND.Allow);
  });

  it("replaces the first of two changes in one block", async () => {
    const suite = await fixture();
    await inOneBlock([() => set(suite, { holdAt: 111 }), () => set(suite, { holdAt: 222 })]);
    expect(await suite.gate.policyCount()).to.equal(2);
    const block = await networkHelpers.time.latestBlock();
    const holdAt = async (at: number) => (await suite.gate.policyAt(at)).policy.holdAt;
    expect([await holdAt(block), await holdAt(block + 1)]).to.deep.equal([BigInt(POLICY.holdAt), 222n]);
  });

  it("knows no policy for blocks up to its own deployment", async () => {
    const suite = await fixture();
    const config = epochConfig(suite.keys, 2, await suite.token.getAddress());
    const epoch = await (await ethers.deployContract("DirectEpoch", [config])).getAddress();
    const gate = await ethers.deployContract("RiskGate", [POLICY, epoch, suite.deployer.address]);
    const first = (await networkHelpers.time.latestBlock()) + 1;
    await expect(gate.policyAt(first - 1))
      .to.be.revertedWithCustomError(gate, "NoPolicyAt")
      .withArgs(first - 1, first);
    expect((await gate.policyAt(first)).fromBlock).to.equal(first);
    await gate.setPolicy({ ...POLICY, holdAt: 5 }, epoch);
    await expect(gate.policyAt(first - 1))
      .to.be.revertedWithCustomError(gate, "NoPolicyAt")
      .withArgs(first - 1, first);
  });
});

describe("RiskGate: governor", () => {
  it("reverts every change by anybody else", async () => {
    const suite = await fixture();
    const gate = suite.gate.connect(suite.stranger);
    const epoch = await suite.epoch.getAddress();
    const args = [suite.stranger.address, suite.deployer.address];
    for (const act of [
      () => gate.setPolicy(POLICY, epoch),
      () => gate.revokeEpoch(epoch),
      () => gate.disableSigners(epoch, 1),
      () => gate.setGovernor(suite.stranger.address),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(gate, "NotGovernor")
        .withArgs(...args);
    }
  });

  it("hands the role over, and not to nobody", async () => {
    const suite = await fixture();
    await expect(suite.gate.setGovernor(ZeroAddress)).to.be.revertedWithCustomError(suite.gate, "GovernorZero");
    await expect(suite.gate.setGovernor(suite.arbiter.address))
      .to.emit(suite.gate, "GovernorSet")
      .withArgs(suite.arbiter.address);
    expect(await suite.gate.governor()).to.equal(suite.arbiter.address);
    await expect(set(suite, {}))
      .to.be.revertedWithCustomError(suite.gate, "NotGovernor")
      .withArgs(suite.deployer.address, suite.arbiter.address);
    await suite.gate.connect(suite.arbiter).setPolicy(POLICY, await suite.epoch.getAddress());
  });

  it("reverts a deployment for no governor", async () => {
    const suite = await fixture();
    const deploy = ethers.deployContract("RiskGate", [POLICY, await suite.epoch.getAddress(), ZeroAddress]);
    await expect(deploy).to.be.revertedWithCustomError(suite.gate, "GovernorZero");
  });
});
