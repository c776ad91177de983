import { answeredList, answersHash, attesterPeriodDigest, type Answered, type AttesterPeriod } from "@sluice/sdk";
import { expect } from "chai";
import { Signature, toBeHex, type SigningKey } from "ethers";

import { ethers, networkHelpers, UNIT } from "../shared/suite.ts";
import { COIN, holds, money, type Money } from "./world.ts";

async function periodOf(world: Money, list: readonly Answered[], changes: Partial<AttesterPeriod> = {}) {
  const toBlock = (await ethers.provider.getBlockNumber()) - 1;
  const toBlockHash = (await ethers.provider.getBlock(toBlock))?.hash ?? "";
  const fromBlock = (await world.rewards.period()) === 0n ? 1 : Number(await world.rewards.periodEnd()) + 1;
  const period = (await world.rewards.period()) + 1n;
  return { period, fromBlock, toBlock, toBlockHash, answers: answersHash(list), ...changes };
}

async function signed(world: Money, period: AttesterPeriod, keys: readonly SigningKey[] = world.keys.slice(0, 2)) {
  const site = { chainId: world.chainId, attesterRewards: await world.rewards.getAddress() };
  const digest = attesterPeriodDigest(period, site);
  return `0x${keys.map((key) => Signature.from(key.sign(digest).serialized).compactSerialized.slice(2)).join("")}`;
}

/** Posts a period in which payee, operator and arbiter answered so often. */
async function posted(world: Money, ...counts: [bigint, bigint, bigint]) {
  const accounts = [world.payee, world.operator, world.arbiter];
  const list = answeredList(accounts.map((one, index) => ({ account: one.address, count: counts[index] ?? 0n })));
  await networkHelpers.mine(2);
  const period = await periodOf(world, list);
  await world.rewards.connect(world.stranger).post(period, list, await signed(world, period));
  return list;
}

describe("AttesterRewards.post", () => {
  it("takes a quorum's list, each period after the last, its blocks without a gap", async () => {
    const world = await money();
    const { rewards } = world;
    const list = await posted(world, 3n, 2n, 1n);
    expect([await rewards.period(), await rewards.answersHash()]).to.deep.equal([1n, answersHash(list)]);
    await networkHelpers.mine(3);
    const next = await periodOf(world, list);
    const attempt = async (changes: Partial<AttesterPeriod>) => {
      const period = { ...next, ...changes };
      return rewards.post(period, list, await signed(world, period));
    };
    await expect(attempt({ period: 1n }))
      .to.be.revertedWithCustomError(rewards, "WrongPeriod")
      .withArgs(2n, 1n);
    for (const changes of [
      { fromBlock: next.fromBlock + 1 },
      { fromBlock: next.fromBlock - 1 },
      { toBlock: next.fromBlock - 1 },
      { toBlock: 2 ** 40 },
    ]) {
      await expect(attempt(changes)).to.be.revertedWithCustomError(rewards, "PeriodBlocksInvalid");
    }
    await expect(attempt({ toBlockHash: toBeHex(1, 32) })).to.be.revertedWithCustomError(rewards, "BlockHashMismatch");
    await attempt({});
  });

  it("refuses another list than was signed, one out of order, repeated or with zeros, and an empty one", async () => {
    const world = await money();
    const { rewards, payee, operator } = world;
    const good = answeredList([
      { account: payee.address, count: 2n },
      { account: operator.address, count: 1n },
    ]);
    const attempt = async (list: readonly Answered[], signedFor = list) => {
      const period = await periodOf(world, signedFor);
      return rewards.post(period, [...list], await signed(world, period));
    };
    await expect(attempt(good, good.slice(0, 1))).to.be.revertedWithCustomError(rewards, "AnswersMismatch");
    const [first, second] = good;
    for (const list of [[second!, first!], [first!, first!], [{ ...first!, count: 0n }], []]) {
      await expect(attempt(list)).to.be.revertedWithCustomError(rewards, "AnswersInvalid");
    }
    await attempt(good);
  });

  it("refuses too few, foreign and repeated signatures, and those of another period", async () => {
    const world = await money();
    const { rewards, keys } = world;
    const list = answeredList([{ account: world.payee.address, count: 1n }]);
    const period = await periodOf(world, list);
    const [first] = keys;
    const attempt = async (signatures: string) => rewards.post(period, list, signatures);
    const one = await signed(world, period, [first!]);
    await expect(attempt(one)).to.be.revertedWithCustomError(rewards, "QuorumNotMet");
    await expect(attempt(one + one.slice(2))).to.be.revertedWithCustomError(rewards, "SignersNotSorted");
    const other = await signed(world, { ...period, period: 9n });
    await expect(attempt(other)).to.be.revertedWithCustomError(rewards, "NotASigner");
  });
});

