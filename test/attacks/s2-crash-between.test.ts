import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { statementDigest } from "../../oracle/src/attest/digest.ts";
import { openGuard } from "../../oracle/src/store/dataDir.ts";
import { startChain, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { post, settingsFor, type Answer } from "../oracle/support/nodes.ts";
import { KeyService, type Answer as Signing } from "../oracle/support/remoteSigner.ts";
import { Scratch } from "../oracle/support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;

describe("S2: a node killed between decision, signature and record", () => {
  let chain: TestChain;
  let keys: KeyService;
  const children: ChildProcess[] = [];
  const scratch = new Scratch();
  const honest: Signing = (key, digest) => ({ signature: key.sign(digest).compactSerialized });

  before(async () => {
    chain = await startChain();
    keys = await new KeyService([chain.attester(0)]).listen();
  });
  afterEach(() => {
    keys.answer = honest;
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(async () => {
    await keys.close();
    await chain.close();
    scratch.clean();
  });

  /** A node as a process, whose key lies in another one. */
  const serve = async (home: string): Promise<{ child: ChildProcess; url: string }> => {
    const signing = { signerUrl: keys.url, signerAddress: computeAddress(chain.attester(0)), signerTimeoutMs: 60_000 };
    const changes = { ...signing, privateKeyFile: undefined, logLevel: "info", pollIntervalMs: 50 };
    const file = join(home, "settings.json");
    writeFileSync(file, JSON.stringify(settingsFor(chain, home, chain.attester(0), changes)));
    const child = spawn(process.execPath, [CLI, "serve", "--settings", file], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    let port = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = JSON.parse(line) as { msg: string; port?: number }; // the log is JSON lines
      port = entry.port ?? port;
      if (entry.msg !== "started") continue;
      child.stdout.resume();
      return { child, url: `http://127.0.0.1:${port}` };
    }
    throw new Error("the node ended before it had started");
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    expect(await ended).to.deep.equal([null, "SIGKILL"]);
  };
  const ask = async (url: string, paid: Paid): Promise<Answer> => {
    const block = await chain.ethers.provider.getBlock(paid.block);
    const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    return post(url, "/v1/peer/attestations", request);
  };
  /** Rows of the dead node's guard. */
  const guardOf = async (home: string) => {
    const guard = await openGuard(join(home, "data", "guard.sqlite"), "power");
    const rows = await guard.selectFrom("guard").selectAll().execute();
    await guard.destroy();
    return rows;
  };
  const expected = async (paid: Paid, facts: string): Promise<string> => {
    const block = await chain.ethers.provider.getBlock(paid.block);
    const statement = { subject: paid.id, asOf: paid.block, asOfHash: block?.hash ?? "", facts };
    const separator = await chain.epoch.domainSeparator();
    return chain.attester(0).sign(statementDigest(statement, separator)).compactSerialized;
  };

  /** Kills the node at the moment the key service is asked; `signed` says whether the key has signed by then. */
  const killAtSignature = async (signed: boolean): Promise<void> => {
    const paid = await chain.pay();
    const home = scratch.dir();
    const first = await serve(home);
    let made = "";
    const reached = new Promise<void>((resolve) => {
      keys.answer = (key, digest) => {
        if (signed) made = key.sign(digest).compactSerialized;
        resolve();
        return undefined;
      };
    });
    const lost = ask(first.url, paid).catch((error: unknown) => error);
    await reached;
    await kill(first.child);
    expect(await lost).to.be.an("error");
    const [row, ...others] = await guardOf(home);
    expect(others).to.deep.equal([]);
    expect([row?.subject, row?.signature]).to.deep.equal([paid.id, null]);

    keys.answer = honest;
    const second = await serve(home);
    const { status, body } = await ask(second.url, paid);
    expect([status, body.facts]).to.deep.equal([200, row?.facts]);
    expect(body.signature).to.equal(await expected(paid, String(row?.facts)));
    if (signed) expect(body.signature).to.equal(made);
  };

  it("has fixed the facts on disk when it was killed before the key had signed, and signs those after the restart", async () => {
    await killAtSignature(false);
  });

  it("gives the same signature again when it was killed after the key had signed and before it was recorded", async () => {
    await killAtSignature(true);
  });

  it("gives the same signature again when it was killed after the answer, before the signature was on disk", async () => {
    const paid = await chain.pay();
    const home = scratch.dir();
    const first = await serve(home);
    const answered = await ask(first.url, paid);
    await kill(first.child);
    const [row] = await guardOf(home);
    expect([row?.subject, row?.signature]).to.deep.equal([paid.id, null]);
    const second = await serve(home);
    expect((await ask(second.url, paid)).body).to.deep.equal(answered.body);
  });
});
