import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { gateContract, parseDeployment, sluiceTokenAbi } from "@sluice/sdk";
import { expect } from "chai";
import { Contract, JsonRpcProvider, Wallet, parseEther } from "ethers";
import { network } from "hardhat";

import { firstBlockOf } from "../../deploy/journal.ts";
import { DeployError, readParameters } from "../../deploy/parameters.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { stop, type Managed } from "../../scripts/stack/processes.ts";
import { startChain } from "../../scripts/stack/stack.ts";
import { keyOf } from "../oracle/support/keys.ts";

const program = new URL("../../scripts/deploy.ts", import.meta.url).pathname;
const distribution = new URL("../../scripts/distribute.ts", import.meta.url).pathname;
const baseSepolia = new URL("../../deploy/parameters/84532.json", import.meta.url);
const journals = new URL("../../ignition/deployments", import.meta.url).pathname;
const journal = `test-deploy-${process.pid}`;

type File = Record<string, unknown> & { policy: Record<string, unknown>; governance: Record<string, unknown> };

function started(
  args: readonly string[],
  file = program,
): {
  child: ChildProcess;
  done: Promise<{ code: number | null; text: string }>;
} {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const done = once(child, "close").then(([code]) => ({ code: code as number | null, text })); // the exit code comes first
  return { child, done };
}

function findingsOf(text: string): readonly string[] {
  try {
    readParameters(text);
    return [];
  } catch (error) {
    if (error instanceof DeployError) return error.findings;
    throw error;
  }
}

