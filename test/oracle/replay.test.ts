import { attestationDigest, packAttestation } from "@sluice/sdk";
import { expect } from "chai";
import { spawn } from "node:child_process";
import { join } from "node:path";

import { packFacts, unpackFacts } from "../../oracle/src/facts/facts.ts";
import type { Replayed } from "../../oracle/src/ops/replay.ts";
import { ALWAYS, startChain, UNIT, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = join(import.meta.dirname, "..", "..", "oracle", "src", "cli.ts");

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

async function oracle(args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, output })));
}

describe("oracle replay", () => {
  let chain: TestChain;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  /** Posts what a quorum signs about a payment: the facts that follow from the chain, or what it makes of them. */
  const posted = async (paid: Paid, tamper: (facts: Int8Array) => void): Promise<void> => {
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0)));
    const block = await chain.ethers.provider.getBlock(paid.block);
    const asOfHash = block?.hash ?? "";
    const request = { terms: paid.terms, asOf: paid.block, asOfHash, epoch: chain.addresses.epoch };
    const { body } = await post(node.url, "/v1/peer/attestations", request);
    await node.stop();
    const facts = unpackFacts(String(body.facts));
    tamper(facts);
    const attested = { asOf: paid.block, asOfHash, facts: packFacts(facts) };
    const site = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
    const digest = attestationDigest({ subject: paid.id, ...attested }, site);
    const signatures = [0, 1].map((index) => {
      const key = chain.attester(index);
      return { signer: chain.signers[index] ?? "", signature: key.sign(digest).compactSerialized };
    });
    await chain.rpc("evm_mine");
    await (await chain.escrow.post(paid.packed, packAttestation(attested, signatures))).wait();
  };
  const replayed = async (id: string): Promise<{ status: number | null; decisions: Replayed[] }> => {
    const where = ["--rpc", chain.url, "--gate", chain.addresses.gate];
    const { status, output } = await oracle(["replay", "--payment", id, ...where, "--json"]);
    const { decisions } = JSON.parse(output) as { decisions: Replayed[] }; // what the command says it prints
    return { status, decisions };
  };

  it("finds a decision as it was signed, with an endpoint's URL and the gate's address alone", async () => {
    for (let index = 0; index < 3; index++) await chain.pay({ amount: 40n * UNIT });
    const paid = await chain.pay();
    await posted(paid, () => undefined);
    const { status, decisions } = await replayed(paid.id);
    expect(decisions).to.have.length(1);
    expect(decisions[0]?.facts.filter(({ same }) => !same)).to.deep.equal([]);
    expect([status, decisions[0]?.same, decisions[0]?.charge]).to.deep.equal([0, true, false]);
    expect(decisions[0]?.facts.find(({ fact }) => fact === "payeeRecentCount")).to.include({ unit: "payments" });
  });

  it("names the one fact that a lying quorum changed, and exits with 1", async () => {
    const paid = await chain.pay();
    await posted(paid, (facts) => (facts[7] = (facts[7] ?? 0) === 5 ? 6 : 5));
    const { status, decisions } = await replayed(paid.id);
    const wrong = decisions[0]?.facts.filter(({ same }) => !same) ?? [];
    expect(wrong.map(({ slot, fact }) => [slot, fact])).to.deep.equal([[7, "payeeMedianLevel"]]);
    expect(wrong[0]?.onChain).to.be.oneOf([5, 6]);
    expect([status, decisions[0]?.same, decisions[0]?.asOfAllowed]).to.deep.equal([1, false, true]);
    const { output } = await oracle([
      "replay",
      "--payment",
      paid.id,
      "--rpc",
      chain.url,
      "--gate",
      chain.addresses.gate,
    ]);
    expect(output.split("\n").filter((line) => line.includes("DIFFERS"))[0]).to.contain("payeeMedianLevel");
  });

  it("judges by the policy of then, whatever was voted since", async () => {
    const paid = await chain.pay();
    await posted(paid, () => undefined);
    const before = await replayed(paid.id);
    await chain.gate.setPolicy({ ...chain.policy, ...ALWAYS.allow }, chain.addresses.epoch);
    await chain.rpc("evm_mine");
    expect(await replayed(paid.id)).to.deep.equal(before);
  });

  it("says so where the gate decided nothing", async () => {
    const paid = await chain.pay();
    const { status, output } = await oracle([
      "replay",
      "--payment",
      paid.id,
      "--rpc",
      chain.url,
      "--gate",
      chain.addresses.gate,
    ]);
    expect(status).to.equal(1);
    expect(output).to.match(/^UNKNOWN_PAYMENT /);
  });
});
