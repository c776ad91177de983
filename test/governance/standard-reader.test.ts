import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { Contract, Interface, toBeHex, ZeroHash } from "ethers";

import { ethers, networkHelpers } from "../shared/suite.ts";
import { MILLION, voters, type Council } from "./council.ts";
import { publishedAbi, StandardReader } from "./standardReader.ts";

/** ERC-165 id of what an ABI has itself, without what it takes from others. */
async function interfaceIdOf(name: string, inherited: readonly string[]): Promise<string> {
  const face = new Interface(await publishedAbi(name));
  let word = 0n;
  face.forEachFunction((fragment) => {
    if (!inherited.includes(fragment.name)) word ^= BigInt(fragment.selector);
  });
  return toBeHex(word, 4);
}

async function reader(c: Council): Promise<StandardReader> {
  return StandardReader.at(await c.governor.getAddress(), ethers.provider);
}

describe("a reader built from OpenZeppelin's published ABI alone", () => {
  it("proposes, lists, votes, queues and executes a payment of the treasury", async () => {
    const c = await voters();
    await c.sluice.transfer(await c.timelock.getAddress(), MILLION);
    const standard = await reader(c);
    const erc20 = new Interface(["function transfer(address to, uint256 amount)"]);
    const call = [[await c.sluice.getAddress()], [0], [erc20.encodeFunctionData("transfer", [c.dave.address, 5n])]];
    await standard.send(c.alice, "propose", ...call, "Five for Dave");

    const [listed, ...others] = await standard.list();
    expect(others).to.deep.equal([]);
    const { proposalId, proposer, targets, description } = listed!;
    expect([proposer, targets, description]).to.deep.equal([c.alice.address, call[0], "Five for Dave"]);
    expect([listed!.voteStart, listed!.voteEnd]).to.deep.equal([
      await standard.ask("proposalSnapshot", proposalId),
      await standard.ask("proposalDeadline", proposalId),
    ]);
    expect(await standard.ask("state", proposalId)).to.equal(0n);
    await networkHelpers.time.increaseTo(listed!.voteStart + 1n);
    await standard.send(c.alice, "castVote", proposalId, 1);
    await standard.send(c.bob, "castVoteWithReason", proposalId, 1, "why not");
    await standard.send(c.carol, "castVote", proposalId, 0);
    expect([
      await standard.ask("hasVoted", proposalId, c.bob.address),
      await standard.ask("hasVoted", proposalId, c.dave.address),
      await standard.ask("getVotes", c.alice.address, listed!.voteStart),
    ]).to.deep.equal([true, false, 4n * MILLION]);

    await networkHelpers.time.increaseTo((await standard.ask<bigint>("proposalDeadline", proposalId)) + 1n);
    expect(await standard.ask("proposalNeedsQueuing", proposalId)).to.equal(true);
    await standard.act(c.dave, "queue", listed!);
    const eta = await standard.ask<bigint>("proposalEta", proposalId);
    await networkHelpers.time.increaseTo(eta);
    await standard.act(c.dave, "execute", listed!);
    expect(await standard.ask("state", proposalId)).to.equal(7n);
    expect(await c.sluice.balanceOf(c.dave.address)).to.equal(10n * MILLION + 5n);
  });

  it("finds the operation in the timelock, at the second that the governor names", async () => {
    const c = await voters();
    const standard = await reader(c);
    const call = [[await c.sluice.getAddress()], [0], ["0x"]] as const;
    await standard.send(c.alice, "propose", ...call, "Look");
    const [one] = await standard.list();
    await networkHelpers.time.increaseTo(one!.voteStart + 1n);
    await standard.send(c.alice, "castVote", one!.proposalId, 1);
    await networkHelpers.time.increaseTo((await standard.ask<bigint>("proposalDeadline", one!.proposalId)) + 1n);
    await standard.act(c.dave, "queue", one!);
    const timelock = new Contract(await c.timelock.getAddress(), standard.timelockAbi, ethers.provider);
    const [scheduled] = await timelock.queryFilter("CallScheduled");
    const { id, predecessor, delay } = timelock.interface.parseLog(scheduled!)!.args;
    const at: unknown = await timelock.getFunction("getTimestamp").staticCall(id);
    const block = await ethers.provider.getBlock(scheduled!.blockNumber);
    expect([at, predecessor, BigInt(block!.timestamp) + (delay as bigint)]).to.deep.equal([
      await standard.ask("proposalEta", one!.proposalId),
      ZeroHash,
      at,
    ]);
  });

  it("sees an optimistic proposal as one of the same list, votes against it and knows how it ends", async () => {
    const c = await voters();
    const standard = await reader(c);
    const registry = await c.registry.getAddress();
    const data = c.registry.interface.encodeFunctionData("changeSmall", [0, 9_680]);
    await c.governor.connect(c.alice).proposeOptimistic([registry], [0], [data], "A little more");
    await c.governor.connect(c.bob).proposeOptimistic([registry], [0], [data], "The same by Bob");
    const [vetoed, passed] = await standard.list();
    await networkHelpers.time.increaseTo(passed!.voteStart + 1n);
    await standard.send(c.carol, "castVote", vetoed!.proposalId, 0);
    await networkHelpers.time.increaseTo(passed!.voteEnd + 1n);
    expect([
      await standard.ask("state", vetoed!.proposalId),
      await standard.ask("state", passed!.proposalId),
    ]).to.deep.equal([3n, 4n]);
    await standard.act(c.dave, "queue", passed!);
    await networkHelpers.time.increaseTo(await standard.ask<bigint>("proposalEta", passed!.proposalId));
    await standard.act(c.dave, "execute", passed!);
    expect(await standard.ask("state", passed!.proposalId)).to.equal(7n);
  });

  it("reads clock, counting mode and the ids of ERC-165", async () => {
    const c = await voters();
    const standard = await reader(c);
    const inherited = ["supportsInterface", "clock", "CLOCK_MODE"];
    const governorId = await interfaceIdOf("IGovernor", inherited);
    const receiverId = await interfaceIdOf("IERC1155Receiver", ["supportsInterface"]);
    for (const known of ["0x01ffc9a7", governorId, receiverId]) {
      expect(await standard.ask("supportsInterface", known), known).to.equal(true);
    }
    expect(await standard.ask("supportsInterface", "0xffffffff")).to.equal(false);
    expect([
      await standard.ask("CLOCK_MODE"),
      await standard.ask("COUNTING_MODE"),
      await standard.ask("clock"),
    ]).to.deep.equal([
      "mode=timestamp",
      "support=bravo&quorum=bravo",
      BigInt((await ethers.provider.getBlock("latest"))!.timestamp),
    ]);
  });

  it("uses nothing of Sluice", async () => {
    const source = await readFile(new URL("standardReader.ts", import.meta.url), "utf8");
    const imports = [...source.matchAll(/from "([^"]+)"/g)].map(([, from]) => from);
    expect(imports.toSorted()).to.deep.equal(["ethers", "node:fs/promises", "node:module"]);
  });
});
