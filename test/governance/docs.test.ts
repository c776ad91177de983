import { expect } from "chai";
import { attestationDigest, equivocationProof, executionArguments, policyProposal, proposalId } from "@sluice/sdk";
import { formatUnits, keccak256 } from "ethers";
import { readFile } from "node:fs/promises";

import { factsScoring, key, networkHelpers, UNIT } from "../shared/suite.ts";
import { council, MILLION, propose, registered, toEnd, toVote, VOTE, type Council } from "./council.ts";

type Values = Record<string, string>;

const STATES = ["Pending", "Active", "Canceled", "Defeated", "Succeeded", "Queued", "Expired", "Executed"];

function whole(value: bigint): string {
  return BigInt(formatUnits(value, 18).split(".")[0] ?? "0").toLocaleString("en");
}

function fromNow(second: bigint, now: number): string {
  return `now + ${(Number(second) - now) / 3_600} h`;
}

/** What the pages' tables name, as they write it. */
async function valuesOf(c: Council, id: bigint, now: number): Promise<Values> {
  const alice = await c.stake.position(c.alice.address);
  const [against, votesFor] = await c.governor.proposalVotes(id);
  const stream = await c.stake.rewardStream();
  const snapshot = await c.governor.proposalSnapshot(id);
  const { policy } = await c.gate.policyAt(2n ** 256n - 1n);
  const rests = Number(await c.registry.restsUntil(0)) - now;
  return {
    "alice holds": whole(await c.sluice.balanceOf(c.alice.address)),
    "reporter holds": whole(await c.sluice.balanceOf(c.reporter.address)),
    supply: whole(await c.sluice.totalSupply()),
    staked: whole(alice.staked),
    votes: whole(alice.votes),
    bonded: whole(alice.bonded),
    unbonding: whole(alice.unbonding),
    "all votes": whole(await totalOf(c)),
    earned: whole(await c.stake.earned(c.alice.address)),
    "rewards held": whole(stream.held),
    "stream ends": stream.end === 0n ? "none" : fromNow(stream.end, now),
    proposals: String(await c.governor.proposalCount()),
    snapshot: snapshot === 0n ? "none" : fromNow(snapshot, now),
    deadline: snapshot === 0n ? "none" : fromNow(await c.governor.proposalDeadline(id), now),
    state: snapshot === 0n ? "none" : (STATES[Number(await c.governor.state(id))] ?? "?"),
    for: whole(votesFor),
    against: whole(against),
    quorum: snapshot !== 0n && Number(snapshot) < now ? whole(await c.governor.quorum(snapshot)) : "none",
    holdAt: Number(policy.holdAt).toLocaleString("en"),
    policies: String(await c.gate.policyCount()),
    "holdAt at rest": rests > 0 ? `for ${rests / 3_600} h` : "no",
  };
}

/** Votes of everybody who has some: the total is known for past seconds only. */
async function totalOf(c: Council): Promise<bigint> {
  const votes = await Promise.all([c.alice, c.bob, c.carol, c.dave].map((one) => c.stake.getVotes(one.address)));
  return votes.reduce((sum, one) => sum + one, 0n);
}

async function documented(page: string): Promise<{ name: string; before: string; after: string }[]> {
  const text = await readFile(`docs/operations/governance-${page}.md`, "utf8");
  const [, table = ""] = text.split("| value | before | after |\n|---|---|---|\n");
  const lines = table.split("\n\n")[0]?.split("\n") ?? [];
  return lines.map((line) => {
    const [, name = "", before = "", after = ""] = line.split("|").map((cell) => cell.trim());
    return { name, before, after };
  });
}

/** Does what the page describes, in the same second for both columns, and compares its table with the chain. */
async function play(page: string, c: Council, id: bigint, act: () => Promise<unknown>): Promise<void> {
  const rows = await documented(page);
  expect(rows.length, `${page}: rows`).to.be.greaterThan(2);
  const now = (await networkHelpers.time.latest()) + 100;
  await networkHelpers.time.increaseTo(now);
  const before = await valuesOf(c, id, now);
  await networkHelpers.time.setNextBlockTimestamp(now);
  await act();
  const after = await valuesOf(c, id, now);
  for (const { name, before: was, after: is } of rows) {
    expect([name, before[name], after[name]], page).to.deep.equal([name, was, is]);
  }
}

describe("docs: governance pages", () => {
  it("tell the story of a vote that the contracts play, figure by figure", async () => {
    const c = await council();
    const proposal = policyProposal({ HoldAt: 9_600 }, await c.registry.getAddress(), "Hold 4 % of honest payments");
    const id = proposalId(proposal);
    await play("stake", c, id, () => c.stake.connect(c.alice).stake(4n * MILLION));
    await play("propose", c, id, () => propose(c, proposal));
    await toVote(c, id);
    await networkHelpers.time.increaseTo((await c.governor.proposalDeadline(id)) - 43_300n);
    await play("vote", c, id, () => c.governor.connect(c.alice).castVote(id, VOTE.For));
    await toEnd(c, id);
    await c.governor.queue(...executionArguments(proposal));
    await networkHelpers.time.increaseTo(await c.governor.proposalEta(id));
    await play("execute", c, id, () => c.governor.execute(...executionArguments(proposal)));
  });

  it("tell the story of a reward", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(4n * MILLION);
    await c.stake.connect(c.dave).notifyReward(MILLION);
    await networkHelpers.time.increase(c.parameters.unbondingPeriod / 2 - 100);
    await play("rewards", c, 1n, () => c.stake.claimRewards(c.alice.address));
  });

  it("tell the story of a bond that is lost", async () => {
    const c = await council();
    await c.stake.connect(c.alice).stake(4n * MILLION);
    const hot = key("hot");
    await registered(c, c.alice, hot);
    await play("attesters", c, 1n, () => c.attesters.connect(c.alice).bond(10_000n * UNIT));
    const site = { chainId: c.suite.chainId, epoch: await c.suite.epoch.getAddress() };
    const about = { subject: keccak256("0x01"), asOf: 3, asOfHash: keccak256("0x02") };
    const [a, b] = [1, 2].map((score) => {
      const facts = factsScoring(score);
      return { facts, signature: hot.sign(attestationDigest({ ...about, facts }, site)).serialized };
    });
    const { proof } = equivocationProof(about, a!, b!, site);
    await play("equivocation", c, 1n, () => c.attesters.connect(c.reporter).proveEquivocation(proof));
  });
});
