import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { attestationDigest, packAttestation } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, getAddress } from "ethers";

import { stopOnSignals } from "../../oracle/src/lifecycle.ts";
import { ALWAYS, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, post, ready, settingsFor, type Answer } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function run(...args: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

const children: ChildProcess[] = [];

/** Starts `oracle serve`; its log says where it listens and when it has read the chain. */
async function serve(settingsFile: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [CLI, "serve", "--settings", settingsFile], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let port = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { msg: string; port?: number }; // the log is JSON lines
    port = entry.port ?? port;
    if (entry.msg === "started") {
      child.stdout.resume();
      return { child, url: `http://127.0.0.1:${port}` };
    }
  }
  throw new Error("the node ended before it had started");
}

describe("oracle: a node as a process", () => {
  let chain: TestChain;
  const scratch = new Scratch();
  before(async () => {
    chain = await startChain(ALWAYS.hold);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  const settingsFile = (home: string, changes: Readonly<Record<string, unknown>> = {}): string => {
    const settings = settingsFor(chain, home, chain.attester(0), { logLevel: "info", pollIntervalMs: 20, ...changes });
    const file = join(home, "settings.json");
    writeFileSync(file, JSON.stringify(settings));
    return file;
  };
  const askPeer = async (url: string, paid: Paid): Promise<Answer> => {
    const block = await chain.ethers.provider.getBlock(paid.block);
    const request = { terms: paid.terms, asOf: paid.block, asOfHash: block?.hash, epoch: chain.addresses.epoch };
    return post(url, "/v1/peer/attestations", request);
  };

  it("answers identical bytes after SIGTERM, after SIGKILL, and after its chain file was deleted", async () => {
    const home = scratch.dir();
    const file = settingsFile(home);
    for (let index = 0; index < 5; index++) await chain.pay();
    const paid = await chain.pay();
    const answers: Answer[] = [];
    for (const end of ["SIGTERM", "SIGKILL", "SIGINT", "SIGTERM"] as const) {
      const { child, url } = await serve(file);
      answers.push(await askPeer(url, paid));
      child.kill(end);
      const [code, signal] = (await once(child, "exit")) as [number | null, string | null]; // as Node documents it
      expect([code, signal]).to.deep.equal(end === "SIGKILL" ? [null, "SIGKILL"] : [0, null]);
      if (end === "SIGINT")
        for (const part of ["", "-wal", "-shm"]) rmSync(join(home, "data", `chain.sqlite${part}`), { force: true });
    }
    expect(answers[0]?.status).to.equal(200);
    for (const answer of answers) expect(answer.body).to.deep.equal(answers[0]?.body);
  });

  it("does not start twice on one data directory", async () => {
    const home = scratch.dir();
    const file = settingsFile(home);
    const { child } = await serve(file);
    const second = await run("serve", "--settings", file);
    expect(second.code).to.equal(1);
    expect(second.err).to.match(/^DATA_DIR_LOCKED /);
    child.kill("SIGTERM");
    await once(child, "exit");
  });

  it("does not start on the data directory of another chain", async () => {
    const home = scratch.dir();
    const { child } = await serve(settingsFile(home));
    child.kill("SIGTERM");
    await once(child, "exit");
    const other = await startChain(ALWAYS.hold, new Date("2030-01-01"));
    const moved = await run(
      "serve",
      "--settings",
      settingsFile(home, { rpcUrl: other.url, gate: other.addresses.gate }),
    );
    await other.close();
    expect(moved.code).to.equal(1);
    expect(moved.err).to.match(/^DATA_DIR_OTHER_CHAIN .*genesisHash/);
  });

  it("says how it is used, and which setting is wrong", async () => {
    const bare = await run();
    expect(bare.code).to.equal(2);
    expect(bare.err).to.match(/^usage:/);
    expect((await run("serve")).err).to.match(/^--settings is missing/);
    expect((await run("dance")).err).to.match(/^there is no command dance/);
    const file = join(scratch.dir(), "settings.json");
    writeFileSync(file, JSON.stringify({ port: "x" }));
    const wrong = await run("serve", "--settings", file);
    expect(wrong.code).to.equal(1);
    expect(wrong.err).to.match(/^SETTINGS_INVALID [^]*port:/);
  });

  it("makes a key and prints its address", async () => {
    const home = scratch.dir();
    const passwordFile = join(home, "password");
    writeFileSync(passwordFile, "correct horse battery", { mode: 0o600 });
    const made = await run("keys", "new", "--out", join(home, "key.json"), "--password-file", passwordFile);
    expect(made.code).to.equal(0);
    expect(getAddress(made.out.trim())).to.equal(made.out.trim());
  });

  it("replays a decision of the gate from the chain alone, fact by fact", async () => {
    const paid = await chain.pay();
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [{ url: peer.url, signer: peer.signer }];
    const node = await ready(settingsFor(chain, scratch.dir(), chain.attester(0), { peers, peerTimeoutMs: 3_000 }));
    const { body } = await post(node.url, "/v1/attestations", { terms: paid.terms });
    await (await chain.escrow.post(paid.packed, String(body.attestation))).wait();
    await node.catchUp();
    const { body: decisions } = await get(node.url, `/v1/decisions/${paid.id}`);
    expect(decisions.onChain).to.have.length(1);
    await node.stop();
    await peer.stop();
    const replayed = await run("replay", "--payment", paid.id, "--settings", settingsFile(scratch.dir()));
    expect(replayed.err).to.equal("");
    expect(replayed.code).to.equal(0);
    expect(replayed.out).to.contain("the decision follows from the chain");
    expect(replayed.out.split("\n").filter((line) => /^ +\d+ \w+ +-?\d+ +-?\d+ +\S/.test(line))).to.have.length(32);
  });

  it("finds what a quorum that lied has signed", async () => {
    const paid = await chain.pay();
    const block = await chain.ethers.provider.getBlock(paid.block);
    const facts = `0x000000${"11".repeat(29)}`;
    const attested = { asOf: paid.block, asOfHash: block?.hash ?? "", facts };
    const digest = attestationDigest(
      { subject: paid.id, ...attested },
      { chainId: chain.site.chainId, epoch: chain.addresses.epoch },
    );
    const signatures = [0, 1].map((index) => {
      const key = chain.attester(index);
      return { signer: computeAddress(key), signature: key.sign(digest).serialized };
    });
    await (await chain.escrow.post(paid.packed, packAttestation(attested, signatures))).wait();
    const replayed = await run("replay", "--payment", paid.id, "--settings", settingsFile(scratch.dir()));
    expect(replayed.code).to.equal(1);
    expect(replayed.out)
      .to.match(/payeeAgeSlow +17 +-?\d+ +DIFFERS/)
      .and.to.contain("does NOT follow from the chain");
  });

  it("exits at once on a second signal", () => {
    const exits: number[] = [];
    const handlers: (() => void)[] = [];
    const host = {
      on: (_: string, handler: () => void) => handlers.push(handler),
      exit: (code: number) => exits.push(code),
    };
    stopOnSignals(
      host,
      () => new Promise(() => undefined),
      () => undefined,
    );
    handlers[0]?.();
    expect(exits).to.deep.equal([]);
    handlers[1]?.();
    expect(exits).to.deep.equal([1]);
  });
});
