import { expect } from "chai";

import { fuzzRuns, random, type Random } from "../shared/random.ts";
import { ethers, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { council, now, registered, type Council, type Holder } from "./council.ts";

type Name = "alice" | "bob" | "carol" | "dave";
const NAMES: readonly Name[] = ["alice", "bob", "carol", "dave"];

/** What should be true of one account, kept by the walk itself. */
type Account = { staked: bigint; bonded: bigint; unbonding: bigint; until: bigint; delegatee: Name };
type Book = {
  accounts: Record<Name, Account>;
  burnt: bigint;
  rewards: bigint;
  past: { second: bigint; votes: Record<Name, bigint> }[];
};

function emptyBook(): Book {
  const entries = NAMES.map(
    (name) => [name, { staked: 0n, bonded: 0n, unbonding: 0n, until: 0n, delegatee: name }] as const,
  );
  return { accounts: Object.fromEntries(entries) as Record<Name, Account>, burnt: 0n, rewards: 0n, past: [] }; // one entry for each name
}

function votesIn(book: Book): Record<Name, bigint> {
  const votes: Record<Name, bigint> = { alice: 0n, bob: 0n, carol: 0n, dave: 0n };
  for (const name of NAMES) votes[book.accounts[name].delegatee] += book.accounts[name].staked;
  return votes;
}

/** One random step that is allowed, on the chain and in the book. The attesters' contract itself is played by `slasher`. */
async function step(c: Council, book: Book, dice: Random, slasher: Holder): Promise<string> {
  const name = dice.pick(NAMES);
  const holder = c[name];
  const mine = book.accounts[name];
  const some = (of: bigint): bigint => (of * BigInt(1 + dice.below(100))) / 100n;
  const what = dice.below(7);
  if (what === 0) {
    const amount = 1n + (dice.bits(70) % UNIT);
    await c.stake.connect(holder).stake(amount);
    mine.staked += amount;
    return `${name} stakes ${amount}`;
  }
  if (what === 1 && some(mine.staked) > 0n) {
    const amount = some(mine.staked);
    await c.stake.connect(holder).unstake(amount);
    Object.assign(mine, {
      staked: mine.staked - amount,
      unbonding: mine.unbonding + amount,
      until: (await now()) + BigInt(c.parameters.unbondingPeriod),
    });
    return `${name} unstakes ${amount}`;
  }
  if (what === 2) {
    const to = dice.pick(NAMES);
    await c.stake.connect(holder).delegate(c[to].address);
    mine.delegatee = to;
    return `${name} delegates to ${to}`;
  }
  if (what === 3 && some(mine.staked) > 0n) {
    const amount = some(mine.staked);
    await c.stake.connect(slasher).bond(holder.address, amount);
    Object.assign(mine, { staked: mine.staked - amount, bonded: mine.bonded + amount });
    return `${name} bonds ${amount}`;
  }
  if (what === 4 && some(mine.bonded) > 0n) {
    const amount = some(mine.bonded);
    await c.stake.connect(slasher).unbond(holder.address, amount);
    Object.assign(mine, { staked: mine.staked + amount, bonded: mine.bonded - amount });
    return `${name} unbonds ${amount}`;
  }
  if (what === 5 && some(mine.bonded) > 0n) {
    const amount = some(mine.bonded);
    await c.stake.connect(slasher).slash(holder.address, amount, c.reporter.address);
    mine.bonded -= amount;
    book.rewards += amount / 5n;
    book.burnt += amount - amount / 5n;
    return `${name} is slashed by ${amount}`;
  }
  if (mine.unbonding > 0n && (await now()) >= mine.until) {
    await c.stake.connect(holder).withdraw();
    mine.unbonding = 0n;
    return `${name} withdraws`;
  }
  return "nothing";
}

/**
 * votes: an account's votes = Σ stake of those who delegate to it
 * totals: Σ votes = Σ stake = total supply of votes; bonded and unbonding stake has none
 * custody: tokens in the stake's contract = Σ staked + Σ bonded + Σ unbonding
 * conservation: supply + burnt = cap, and a fifth of what was slashed is the reporter's
 */
async function checkNow(c: Council, book: Book, trail: string): Promise<void> {
  const votes = votesIn(book);
  let held = 0n;
  for (const name of NAMES) {
    const { staked, bonded, unbonding } = await c.stake.position(c[name].address);
    const mine = book.accounts[name];
    expect([staked, bonded, unbonding], `${name}: amounts; ${trail}`).to.deep.equal([
      mine.staked,
      mine.bonded,
      mine.unbonding,
    ]);
    expect(await c.stake.getVotes(c[name].address), `${name}: votes; ${trail}`).to.equal(votes[name]);
    held += staked + bonded + unbonding;
  }
  expect(await c.sluice.balanceOf(await c.stake.getAddress()), `custody; ${trail}`).to.equal(held);
  expect((await c.sluice.totalSupply()) + book.burnt, `conservation; ${trail}`).to.equal(await c.sluice.cap());
  expect(await c.sluice.balanceOf(c.reporter.address), `rewards; ${trail}`).to.equal(book.rewards);
}

/** history: the votes of every second that is over are those it ended with. */
async function checkPast(c: Council, book: Book, trail: string): Promise<void> {
  for (const [index, { second, votes }] of book.past.entries()) {
    if (book.past[index + 1]?.second === second) continue;
    const total = NAMES.reduce((sum, name) => sum + votes[name], 0n);
    expect(await c.stake.getPastTotalSupply(second), `total at ${second}; ${trail}`).to.equal(total);
    for (const name of NAMES) {
      expect(await c.stake.getPastVotes(c[name].address, second), `${name} at ${second}; ${trail}`).to.equal(
        votes[name],
      );
    }
  }
}

describe("SluiceStake: votes, totals and tokens", () => {
  const runs = fuzzRuns(4);
  for (let run = 0; run < runs; run += 1) {
    it(`agree with the book after 60 random steps (seed ${run + 1})`, async () => {
      const c = await council();
      const dice = random(run + 1);
      const book = emptyBook();
      const address = await c.attesters.getAddress();
      await networkHelpers.impersonateAccount(address);
      await networkHelpers.setBalance(address, 10n ** 20n);
      const slasher = await ethers.getSigner(address);
      const steps: string[] = [];
      for (let i = 0; i < 60; i += 1) {
        if (dice.below(4) > 0)
          await networkHelpers.time.increase(1 + dice.below(dice.below(8) === 0 ? 9 * 86_400 : 900));
        steps.push(await step(c, book, dice, slasher));
        book.past.push({ second: await now(), votes: votesIn(book) });
        if (i % 10 === 9) await checkNow(c, book, `seed ${dice.seed}: ${steps.join(", ")}`);
      }
      await networkHelpers.time.increase(10);
      await checkPast(c, book, `seed ${dice.seed}: ${steps.join(", ")}`);
    });
  }
});

describe("SluiceStake: powers", () => {
  it("are the attesters' contract's alone", async () => {
    const c = await council();
    const stake = c.stake.connect(c.alice);
    const args = [c.alice.address, await c.attesters.getAddress()];
    for (const act of [
      () => stake.bond(c.bob.address, 1),
      () => stake.unbond(c.bob.address, 1),
      () => stake.slash(c.bob.address, 1, c.alice.address),
    ]) {
      await expect(act())
        .to.be.revertedWithCustomError(c.stake, "NotAttesters")
        .withArgs(...args);
    }
  });

  it("are fixed once, by the deployer", async () => {
    const c = await council();
    const address = await c.attesters.getAddress();
    await expect(c.stake.connect(c.alice).setAttesters(address))
      .to.be.revertedWithCustomError(c.stake, "NotDeployer")
      .withArgs(c.alice.address, c.suite.deployer.address);
    await expect(c.stake.setAttesters(await c.gate.getAddress()))
      .to.be.revertedWithCustomError(c.stake, "AttestersAlreadySet")
      .withArgs(address);
  });

  it("cannot be fixed to nobody", async () => {
    const c = await council();
    const fresh = await ethers.deployContract("SluiceStake", [await c.sluice.getAddress(), 1, 1, [1, 2, 3]]);
    await expect(fresh.setAttesters(c.bob.address))
      .to.be.revertedWithCustomError(fresh, "AttestersWithoutCode")
      .withArgs(c.bob.address);
    await expect(fresh.setAttesters(await c.attesters.getAddress()))
      .to.emit(fresh, "AttestersSet")
      .withArgs(await c.attesters.getAddress());
  });

  it("move no more than there is, and nothing is no amount", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(5n);
    await registered(c, c.alice, key("attester 0"), 3n);
    const attesters = c.attesters.connect(c.alice);
    await expect(attesters.bond(3n)).to.be.revertedWithCustomError(c.stake, "StakeTooSmall").withArgs(3, 2);
    await expect(attesters.bond(0n)).to.be.revertedWithCustomError(c.stake, "AmountZero");
  });
});
