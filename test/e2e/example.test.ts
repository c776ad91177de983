import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { parseEther } from "ethers";

import { attestations, NodeError, payments, type Terms } from "@sluice/sdk";
import { startStack, type Stack } from "../../scripts/stack/stack.ts";

const file = "sdk/examples/authorizeAttestCapture.ts";
const run = promisify(execFile);

async function runExample(stack: Stack): Promise<string[]> {
  const env = {
    ...process.env,
    SLUICE_DEPLOYMENT: stack.deploymentFile,
    SLUICE_RPC: stack.rpcUrl,
    SLUICE_NODES: stack.plans.map(({ url }) => url).join(" "),
  };
  const { stdout } = await run(process.execPath, [file], { env, timeout: 60_000 });
  return stdout.trim().split("\n");
}

describe("sdk: the example", () => {
  let directory = "";
  let stack: Stack;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-example-"));
    const options = {
      directory,
      deployments: directory,
      keySeed: "sluice example",
      pollIntervalMs: 10,
      auditShare: 0,
      holdAt: 9_500,
    };
    stack = await startStack({ ...options, progress: () => undefined });
  });
  after(async () => {
    await stack?.stopAll();
    await rm(directory, { recursive: true });
  });

  it("authorizes, attests and captures, and the payee has the money", async () => {
    const lines = await runExample(stack);
    const { ethers } = stack.connection;
    const [, operator, payee] = await ethers.getSigners();
    const token = await ethers.getContractAt("LocalToken", stack.deployment.token);
    expect(await token.balanceOf(payee!.address)).to.equal(parseEther("9.9"));
    expect(await token.balanceOf(stack.deployment.escrow)).to.equal(parseEther("15.1"));
    const escrow = await ethers.getContractAt("IPaymentEscrow", stack.deployment.escrow);
    const ledger = await escrow.ledger(stack.deployment.token, operator!.address);
    expect(ledger.credit).to.equal(parseEther("0.1"));
    expect(lines[0]).to.match(/^authorized 0x[0-9a-f]{64}$/);
    expect(lines[1]).to.match(/^score \d+ band Allow signed by 2$/);
    expect(lines.slice(-2)).to.deep.equal(["captured 10.0 payee got 9.9", "still in escrow 15.0 posted band None"]);
  });

  it("run again for the same payee is not allowed, and says which error of the contract that was", async () => {
    const lines = await runExample(stack);
    expect(lines[1]).to.match(/^score \d+ band Hold signed by 2$/);
    expect(lines.some((line) => /^not captured: (NotAllowed|CaptureWindow) \{/.test(line))).to.equal(true);
    expect(lines.at(-1)).to.match(/^still in escrow 25\.0 posted band (Hold|None)$/);
  });

  it("is the code of the quickstart, word for word", async () => {
    const guide = await readFile("docs/guides/quickstart.md", "utf8");
    const [, code] = guide.match(/```ts\n(.*?)```/s) ?? [];
    expect(code).to.equal(await readFile(file, "utf8"));
  });

  it("fails with the node's code where the terms are of no payment on chain", async () => {
    const [, operator, payee, payer] = await stack.connection.ethers.getSigners();
    const parties = { payer: payer!.address, payee: payee!.address, operator: operator!.address };
    const terms: Terms = payments.draftTerms({ ...parties, token: stack.deployment.token, amount: 1n }, 2_000_000_000);
    const urls = stack.plans.map(({ url }) => url);
    const asked = attestations.requestAttestation(urls, stack.deployment, terms, { attempts: 2 });
    const error = await asked.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(NodeError);
    expect((error as NodeError).details).to.include({ nodeCode: "NOT_AUTHORIZED_YET", retriable: true, gaveUp: true });
    expect((error as NodeError).details.failures).to.have.length(3);
  });
});
