import { expect } from "chai";
import { packBallots } from "@sluice/sdk";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { networkHelpers, UNIT } from "../shared/suite.ts";
import { changing, council, MILLION, propose, type Council, type Holder } from "./council.ts";
import { ballot } from "./gasless.ts";

/**
 * However stake moves and however ballots come, directly, by signature, in batches, twice:
 *
 * * once: votes counted = Σ over the accounts that have voted of what stood behind each at the snapshot, each account once
 * * stake only: what stands behind an account at the snapshot is the stake delegated to it in that second, so nothing that was
 *   unstaked before counts, and Σ over all accounts = the stake's total of that second
 *
 * The ledger that says so is kept here, not read from the contracts. Effort: SLUICE_FUZZ_RUNS proposals.
 */
const seed = Number(process.env["SLUICE_TEST_SEED"] ?? 1);

type Book = { staked: Map<string, bigint>; delegatee: Map<string, string> };

async function begin(): Promise<{ c: Council; holders: Holder[]; book: Book; r: Random }> {
  const c = await council();
  const holders = [c.alice, c.bob, c.carol, c.dave, c.guardian, c.reporter];
  for (const holder of [c.guardian, c.reporter]) {
    await c.sluice.transfer(holder.address, 3n * MILLION);
    await c.sluice.connect(holder).approve(await c.stake.getAddress(), 2n ** 255n);
  }
  const book: Book = {
    staked: new Map(holders.map(({ address }) => [address, 0n])),
    delegatee: new Map(holders.map(({ address }) => [address, address])),
  };
  const staker = holders[0]!;
  await c.stake.connect(staker).stake(2n * MILLION);
  book.staked.set(staker.address, 2n * MILLION);
  await networkHelpers.time.increase(10);
  return { c, holders, book, r: random(seed) };
}

/** One act with stake, in the contract and in the book; every second of its own. */
async function move(c: Council, holder: Holder, holders: readonly Holder[], book: Book, r: Random): Promise<void> {
  await networkHelpers.time.increase(1 + r.below(30));
  const stake = c.stake.connect(holder);
  const staked = book.staked.get(holder.address) ?? 0n;
  const kind = r.below(3);
  if (kind === 0) {
    const amount = BigInt(1 + r.below(200_000)) * UNIT;
    if ((await c.sluice.balanceOf(holder.address)) < amount) return;
    await stake.stake(amount);
    book.staked.set(holder.address, staked + amount);
  } else if (kind === 1 && staked > 0n && holder !== holders[0]) {
    const amount = r.below(3) === 0 ? staked : 1n + (r.bits(90) % staked);
    await stake.unstake(amount);
    book.staked.set(holder.address, staked - amount);
  } else if (kind === 2 && staked > 0n && holder !== holders[0]) {
    const delegatee = r.pick(holders).address;
    await stake.delegate(delegatee);
    book.delegatee.set(holder.address, delegatee);
  }
}

/** Votes behind each account now, by the book. */
function votesOf(book: Book): Map<string, bigint> {
  const votes = new Map<string, bigint>();
  for (const [account, staked] of book.staked) {
    const behind = book.delegatee.get(account) ?? account;
    votes.set(behind, (votes.get(behind) ?? 0n) + staked);
  }
  return votes;
}

/** Some accounts vote, some again, directly or in a batch; answers who counts with which support. */
async function cast(c: Council, id: bigint, holders: readonly Holder[], votes: Map<string, bigint>, r: Random) {
  const counted = new Map<string, number>();
  for (let ballots = 0; ballots < 8; ballots += 1) {
    const [voter, support] = [r.pick(holders), r.below(3)];
    const first = !counted.has(voter.address);
    if (r.below(2) === 0) {
      const sent = c.governor.connect(voter).castVote(id, support);
      if (first) await sent;
      else await expect(sent).to.be.revertedWithCustomError(c.governor, "GovernorAlreadyCastVote");
      if (first) counted.set(voter.address, support);
      continue;
    }
    const other = r.pick(holders);
    const rows = await Promise.all([voter, other, voter].map((one) => ballot(c, id, one, support)));
    await c.governor.connect(r.pick(holders)).castVotesBySig(id, packBallots(rows));
    // A ballot without votes is left out of a batch: its account may still vote, with the same nothing.
    for (const { address } of [voter, other]) {
      if (!counted.has(address) && (votes.get(address) ?? 0n) > 0n) counted.set(address, support);
    }
  }
  return counted;
}

describe("SluiceGovernor: no vote is counted twice or after unstaking", () => {
  it(`on a random walk of stake and ballots (seed ${seed})`, async function () {
    this.timeout(0);
    const { c, holders, book, r } = await begin();
    let total = 0;
    const runs = fuzzRuns(12);
    for (let run = 0; run < runs; run += 1) {
      for (let moves = 0; moves < 6; moves += 1) await move(c, r.pick(holders), holders, book, r);
      await networkHelpers.time.increase(2);
      const id = await propose(c, await changing(c, { HoldAt: 9_600 }, `Walk ${run}`));
      const snapshot = await c.governor.proposalSnapshot(id);
      await networkHelpers.time.increase(60);
      for (let moves = 0; moves < 2; moves += 1) await move(c, r.pick(holders), holders, book, r);
      const votes = votesOf(book);
      await networkHelpers.time.increaseTo(snapshot + 1n);
      for (let moves = 0; moves < 4; moves += 1) await move(c, r.pick(holders), holders, book, r);
      const counted = await cast(c, id, holders, votes, r);
      const expected = [0n, 0n, 0n];
      for (const [account, support] of counted) expected[support]! += votes.get(account) ?? 0n;
      const { againstVotes, forVotes, abstainVotes } = await c.governor.proposalVotes(id);
      expect([againstVotes, forVotes, abstainVotes], `proposal ${run}`).to.deep.equal(expected);
      const whole = [...votes.values()].reduce((sum, one) => sum + one, 0n);
      expect(await c.stake.getPastTotalSupply(snapshot), `total of proposal ${run}`).to.equal(whole);
      expect(againstVotes + forVotes + abstainVotes <= whole).to.equal(true);
      total += counted.size;
      await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) + 1n);
    }
    process.stdout.write(`    ${runs} proposals from seed ${seed}: ${total} ballots counted, each account once\n`);
  });
});
