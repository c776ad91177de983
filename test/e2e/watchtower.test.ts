import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { channelId, channels, signBounty, signVoucher } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress } from "ethers";
import { network } from "hardhat";

import { writeDeployment } from "../../deploy/deploySluice.ts";
import { nodeKey } from "../../scripts/stack/nodes.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { stop, type Managed } from "../../scripts/stack/processes.ts";
import { deployLocal, startChain } from "../../scripts/stack/stack.ts";
import { UNIT } from "../shared/suite.ts";

const program = "sdk/examples/watchtower.ts";
const guide = "docs/guides/watchtower.md";
const day = 86_400;

describe("docs: a watchtower", () => {
  let directory = "";
  let tower: ChildProcess | undefined;
  const running: Managed[] = [];
  after(async () => {
    if (tower) {
      tower.kill("SIGTERM");
      await once(tower, "exit");
    }
    for (const managed of running.toReversed()) await stop(managed);
    await rm(directory, { recursive: true });
  });

  it("is shown word for word", async () => {
    const [, code] = /```ts\n(.*?)```/s.exec(await readFile(guide, "utf8")) ?? [];
    expect(code).to.equal(await readFile(program, "utf8"));
  });

  it("submits what a seller left with it once the payer leaves, for the bounty he promised", async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-tower-"));
    const [chainPort = 0, port = 0] = await freePorts(2);
    await startChain({ directory }, chainPort, running);
    const url = `http://127.0.0.1:${chainPort}`;
    const { ethers } = await network.create({ network: "local", override: { url } });
    const attesters = [1, 2, 3].map((index) => computeAddress(nodeKey(index, "sluice watchtower")));
    const deployment = await deployLocal(await network.create({ network: "local", override: { url } }), attesters, {});
    const site = { chainId: deployment.chainId, channels: deployment.channels ?? "" };
    const [, payer, seller, watcher] = await ethers.getSigners();
    if (!payer || !seller || !watcher) throw new Error("the chain has too few accounts");
    const token = await ethers.getContractAt("LocalToken", deployment.token);
    await (await token.mint(payer.address, 100n * UNIT)).wait();
    await (await token.connect(payer).approve(site.channels, 100n * UNIT)).wait();
    const parties = { payer: payer.address, payee: seller.address, token: deployment.token, signer: payer.address };
    const terms = { ...parties, exitDelay: day, salt: 1n };
    await channels.open(payer, site, terms, 80n * UNIT);

    const latest = await ethers.provider.getBlock("latest");
    const deadline = (latest?.timestamp ?? 0) + 365 * day;
    const bounty = { payee: seller.address, token: deployment.token, feeBps: 50, largest: UNIT, deadline };
    const payeeSignature = await signBounty(seller, bounty, site);
    const file = join(directory, "bounties.json");
    await writeFile(file, JSON.stringify([{ ...bounty, largest: UNIT.toString(), payeeSignature }]));
    const environment = {
      ...{ ...process.env, SLUICE_DEPLOYMENT: await writeDeployment(directory, deployment), SLUICE_RPC: url },
      ...{ SLUICE_HELD: join(directory, "held.db"), SLUICE_BOUNTIES: file, ROUND_SECONDS: "1", PORT: String(port) },
    };
    tower = spawn(process.execPath, [program], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    if (!tower.stdout) throw new Error("the tower has no output");
    await once(tower.stdout, "data");

    const leave = async (cumulative: bigint, signature: string): Promise<unknown> => {
      const left = { terms: { ...terms, salt: "1" }, cumulative: cumulative.toString(), signature };
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: JSON.stringify(left) });
      return [answer.status, Object.keys((await answer.json()) as object)];
    };
    const id = channelId(terms, site);
    const amount = 60n * UNIT;
    expect(await leave(amount, await signVoucher(payer, id, amount, site))).to.deep.equal([200, ["kept"]]);
    expect(await leave(amount, await signVoucher(seller, id, amount, site))).to.deep.equal([400, ["error"]]);
    const before = await token.balanceOf(watcher.address);
    const submitted = once(tower.stdout, "data");
    await channels.requestExit(payer, site, terms);
    expect(String((await submitted)[0])).to.equal(`submitted ${id} ${amount}\n`);
    const fee = (amount * 50n) / 10_000n;
    expect((await token.balanceOf(watcher.address)) - before).to.equal(fee);
    expect(await token.balanceOf(seller.address)).to.equal(amount - fee);
  }).timeout(120_000);
});
