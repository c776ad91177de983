import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { computeAddress, parseEther } from "ethers";
import { network } from "hardhat";

import { writeDeployment } from "../../deploy/deploySluice.ts";
import { nodeKey } from "../../scripts/stack/nodes.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { stop, type Managed } from "../../scripts/stack/processes.ts";
import { deployLocal, startChain } from "../../scripts/stack/stack.ts";

const run = promisify(execFile);
const guide = "docs/guides/sell-an-api.md";
const [seller, buyer] = ["sdk/examples/sellAnApi.ts", "sdk/examples/buyCalls.ts"];

describe("docs: sell an API, let an agent buy 1,000 calls, settle once", () => {
  let directory = "";
  const running: Managed[] = [];
  const environment: Record<string, string | undefined> = { ...process.env };
  let sellerProcess: ChildProcess | undefined;
  let connection: Awaited<ReturnType<typeof network.create>>;
  let deployment: Awaited<ReturnType<typeof deployLocal>>;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-sell-"));
    const [chainPort = 0, sellerPort = 0] = await freePorts(2);
    await startChain({ directory }, chainPort, running);
    const url = `http://127.0.0.1:${chainPort}`;
    connection = await network.create({ network: "local", override: { url } });
    const signers = [1, 2, 3].map((index) => computeAddress(nodeKey(index, "sluice sell an api")));
    deployment = await deployLocal(connection, signers, {});
    Object.assign(environment, {
      SLUICE_DEPLOYMENT: await writeDeployment(directory, deployment),
      SLUICE_RPC: url,
      SLUICE_VOUCHERS: join(directory, "vouchers.db"),
      PORT: String(sellerPort),
      SELLER: `http://127.0.0.1:${sellerPort}`,
    });
  });
  after(async () => {
    if (sellerProcess) {
      sellerProcess.kill("SIGTERM");
      await once(sellerProcess, "exit");
    }
    for (const managed of running.toReversed()) await stop(managed);
    await rm(directory, { recursive: true });
  });

  it("shows the programs word for word", async () => {
    const text = await readFile(guide, "utf8");
    const blocks = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    expect(blocks[0]).to.equal(await readFile(seller, "utf8"));
    expect(blocks[1]).to.equal(await readFile(buyer, "utf8"));
  });

  it("sells a thousand calls for one deposit and one redemption, and the payer sends no transaction", async () => {
    const { ethers } = connection;
    const [, , payee] = await ethers.getSigners();
    sellerProcess = spawn(process.execPath, [seller], { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(sellerProcess.stdout!, "data")) as [Buffer];
    expect(line.toString()).to.equal(`selling on port ${environment["PORT"]}\n`);
    const { stdout } = await run(process.execPath, [buyer], { env: environment, timeout: 240_000 });
    expect(stdout.trim().split("\n")).to.deep.equal([
      "bought 1000 calls for 1.0 tokens",
      "transactions sent by the payer: 0",
    ]);
    const token = await ethers.getContractAt("LocalToken", deployment.token);
    const channels = await ethers.getContractAt("PaymentChannels", deployment.channels!);
    const redeemed = async () => (await channels.queryFilter(channels.filters.BatchRedeemed())).length;
    while ((await redeemed()) === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await token.balanceOf(payee!.address)).to.equal(parseEther("1"));
    expect(await redeemed()).to.equal(1);
    expect(await channels.queryFilter(channels.filters.Opened())).to.have.length(1);
  }).timeout(300_000);
});
