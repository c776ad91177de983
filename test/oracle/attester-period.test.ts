import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import {
  answeredList,
  answersHash,
  attesterPeriodDigest,
  attesterRewardsAbi,
  hotKeyDigest,
  packListSignatures,
  treasury,
} from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, Contract, recoverAddress } from "ethers";

import type { Node } from "../../oracle/src/index.ts";
import { DAY, startChain, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;

type Payload = {
  period: number;
  fromBlock: number;
  toBlock: number;
  toBlockHash: string;
  answers: string;
  answered: { account: string; count: number }[];
  digest: string;
  signer: string;
  signature: string;
};

describe("oracle: what a quorum signs about who answered", () => {
  let chain: TestChain;
  let rewardsAt = "";
  let attestersAt = "";
  const nodes: Node[] = [];
  const settingsFiles: string[] = [];
  const scratch = new Scratch();

  const run = async (...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
    const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    await once(child, "close");
    return { code: child.exitCode, out, err };
  };
  const report = (node: number, from: number, to: number) =>
    run(
      ...["quorum-report", "--from", String(from), "--to", String(to), "--settings", settingsFiles[node] ?? ""],
      ...["--rewards", rewardsAt, "--sign"],
    );
  const payloadOf = async (node: number, from: number, to: number): Promise<Payload> => {
    const { code, out, err } = await report(node, from, to);
    expect(code, err).to.equal(0);
    return (JSON.parse(out) as { payload: Payload }).payload; // the command's own output
  };

  before(async () => {
    chain = await startChain();
    const { ethers, deployer, other, addresses } = chain;
    const token = await ethers.deployContract("SluiceToken", [other.address, 1_000n]);
    const stake = await ethers.deployContract("SluiceStake", [await token.getAddress(), DAY, DAY, [1n, 2n, 3n]]);
    const named = [await stake.getAddress(), addresses.gate, deployer.address, 1n, 1_000, DAY];
    const attesters = await ethers.deployContract("Attesters", named);
    attestersAt = await attesters.getAddress();
    const rewards = await ethers.deployContract("AttesterRewards", [addresses.gate, deployer.address]);
    rewardsAt = await rewards.getAddress();
    // The first signer's account is another's; the second has registered nowhere and is paid by its key.
    const key = chain.attester(0);
    const consent = key.sign(hotKeyDigest(other.address, { chainId: chain.site.chainId, contract: attestersAt }));
    await attesters.connect(other).setHotKey(computeAddress(key), consent.serialized, "");
    const quiet = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    nodes.push(quiet);
    for (const index of [0, 2]) {
      const home = scratch.dir();
      const peers = [{ url: quiet.url, signer: quiet.signer }];
      const settings = settingsFor(chain, home, chain.attester(index), { peers, attesters: attestersAt });
      const file = join(home, "settings.json");
      writeFileSync(file, JSON.stringify(settings));
      settingsFiles.push(file);
      nodes.push(await ready(settings));
    }
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  it("is the same bytes on two nodes, counts what anybody counts on chain, and is taken by the contract", async () => {
    const [, asking] = nodes;
    for (let count = 0; count < 3; count += 1) {
      const paid = await chain.pay();
      const { body } = await post(asking?.url ?? "", "/v1/attestations", { terms: paid.terms });
      await (await chain.escrow.post(paid.packed, String(body.attestation))).wait();
    }
    const to = await chain.ethers.provider.getBlockNumber();
    for (const node of nodes) await node.catchUp();
    const [one, two] = [await payloadOf(0, 1, to), await payloadOf(1, 1, to)];
    expect({ ...two, signer: "", signature: "" }).to.deep.equal({ ...one, signer: "", signature: "" });
    expect(recoverAddress(one.digest, one.signature)).to.equal(computeAddress(chain.attester(0)));
    expect(recoverAddress(two.digest, two.signature)).to.equal(computeAddress(chain.attester(2)));

    const expected = answeredList([
      { account: chain.other.address, count: 3n },
      { account: computeAddress(chain.attester(1)), count: 3n },
    ]);
    const list = one.answered.map(({ account, count }) => ({ account, count: BigInt(count) }));
    expect(list).to.deep.equal(expected);
    expect([one.period, one.fromBlock, one.toBlock, one.answers]).to.deep.equal([1, 1, to, answersHash(expected)]);
    const { chainId } = chain.site;
    const about = { ...one, period: BigInt(one.period) };
    expect(attesterPeriodDigest(about, { chainId, attesterRewards: rewardsAt })).to.equal(one.digest);

    const { period, fromBlock, toBlock, toBlockHash, answers } = about;
    const struct = { period, fromBlock, toBlock, toBlockHash, answers };
    const site = { chainId, attesterRewards: rewardsAt };
    await treasury.postPeriod(chain.deployer, site, struct, list, packListSignatures([one, two]));
    const rewards = new Contract(rewardsAt, attesterRewardsAbi, chain.ethers.provider);
    expect(await rewards.getFunction("answersHash").staticCall()).to.equal(answers);
  });

  it("is refused where it leaves a gap, where nobody answered, and where the node has not read so far", async () => {
    const rewards = new Contract(rewardsAt, attesterRewardsAbi, chain.ethers.provider);
    const end = Number(await rewards.getFunction("periodEnd").staticCall());
    await chain.ethers.provider.send("hardhat_mine", ["0x5"]);
    for (const node of nodes) await node.catchUp();
    for (const [from, to] of [
      [end + 2, end + 3],
      [end + 1, end + 2],
      [end + 1, end + 5_000],
    ] as const) {
      const { code, err } = await report(0, from, to);
      expect([code, err.split(" ")[0]], `${from}–${to}`).to.deep.equal([1, "INVALID_REQUEST"]);
    }
  });
});
