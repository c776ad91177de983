import { rebateTree } from "@sluice/sdk";
import { expect } from "chai";
import { toBeHex } from "ethers";

import { RebateTreeIndex } from "../../oracle/src/rebates/merkle.ts";
import { shareOf } from "../../oracle/src/rebates/share.ts";
import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { DAY, Story, table, TOKEN } from "./story.ts";

const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 8_500);
const PEOPLE = ["alice", "bob", "carol", "affiliate", "friend", "third", "shop", "stall"];

/** A table of random rates, whose tiers are reached now and then. */
function randomTable(dice: Random): ReturnType<typeof table> {
  const tier = (minVolume: string) => {
    const commissionBps = dice.below(10_000);
    const rebateBps = dice.below(10_000 - commissionBps);
    return { minVolume, maxBadBps: dice.below(10_001), minPayers: dice.below(3), commissionBps, rebateBps };
  };
  return table({
    holdSeconds: dice.below(20) * DAY,
    windowSeconds: (1 + dice.below(60)) * DAY,
    rebateTo: dice.pick(["payer", "payee"]),
    graph: { ringHops: 1 + dice.below(3), returnHops: dice.below(4), returnShareBps: 1 + dice.below(10_000) },
    tokens: { [TOKEN]: { tiers: [tier("0"), tier("1000"), tier("1000000")] } },
  });
}

/** A day of payments, captures, refunds and rulings. */
function day(dice: Random, story: Story, now: number, ids: string[]): void {
  for (let done = 0; done < 4; done++) {
    const amount = 1n + BigInt(dice.below(10 ** (1 + dice.below(9))));
    const fee = dice.below(3) === 0 ? BigInt(dice.below(3)) : (amount * BigInt(dice.below(500))) / 10_000n;
    const options = { amount, fee, day: now, payee: dice.pick(PEOPLE), captured: dice.below(4) > 0 };
    const referrer = dice.below(5) === 0 ? {} : { referrer: dice.pick(PEOPLE) };
    ids.push(story.pay(dice.pick(PEOPLE), { ...options, ...referrer, arbiter: "judge" }));
    const id = dice.pick(ids);
    const some = BigInt(1 + dice.below(5_000));
    const what = dice.below(6);
    if (what === 0) story.refund(id, some, now, dice.below(4) === 0 ? 1 : 0);
    if (what === 1) story.tell({ kind: "captured", id, amount: some, protocolFee: some / 50n, time: now * DAY });
    if (what === 2) story.tell({ kind: "listed", list: "fraud", removal: dice.below(2) === 0, entries: [id] });
    if (what === 3 && dice.below(8) === 0) story.code(dice.pick(PEOPLE), dice.pick(PEOPLE), dice.pick(PEOPLE));
  }
}

describe("rebates: what is given away stays below the fee", () => {
  it(`of each payment, on every path, and leaves never fall nor exceed the funds (seed ${SEED})`, () => {
    const earning: [accounts: number, codes: number] = [0, 0];
    let fell = 0;
    for (let run = 0; run < fuzzRuns(60); run++) {
      const dice = random(SEED + run);
      // Half of the walks by registered codes, which change hands and pay other accounts as they go.
      const story = new Story(run % 2 === 0 ? "accounts" : "codes");
      for (const name of PEOPLE) story.code(name, name, name);
      const ids: string[] = [];
      let [before, funded] = [new Map<string, bigint>(), 0n];
      const shares = new Map<string, bigint>();
      for (let period = 1; period <= 6; period++) {
        for (let now = period * 10; now < period * 10 + 10; now++) day(dice, story, now, ids);
        funded += BigInt(dice.below(40_000_000));
        const what = `seed ${SEED}, run ${run}, period ${period}`;
        const closed = story.close(period * 10 + 9, funded, randomTable(dice));
        let [earned, fees] = [0n, 0n];
        for (const { share, captures, terms, payout } of closed.payments) {
          const fee = captures.reduce((sum, { protocolFee }) => sum + protocolFee, 0n);
          const given = share.commission + share.rebate;
          expect(given === 0n || given < fee, `${what}: ${given} of ${fee}`).to.equal(true);
          expect(given === 0n || payout !== terms.payer, what).to.equal(true);
          if (given < (shares.get(terms.id) ?? 0n)) fell += 1;
          shares.set(terms.id, given);
          fees += fee;
          earned += given;
          earning[run % 2 === 0 ? 0 : 1] += given > 0n ? 1 : 0;
        }
        const now = new Map(closed.leaves.map(({ account, cumulative }) => [account, cumulative]));
        for (const [account, leaf] of before) expect(now.get(account) ?? 0n, what).to.be.at.least(leaf);
        const total = closed.leaves.reduce((sum, { cumulative }) => sum + cumulative, 0n);
        expect(total, what).to.equal(closed.total);
        expect(total <= funded, what).to.equal(true);
        // Also what was promised and clawed back later came out of fees.
        expect(total === 0n || total < fees, what).to.equal(true);
        const reported = closed.affiliates.reduce((sum, one) => sum + one.commission + one.rebate, 0n);
        expect(reported, what).to.equal(earned);
        before = now;
      }
    }
    // The walks earned something, and took some of it back.
    for (const count of earning) expect(count).to.be.greaterThan(500);
    expect(fell).to.be.greaterThan(50);
  }).timeout(0);

  it("whatever rates are asked for", () => {
    const dice = random(SEED);
    for (let run = 0; run < 2_000; run++) {
      const fee = dice.bits(1 + dice.below(96));
      const { commission, rebate } = shareOf(fee, dice.below(20_000), dice.below(20_000));
      expect(fee === 0n ? commission + rebate === 0n : commission + rebate < fee, `${fee}`).to.equal(true);
      expect(commission >= 0n && rebate >= 0n).to.equal(true);
    }
  });
});

describe("rebates: the tree", () => {
  it(`has the root and proofs of the SDK's, for 1 to 70 leaves (seed ${SEED})`, () => {
    const dice = random(SEED);
    for (let count = 1; count <= 70; count++) {
      const leaves = Array.from({ length: count }, (_, index) => ({
        account: toBeHex(BigInt(index + 1) * 2n ** 150n + dice.bits(100), 20),
        cumulative: dice.bits(1 + dice.below(120)),
      }));
      const [tree, theirs] = [new RebateTreeIndex(leaves), rebateTree(leaves)];
      expect(tree.root).to.equal(theirs.root);
      for (const { account } of leaves) expect(tree.proof(account)).to.deep.equal(theirs.proof(account));
      expect(tree.proof(toBeHex(1n, 20))).to.equal(undefined);
    }
  });

  it("refuses leaves that are out of order, twice there, or none", () => {
    const leaf = (account: bigint) => ({ account: toBeHex(account, 20), cumulative: 1n });
    for (const leaves of [[], [leaf(2n), leaf(1n)], [leaf(1n), leaf(1n)]]) {
      expect(() => new RebateTreeIndex(leaves)).to.throw(RangeError);
    }
  });
});
