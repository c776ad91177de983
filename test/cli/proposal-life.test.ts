import { expect } from "chai";

import { carried, cliWorld, holders, queued, type CliWorld, type Json } from "./support.ts";

const propose = ["governance", "propose", "--template"];

describe("cli: the life of a proposal", () => {
  let world: CliWorld;
  before(async () => {
    world = await cliWorld();
    await holders(world);
  });
  after(() => world.close());

  const policy = async (): Promise<{ holdAt: bigint; holdDelay: bigint }> => {
    const { ethers } = world.connection;
    const gate = await ethers.getContractAt("RiskGate", world.deployment.gate);
    const [found] = await gate.policyAt(2n ** 256n - 1n);
    return { holdAt: found.holdAt, holdDelay: found.holdDelay };
  };
  const state = async (id: string): Promise<unknown> => (await world.json(["governance", "show", id]))["state"];

  it("of a policy: proposed in words, voted with gas and without, queued, executed", async () => {
    const args = (set: string): string[] => [...propose, "policy", "--set", set, "--title", "Hold 4 %"];
    const far = await world.refused(args("HoldAt=9600,HoldDelay=2h"), 0);
    expect(far.details).to.include({ parameter: "HoldDelay", lowest: "43200" }); // half of a day
    const asked = await world.refused(args("HoldAt=9600,HoldDelay=12h"), 0);
    expect(asked.code).to.equal("NOT_CONFIRMED");
    expect(asked.details["words"]).to.have.length(1);
    const brought = await world.json([...args("HoldAt=9600,HoldDelay=12h"), "--yes"], 0);
    expect(brought["words"]).to.deep.equal(["change the policy: HoldAt 9,700 → 9,600, HoldDelay 1 d → 12 h"]);
    expect((brought["event"] as Json)["name"]).to.equal("ProposalCreated");

    expect((await world.refused(["governance", "vote", "0", "for"], 0)).details).to.include({ state: "Pending" });
    const ballot = world.file("ballot.json");
    await world.json(["governance", "vote", "0", "for", "--gasless", "--out", ballot], 6);
    const noBallot = ["governance", "vote", "0", "for", "--gasless", "--out", world.file("late.json")];
    await world.json(["chain", "skip", "61m"]);
    const vote = await world.json(["governance", "vote", "latest", "for", "--reason", "less fraud"], 0);
    expect(vote["event"]).to.include({ name: "VoteCast", weight: `${4_000_000n * 10n ** 18n}`, reason: "less fraud" });
    expect((await world.refused(noBallot, 0)).code).to.equal("PROPOSAL_STATE"); // he has voted
    expect((await world.refused(["governance", "show", "latest"], 8)).code).to.equal("PROPOSAL_UNKNOWN");
    const batch = await world.json(["governance", "submit-ballots", ballot, ballot], 9);
    expect(batch["counted"]).to.equal(1);
    expect(batch["skipped"]).to.have.length(1);
    expect((batch["skipped"] as Json[])[0]).to.include({ problem: "AlreadyVoted" });
    const shown = await world.json(["governance", "show", "0"]);
    expect(shown["votes"]).to.include({ for: `${7_000_000n * 10n ** 18n}`, against: "0" });

    await world.json(["chain", "skip", "1d"]);
    expect((await world.refused(["governance", "execute", "0"], 9)).code).to.equal("PROPOSAL_STATE");
    await queued(world, "0");
    expect((await world.json(["governance", "execute", "0"], 9))["event"]).to.include({ name: "ProposalExecuted" });
    expect(await policy()).to.deep.equal({ holdAt: 9_600n, holdDelay: 43_200n });
    expect(await state("0")).to.equal("Executed");
  });

  it("of a small step: it passes without a vote, and not against a veto", async () => {
    await world.json(["chain", "skip", "30d"]);
    const step = (value: number): string[] => [
      ...propose,
      "optimistic",
      "--set",
      `HoldAt=${value}`,
      "--yes",
      "--title",
    ];
    expect((await world.refused([...step(9_500), "Too far"], 0)).details).to.include({ parameter: "HoldAt" });
    const brought = await world.json([...step(9_590), "A little more"], 0);
    const id = String(brought["proposalId"]);
    await world.json(["chain", "skip", "61m"]);
    const votes = (await world.json(["governance", "show", id]))["votes"];
    expect(votes).to.include({ quorum: null, veto: `${350_000n * 10n ** 18n}` }); // 5 % of seven million
    await world.json(["chain", "skip", "1d"]);
    await queued(world, id);
    await world.json(["governance", "execute", id], 9);
    expect((await policy()).holdAt).to.equal(9_590n);

    await world.json(["chain", "skip", "30d"]);
    const second = String((await world.json([...step(9_580), "And more"], 0))["proposalId"]);
    await world.json(["chain", "skip", "61m"]);
    await world.json(["governance", "vote", second, "against"], 6);
    await world.json(["chain", "skip", "1d"]);
    expect((await world.refused(["governance", "queue", second], 9)).details).to.include({ state: "Defeated" });
  });

  it("of a text: it says so, changes nothing and is executed", async () => {
    const before = await policy();
    const file = await world.write("why.md", "Publish a report each month\n\nHolders ask for it.\n");
    const brought = await world.json([...propose, "text", "--description", file, "--yes"], 0);
    expect((brought["words"] as string[])[0]).to.match(/^do nothing/);
    const id = String(brought["proposalId"]);
    expect((await carried(world, id))["event"]).to.include({ name: "ProposalExecuted" });
    expect(await policy()).to.deep.equal(before);
  });

  it("of a call by anybody's ABI, and of one that its proposer takes back", async () => {
    const { ethers } = world.connection;
    const { governor } = world.deployment.governance ?? { governor: "" };
    const [, guardian] = await ethers.getSigners();
    const until = (await world.connection.provider.request({
      method: "eth_getBlockByNumber",
      params: ["latest", false],
    })) as {
      timestamp: string;
    };
    const term = Number(until.timestamp) + 30 * 86_400;
    const call = ["--target", governor, "--signature", "setGuardian(address,uint256)"];
    const args = [
      ...propose,
      "call",
      ...call,
      "--args",
      JSON.stringify([guardian?.address, term]),
      "--title",
      "A guardian",
    ];
    const first = await world.json([...args, "--yes"], 6);
    expect((first["words"] as string[])[0]).to.match(/^let 0x[0-9a-fA-F]{40} cancel proposals, until \d{4}-/);
    expect((await world.json(["governance", "cancel", "latest"], 6))["event"]).to.include({ name: "ProposalCanceled" });
    expect(await state(String(first["proposalId"]))).to.equal("Canceled");
    const again = await world.json([...args.slice(0, -1), "A guardian for a month", "--yes"], 6);
    await carried(world, String(again["proposalId"]));
    const [account] = await (await ethers.getContractAt("SluiceGovernor", governor)).guardian();
    expect(account).to.equal(guardian?.address);
  });

  it("can be brought at once by whoever has just staked", async () => {
    const { ethers } = world.connection;
    const [distributor, , , fresh] = await ethers.getSigners();
    const token = await ethers.getContractAt("SluiceToken", world.deployment.governance?.token ?? "", distributor);
    await (await token.transfer(fresh?.address ?? "", 200_000n * 10n ** 18n)).wait();
    await world.json(["stake", "all"], 3);
    const brought = await world.json([...propose, "text", "--title", "From a new holder", "--yes"], 3);
    expect((brought["event"] as Json)["name"]).to.equal("ProposalCreated");
  });

  it("needs votes to be brought and stake at the snapshot to be voted on, and says how much", async () => {
    const args = [...propose, "text", "--title", "From somebody without stake", "--yes"];
    const poor = await world.refused(args, 8);
    expect(poor).to.deep.include({ code: "NOT_ENOUGH" });
    expect(poor.details).to.include({ votes: "0" });
    const brought = await world.json([...propose, "text", "--title", "From a holder", "--yes"], 0);
    const id = String(brought["proposalId"]);
    await world.json(["chain", "skip", "61m"]);
    expect((await world.refused(["governance", "vote", id, "for"], 8)).code).to.equal("NOT_ENOUGH");
    expect((await world.refused(["governance", "queue", id], 8)).details).to.include({ state: "Active" });
    expect((await world.refused(["governance", "show", "99"])).code).to.equal("PROPOSAL_UNKNOWN");
  });
});