describe("cli: deploy", () => {
  const running: Managed[] = [];
  const deployer = new Wallet(keyOf("deployer").privateKey);
  let directory = "";
  let rpcUrl = "";
  let provider: JsonRpcProvider;
  let parameters: File;

  const file = async (name: string, content: unknown, mode = 0o600): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
    return path;
  };
  const argumentsFor = async (name: string, content: unknown): Promise<string[]> => [
    ...["--parameters", await file(name, content), "--rpc", rpcUrl, "--key-file", join(directory, "key")],
    ...["--deployments", directory, "--deployment", journal],
  ];
  const refusedWith = async (content: unknown): Promise<string> => {
    const { code, text } = await started(await argumentsFor("refused.json", content)).done;
    expect(code, text).to.equal(2);
    return text;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-deploy-"));
    const [port = 0] = await freePorts(1);
    await startChain({ directory }, port, running);
    rpcUrl = `http://127.0.0.1:${port}`;
    const connection = await network.create({ network: "local", override: { url: rpcUrl } });
    const token = await connection.ethers.deployContract("LocalToken");
    await token.waitForDeployment();
    provider = new JsonRpcProvider(rpcUrl, 31_337, { staticNetwork: true });
    const example = JSON.parse(await readFile(baseSepolia, "utf8")) as File; // a file of the project
    const signers = [1, 2, 3].map((index) => new Wallet(keyOf(`deployed signer ${index}`).privateKey).address);
    const tokens = [{ address: await token.getAddress(), class: 0 }];
    parameters = { ...example, chainId: 31_337, tokens, signers };
    await connection.close();
    await file("key", `${deployer.privateKey}\n`);
  });
  after(async () => {
    provider.destroy();
    for (const managed of running) await stop(managed);
    await rm(join(journals, journal), { recursive: true, force: true });
    await rm(directory, { recursive: true });
  });

  it("names every field of the file that is wrong, and ships a file that only lacks signers", async () => {
    const example = await readFile(baseSepolia, "utf8");
    expect(findingsOf(example)).to.have.length(1);
    expect(findingsOf(example)[0]).to.match(/^signers: /);
    const { policy, governance } = parameters;
    const wrong = { ...parameters, signers: ["0x12"], policy: { ...policy, holdAt: "9700", mercy: 1 } };
    const found = findingsOf(JSON.stringify({ ...wrong, governance: { ...governance, supply: 5, tiers: [] } }));
    const fields = found.map((finding) => finding.split(":")[0]);
    const tiers = [0, 1, 2].map((index) => `governance.tiers[${index}]`);
    expect(fields).to.include.members(["signers[0]", "policy", "policy.holdAt", "governance.supply", ...tiers]);
  });

  it("sends nothing for another chain, an address without a token, or a deployer without coin", async () => {
    expect(await refusedWith({ ...parameters, chainId: 1 })).to.include("31337");
    expect(await refusedWith({ ...parameters, tokens: [{ address: deployer.address, class: 0 }] })).to.include(
      "tokens",
    );
    expect(await refusedWith(parameters)).to.include(deployer.address);
    const args = await argumentsFor("keyless.json", parameters);
    const keyless = await started([...args, "--key-file", join(directory, "no-key")]).done;
    expect(keyless.code, keyless.text).to.equal(2);
    expect(keyless.text).to.include("no-key");
    expect(await provider.getTransactionCount(deployer.address)).to.equal(0);
    expect(await firstBlockOf(journal)).to.equal(undefined);
  });

  it("lets the contracts refuse before anything is sent, in their own words", async () => {
    const policy = { ...parameters.policy, protocolFeeBps: 90 };
    const text = await refusedWith({ ...parameters, policy });
    expect(text).to.include("PolicyOutOfBounds(protocolFeeBps, 90, 0, 50)");
  });

  it("deploys the whole in a second run where the first was killed, and leaves the deployer no power", async () => {
    await provider.send("hardhat_setBalance", [deployer.address, `0x${parseEther("1").toString(16)}`]);
    const args = await argumentsFor("parameters.json", parameters);
    const rehearsed = await started(args).done;
    expect(rehearsed.code, rehearsed.text).to.equal(0);
    expect(await provider.getTransactionCount(deployer.address)).to.equal(0);

    const first = started([...args, "--send"]);
    // Killed between two transactions: one that was about to go has to be looked for by hand.
    first.child.stdout?.on("data", (chunk: string) => {
      if (chunk.includes("2 of 4")) first.child.kill("SIGKILL");
    });
    await first.done;
    const sent = await provider.getTransactionCount(deployer.address);
    expect(sent).to.be.greaterThan(0);
    const begun = await firstBlockOf(journal);

    const second = await started([...args, "--send"]).done;
    expect(second.code, second.text).to.equal(0);
    const deployment = parseDeployment(await readFile(join(directory, "31337.json"), "utf8"));
    expect(deployment.deployedBlock).to.equal(begun);
    const { governance, gate, channels, escrow } = deployment;
    const governor: unknown = await gateContract(gate, provider).getFunction("governor").staticCall();
    expect(governor).to.equal(governance?.policyRegistry);
    for (const part of [escrow, channels ?? ""]) expect(await provider.getCode(part)).to.have.length.greaterThan(2);
    expect([...deployment.signers].sort()).to.deep.equal([...(parameters["signers"] as string[])].sort());
  });

  it("is followed by the distribution of the supply from the same key", async () => {
    const { governance } = parseDeployment(await readFile(join(directory, "31337.json"), "utf8"));
    const receiver = Wallet.createRandom().address;
    const grants = { grants: [{ name: "everybody", recipient: receiver, tokens: parameters.governance["supply"] }] };
    const args = [
      ...["--token", governance?.token ?? "", "--grants", await file("grants.json", grants), "--rpc", rpcUrl],
      ...["--key-file", join(directory, "key"), "--deployment", journal],
    ];
    const open = await file("open-key", deployer.privateKey, 0o644);
    const readable = await started([...args, "--key-file", open], distribution).done;
    expect(readable.code, readable.text).to.equal(2);
    const done = await started([...args, "--send"], distribution).done;
    expect(done.code, done.text).to.equal(0);
    const token = new Contract(governance?.token ?? "", sluiceTokenAbi, provider);
    const held: unknown = await token.getFunction("balanceOf").staticCall(receiver);
    expect(held).to.equal(parseEther(String(parameters.governance["supply"])));
  });
});
