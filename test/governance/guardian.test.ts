import { expect } from "chai";

import { inOneBlock, judged } from "../shared/gate.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { BAND, DAY, ethers, networkHelpers, POLICY } from "../shared/suite.ts";
import { anEpoch, asTimelock, council, now, type Council } from "./council.ts";

const LAST = 2n ** 256n - 1n;
const BLOCKS = 50;
const HOLD_AT = 0;
const BLOCK_AT = 1;
const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 1);

/** A council whose timelock has named a guardian of the policy for half a year. */
async function guarded() {
  const c = await council();
  const until = (await now()) + 180n * BigInt(DAY);
  const timelock = c.registry.connect(await asTimelock(c));
  await timelock.setGuardian(c.guardian.address, until, BLOCKS);
  return { c, until, timelock, registry: c.registry.connect(c.guardian) };
}

async function thresholds(c: Council, block: number | bigint): Promise<number[]> {
  const { policy } = await c.gate.policyAt(block);
  return [Number(policy.holdAt), Number(policy.blockAt)];
}

const voted = [POLICY.holdAt, POLICY.blockAt];

describe("PolicyRegistry.tighten", () => {
  it("lowers the thresholds for the blocks that were voted, and then the voted policy is back by itself", async () => {
    const { c, registry } = await guarded();
    const tx = await registry.tighten(9_000, 9_800);
    const block = tx.blockNumber ?? 0;
    const toBlock = block + 1 + BLOCKS;
    await expect(tx).to.emit(c.registry, "Tightened").withArgs(c.guardian.address, 9_000, 9_800, toBlock);
    for (const [at, expected] of [
      [block, voted],
      [block + 1, [9_000, 9_800]],
      [toBlock - 1, [9_000, 9_800]],
      [toBlock, voted],
    ] as const) {
      expect(await thresholds(c, at), `block ${at}`).to.deep.equal(expected);
    }
    expect(await c.registry.tightened()).to.equal(true);
    await networkHelpers.mine(BLOCKS + 3);
    expect(await c.registry.tightened()).to.equal(false);
    const bands = [];
    for (const at of [block, block + 1, toBlock - 1, toBlock]) {
      bands.push((await judged(c.suite, at, { score: 9_100 })).band);
    }
    expect(bands).to.deep.equal([BAND.Allow, BAND.Hold, BAND.Hold, BAND.Allow]);
  });

  it("leaves every other parameter, the epoch and its disabled signers as they are", async () => {
    const { c, registry, timelock } = await guarded();
    await timelock.disableSigners(await c.suite.epoch.getAddress(), 4);
    const tx = await registry.tighten(9_000, 9_900);
    const found = await c.gate.policyAt((tx.blockNumber ?? 0) + 1);
    const expected: Record<string, number | bigint> = { ...POLICY, holdAt: 9_000, blockAt: 9_900 };
    for (const [name, value] of Object.entries(expected)) {
      expect(found.policy[name as keyof typeof POLICY], name).to.equal(value); // a policy's own field
    }
    expect([found.epoch, found.disabledSigners, found.revoked]).to.deep.equal([
      await c.suite.epoch.getAddress(),
      4n,
      false,
    ]);
  });

  it("reverts for anybody else, in the second in which the term ends, and without a guardian", async () => {
    const { c, until, registry, timelock } = await guarded();
    const act = (who = registry) => who.tighten(9_600, 9_950);
    await expect(act(c.registry.connect(c.alice)))
      .to.be.revertedWithCustomError(c.registry, "NotGuardian")
      .withArgs(c.alice.address, c.guardian.address, until);
    await expect(act(timelock)).to.be.revertedWithCustomError(c.registry, "NotGuardian");
    await networkHelpers.time.setNextBlockTimestamp(until);
    await expect(act()).to.be.revertedWithCustomError(c.registry, "NotGuardian");
    const bare = await council();
    await expect(bare.registry.connect(bare.guardian).tighten(9_600, 9_950))
      .to.be.revertedWithCustomError(bare.registry, "NotGuardian")
      .withArgs(bare.guardian.address, ethers.ZeroAddress, 0);
  });

  it("works once for each vote that names him", async () => {
    const { c, until, registry, timelock } = await guarded();
    await registry.tighten(9_600, 9_950);
    await networkHelpers.mine(BLOCKS + 1);
    await networkHelpers.time.increase(100 * DAY);
    await expect(registry.tighten(9_600, 9_950))
      .to.be.revertedWithCustomError(c.registry, "GuardianSpent")
      .withArgs(c.guardian.address);
    await timelock.setGuardian(c.guardian.address, until, BLOCKS);
    await registry.tighten(9_600, 9_950);
  });

  it("cannot be made longer by naming him again while it is in force", async () => {
    const { c, until, registry, timelock } = await guarded();
    await registry.tighten(9_600, 9_950);
    await timelock.setGuardian(c.guardian.address, until, 2_419_200);
    await expect(registry.tighten(9_500, 9_950)).to.be.revertedWithCustomError(c.gate, "PolicyNotInForce");
    await networkHelpers.mine(BLOCKS);
    expect(await thresholds(c, await networkHelpers.time.latestBlock())).to.deep.equal(voted);
  });

  it("reverts for nothing, below the hard bounds, and where it would block what the vote allows", async () => {
    const { c, registry } = await guarded();
    await expect(registry.tighten(9_700, 9_950)).to.be.revertedWithCustomError(c.registry, "ChangesEmpty");
    await expect(registry.tighten(7_999, 9_950))
      .to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds")
      .withArgs(HOLD_AT, 7_999, 8_000, 10_001);
    await expect(registry.tighten(8_000, 8_999))
      .to.be.revertedWithCustomError(c.registry, "ParameterOutOfBounds")
      .withArgs(BLOCK_AT, 8_999, 9_000, 10_001);
    await expect(registry.tighten(8_000, 9_699))
      .to.be.revertedWithCustomError(c.registry, "BlocksTheAllowed")
      .withArgs(9_699, 9_700);
    await registry.tighten(8_000, 9_700);
  });

  it(`never loosens, whatever he asks for (seed ${seed})`, async () => {
    const { c, registry } = await guarded();
    const r = random(seed);
    const around = [0, 1, 8_000, 9_000, POLICY.holdAt, POLICY.blockAt, 10_001, 65_535];
    for (let run = 0; run < fuzzRuns(300); run += 1) {
      const any = () => Math.max(0, r.pick(around) + r.below(2_001) - 1_000);
      const [holdAt, blockAt] = [any(), any()];
      const allowed =
        holdAt >= 8_000 &&
        holdAt <= POLICY.holdAt &&
        blockAt >= POLICY.holdAt &&
        blockAt <= POLICY.blockAt &&
        (holdAt < POLICY.holdAt || blockAt < POLICY.blockAt);
      const passed = await registry.tighten.staticCall(holdAt, blockAt).then(
        () => true,
        () => false,
      );
      expect(passed, `${holdAt}, ${blockAt}`).to.equal(allowed);
    }
    await expect(registry.tighten(9_701, 9_950))
      .to.be.revertedWithCustomError(c.registry, "WouldLoosen")
      .withArgs(HOLD_AT, 9_701, 9_700);
    await expect(registry.tighten(9_700, 9_951))
      .to.be.revertedWithCustomError(c.registry, "WouldLoosen")
      .withArgs(BLOCK_AT, 9_951, 9_950);
  });

  it("is all he can do: everything else is the timelock's, at the registry and at the gate", async () => {
    const { c, registry } = await guarded();
    const epoch = await c.suite.epoch.getAddress();
    const hash = ethers.ZeroHash;
    for (const act of [
      () => registry.changePolicy([{ parameter: 0, value: 9_800 }]),
      () => registry.changeSmall(0, 9_720),
      () => registry.setGuardian(c.guardian.address, 2n ** 40n, BLOCKS),
      () => registry.registerEpoch(epoch, hash, hash),
      () => registry.activateEpoch(epoch),
      () => registry.revokeEpoch(epoch),
      () => registry.disableSigners(epoch, 7),
      () => registry.setReviewer(c.guardian.address, true),
    ]) {
      await expect(act()).to.be.revertedWithCustomError(c.registry, "NotTimelock");
    }
    const gate = c.gate.connect(c.guardian);
    for (const act of [() => gate.tighten(9_600, 9_950, 1), () => gate.setPolicy(POLICY, epoch)]) {
      await expect(act()).to.be.revertedWithCustomError(c.gate, "NotGovernor");
    }
  });
});