describe("AttesterRewards.distribute", () => {
  it("credits by answered requests and sends the rounding to the treasury", async () => {
    const world = await money();
    const { rewards, token, address, payee, operator, arbiter, treasuryAt, stranger } = world;
    const at = await rewards.getAddress();
    await token.mint(at, 1_000n);
    const list = await posted(world, 3n, 2n, 2n);
    await expect(rewards.connect(stranger).distribute(address, list))
      .to.emit(rewards, "Distributed")
      .withArgs(address, 1n, 1_000n, 2n);
    const owed = await Promise.all([payee, operator, arbiter].map((one) => rewards.owed(address, one.address)));
    expect(owed).to.deep.equal([428n, 285n, 285n]);
    expect([await holds(address, treasuryAt), await holds(address, at)]).to.deep.equal([2n, 998n]);
  });

  it("applies a list once to a token: what comes later waits for the next period's", async () => {
    const world = await money();
    const { rewards, token, address, payee, operator } = world;
    const at = await rewards.getAddress();
    await token.mint(at, 900n);
    const list = await posted(world, 2n, 1n, 0n);
    await rewards.distribute(address, list);
    await token.mint(at, 100n);
    await expect(rewards.distribute(address, list))
      .to.be.revertedWithCustomError(rewards, "AlreadyDistributed")
      .withArgs(address, 1n);
    const next = await posted(world, 0n, 5n, 0n);
    await expect(rewards.distribute(address, list)).to.be.revertedWithCustomError(rewards, "AnswersMismatch");
    await rewards.distribute(address, next);
    expect(await rewards.owed(address, payee.address)).to.equal(600n);
    expect(await rewards.owed(address, operator.address)).to.equal(400n);
    const third = await posted(world, 1n, 0n, 0n);
    await expect(rewards.distribute(address, third)).to.be.revertedWithCustomError(rewards, "NothingToDistribute");
  });

  it("does nothing before the first period", async () => {
    const { rewards, token, address } = await money();
    await token.mint(await rewards.getAddress(), 900n);
    await expect(rewards.distribute(address, [])).to.be.revertedWithCustomError(rewards, "AlreadyDistributed");
  });
});

describe("AttesterRewards.claim", () => {
  it("pays anybody by anybody's call, late ones too, and nothing is left after the last", async () => {
    const world = await money();
    const { rewards, token, address, payee, operator, arbiter, stranger, treasuryAt } = world;
    const at = await rewards.getAddress();
    await token.mint(at, 1_000n);
    await rewards.distribute(address, await posted(world, 3n, 2n, 2n));
    await token.mint(at, 777n);
    await rewards.distribute(address, await posted(world, 1n, 1n, 1n));
    await networkHelpers.time.increase(10 * 365 * 86_400);
    for (const one of [payee, operator, arbiter]) await rewards.connect(stranger).claim(address, one.address);
    const got = await Promise.all([payee, operator, arbiter].map((one) => holds(address, one.address)));
    expect(got).to.deep.equal([687n, 544n, 544n]);
    expect(await holds(address, at)).to.equal(0n);
    expect(await holds(address, treasuryAt)).to.equal(2n);
    await expect(rewards.claim(address, payee.address)).to.be.revertedWithCustomError(rewards, "NothingToClaim");
  });

  it("pays the chain's coin, and keeps a denied account's claim for later while nobody else waits", async () => {
    const world = await money();
    const { rewards, payee, operator } = world;
    const at = await rewards.getAddress();
    await operator.sendTransaction({ to: at, value: UNIT });
    const denying = await ethers.deployContract("DenyListToken");
    const deniedAt = await denying.getAddress();
    await denying.mint(at, 100n);
    const list = await posted(world, 1n, 1n, 0n);
    await rewards.distribute(COIN, list);
    await rewards.distribute(deniedAt, list);
    await expect(rewards.claim(COIN, payee.address)).to.changeEtherBalance(ethers, payee, UNIT / 2n);
    await denying.setDenied(payee.address, true);
    await expect(rewards.claim(deniedAt, payee.address)).to.be.revertedWithCustomError(rewards, "TransferFailed");
    await rewards.claim(deniedAt, operator.address);
    await denying.setDenied(payee.address, false);
    await rewards.claim(deniedAt, payee.address);
    expect(await denying.balanceOf(payee.address)).to.equal(50n);
  });
});