describe("PolicyRegistry: the end of a tightening", () => {
  it("comes at once by a vote that changes the policy, which counts from the voted values", async () => {
    const { c, registry, timelock } = await guarded();
    await registry.tighten(8_000, 9_700);
    const tx = await timelock.changePolicy([{ parameter: 0, value: 9_900 }]);
    const block = tx.blockNumber ?? 0;
    expect(await thresholds(c, block)).to.deep.equal([8_000, 9_700]);
    for (const at of [block + 1, block + BLOCKS + 9]) expect(await thresholds(c, at)).to.deep.equal([9_900, 9_950]);
    expect(await c.registry.tightened()).to.equal(false);
  });

  it("comes with a new epoch as well", async () => {
    const { c, registry } = await guarded();
    await registry.tighten(8_000, 9_700);
    const epoch = await (await anEpoch(c, c.suite.keys)).getAddress();
    await networkHelpers.impersonateAccount(await c.registry.getAddress());
    await networkHelpers.setBalance(await c.registry.getAddress(), 10n ** 20n);
    await c.gate.connect(await ethers.getSigner(await c.registry.getAddress())).setPolicy(POLICY, epoch);
    expect(await thresholds(c, (await networkHelpers.time.latestBlock()) + 1)).to.deep.equal(voted);
    expect((await c.gate.policyAt(LAST)).epoch).to.equal(epoch);
  });

  it("is everybody's to call after seven days, however slow blocks are, and a vote's before", async () => {
    const { c, registry, timelock } = await guarded();
    await registry.tighten(9_000, 9_800);
    const until = (await now()) + 7n * BigInt(DAY);
    const anybody = c.registry.connect(c.dave);
    await networkHelpers.time.setNextBlockTimestamp(until - 1n);
    await expect(anybody.endTightening())
      .to.be.revertedWithCustomError(c.registry, "StillTightened")
      .withArgs(until - 1n, until);
    await networkHelpers.time.setNextBlockTimestamp(until);
    const tx = await anybody.endTightening();
    await expect(tx).to.emit(c.registry, "TighteningEnded").withArgs(c.dave.address);
    expect(await thresholds(c, (tx.blockNumber ?? 0) + 1)).to.deep.equal(voted);
    await expect(anybody.endTightening()).to.be.revertedWithCustomError(c.registry, "NotTightened");
    await timelock.setGuardian(c.guardian.address, until + BigInt(DAY), BLOCKS);
    await registry.tighten(9_000, 9_800);
    await timelock.endTightening();
    expect(await c.registry.tightened()).to.equal(false);
  });

  it("leaves the history in order where vote and tightening meet in one block", async () => {
    const { c, registry, timelock } = await guarded();
    const count = await c.gate.policyCount();
    await inOneBlock([
      () => registry.tighten(9_000, 9_800, { gasLimit: 500_000 }),
      () => timelock.changePolicy([{ parameter: 0, value: 9_600 }], { gasLimit: 500_000 }),
    ]);
    const block = await networkHelpers.time.latestBlock();
    expect([await thresholds(c, block), await thresholds(c, block + 1), await thresholds(c, LAST)]).to.deep.equal([
      voted,
      [9_600, 9_950],
      [9_600, 9_950],
    ]);
    expect(await c.gate.policyCount()).to.equal(count + 1n);
  });

  it("is waited for by what passes without a quorum", async () => {
    const { c, registry, timelock } = await guarded();
    const tx = await registry.tighten(9_000, 9_800);
    await expect(timelock.changeSmall(0, 9_720))
      .to.be.revertedWithCustomError(c.registry, "PolicyTightened")
      .withArgs((tx.blockNumber ?? 0) + 1 + BLOCKS);
    await networkHelpers.mine(BLOCKS);
    await timelock.changeSmall(0, 9_720);
    expect((await c.gate.policyAt(LAST)).policy.holdAt).to.equal(9_720);
  });
});

describe("PolicyRegistry.setGuardian", () => {
  it("refuses a term of more than a year, no blocks and too many", async () => {
    const { c, timelock } = await guarded();
    const second = (await now()) + 100n;
    const latest = second + 365n * BigInt(DAY);
    await networkHelpers.time.setNextBlockTimestamp(second);
    await expect(timelock.setGuardian(c.dave.address, latest + 1n, BLOCKS))
      .to.be.revertedWithCustomError(c.registry, "GuardianTermTooLong")
      .withArgs(latest + 1n, latest);
    for (const blocks of [0, 2_419_201]) {
      await expect(timelock.setGuardian(c.dave.address, second, blocks))
        .to.be.revertedWithCustomError(c.registry, "TightenedBlocksOutOfBounds")
        .withArgs(blocks, 2_419_200);
    }
  });

  it("says who he is, until when, for how long, and whether he has acted", async () => {
    const { c, until, registry } = await guarded();
    expect([...(await c.registry.guardian())]).to.deep.equal([c.guardian.address, until, BigInt(BLOCKS), false]);
    await registry.tighten(9_600, 9_950);
    expect((await c.registry.guardian()).spent).to.equal(true);
  });
});
