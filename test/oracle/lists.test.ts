import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { getAddress, keccak256, toUtf8Bytes } from "ethers";

import { importList, submitBatches } from "../../oracle/src/compliance/lists.ts";
import { loadKeyring } from "../../oracle/src/attest/nodeKeys.ts";
import type { NodeSettings } from "../../oracle/src/config.ts";
import { startChain, type TestChain } from "./support/chain.ts";
import { refused } from "./support/errors.ts";
import { ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const address = (name: string): string => getAddress(`0x${keccak256(toUtf8Bytes(name)).slice(-40)}`);

async function oracle(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

describe("oracle: lists on chain", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let files: string[] = [];
  let nodes: NodeSettings[] = [];

  before(async () => {
    chain = await startChain();
    const registry = await chain.ethers.deployContract("ListRegistry", [chain.addresses.gate]);
    const listRegistry = await registry.getAddress();
    const homes = [0, 1].map(() => scratch.dir());
    nodes = homes.map((home, index) => settingsFor(chain, home, chain.attester(index), { listRegistry }));
    files = homes.map((home, index) => {
      const file = join(home, "settings.json");
      const { modelsDir: _, ...plain } = nodes[index] ?? {};
      writeFileSync(file, JSON.stringify(plain));
      return file;
    });
  });
  after(async () => {
    await chain.close();
    scratch.clean();
  });

  const catchUp = async (): Promise<void> => {
    const [settings] = nodes;
    if (settings === undefined) throw new Error("no node");
    await (await ready(settings)).stop();
  };
  const list = (name: string, people: readonly string[]): string => {
    const file = join(scratch.dir(), name);
    writeFileSync(file, `${people.join("\n")}\n`);
    return file;
  };

  it("come from a public file to the registry by a quorum, and back into every node; a dry run writes nothing", async () => {
    await catchUp();
    const [first = "", second = ""] = files;
    const home = scratch.dir();
    const [batch, a, b] = ["batch.json", "a.json", "b.json"].map((name) => join(home, name)) as [
      string,
      string,
      string,
    ];
    const file = list("ofac.txt", ["one", "two", "three"].map(address));
    const request = ["--format", "ofac", "--list", "Sanctioned", "--file", file, "--settings", first];

    const dry = await oracle("lists", "import", ...request, "--dry-run");
    expect(dry.err).to.equal("");
    expect(dry.out).to.contain("added 3, removed 0, unchanged 0");
    expect(existsSync(batch)).to.equal(false);

    expect((await oracle("lists", "import", ...request, "--out", batch)).code).to.equal(0);
    expect((await oracle("lists", "sign", "--batch", batch, "--out", a, "--settings", first)).code).to.equal(0);
    const one = await oracle("lists", "submit", "--batch", batch, "--signatures", a, "--settings", first);
    expect(one.code, "one signature is no quorum").to.equal(1);
    expect(one.err).to.match(/^LIST_INVALID .*QuorumNotMet/);
    expect((await oracle("lists", "sign", "--batch", batch, "--out", b, "--settings", second)).code).to.equal(0);
    const sent = await oracle("lists", "submit", "--batch", batch, "--signatures", `${b},${a}`, "--settings", first);
    expect(sent.err).to.equal("");
    expect(sent.out).to.match(/^batch 0: block \d+/);
    const again = await oracle("lists", "submit", "--batch", batch, "--signatures", `${a},${b}`, "--settings", first);
    expect(again.out).to.match(/^every batch is on chain already/);

    const behind = await oracle("lists", "import", ...request, "--dry-run");
    expect(behind.err).to.match(/^BEHIND /);
    await catchUp();
    const after = list("ofac-later.txt", ["two", "three", "four"].map(address));
    const next = [...request.slice(0, 5), after, "--settings", first, "--dry-run"];
    expect((await oracle("lists", "import", ...next)).out).to.contain("added 1, removed 1 (left on the list");
  }).timeout(120_000);

  it("are refused where a batch's entries, site or signatures were changed", async () => {
    await catchUp();
    const [settings] = nodes;
    const [first = ""] = files;
    if (settings === undefined) throw new Error("no node");
    const home = scratch.dir();
    const path = (name: string): string => join(home, name);
    const file = list("more.txt", [address("five"), address("six")]);
    const request = { file, format: "ofac", list: "Reported", removeMissing: true, out: path("batch.json") };
    const { diff } = await importList(settings, request);
    expect(diff).to.deep.include({ removed: [], unchanged: [] });
    await refused(importList(settings, request), "LIST_INVALID"); // an existing file is kept
    expect(
      (await oracle("lists", "sign", "--batch", path("batch.json"), "--out", path("a.json"), "--settings", first)).code,
    ).to.equal(0);

    const keys = await loadKeyring(settings);
    const original = readFileSync(path("batch.json"), "utf8");
    const entry = address("five").slice(2).toLowerCase();
    const variants: [name: string, text: string][] = [
      ["other entries", original.replace(entry, address("seven").slice(2).toLowerCase())],
      ["another chain", original.replace(/"chainId": \d+/, '"chainId": 1')],
      ["no batches", original.replace(/"batches": \[[^]*\]/, '"batches": []')],
      ["no JSON", "{"],
    ];
    for (const [name, text] of variants) {
      const changed = path(`${name}.json`);
      writeFileSync(changed, text);
      await refused(submitBatches(settings, keys, changed, [path("a.json")]), "LIST_INVALID");
    }
    const forged = path("forged.json");
    const signatures = readFileSync(path("a.json"), "utf8").replace(chain.signers[0] ?? "", chain.signers[1] ?? "");
    writeFileSync(forged, signatures);
    await refused(submitBatches(settings, keys, path("batch.json"), [forged]), "LIST_INVALID");
  }).timeout(60_000);

  it("need a registry, a known format and a list of accounts", async () => {
    const [settings] = nodes;
    if (settings === undefined) throw new Error("no node");
    const base = { file: list("x.txt", [address("x")]), format: "ofac", list: "Sanctioned", removeMissing: false };
    await refused(importList({ ...settings, listRegistry: undefined }, base), "SETTINGS_INVALID");
    await refused(importList(settings, { ...base, format: "pdf" }), "LIST_INVALID");
    await refused(importList(settings, { ...base, list: "Fraud" }), "LIST_INVALID");
    await refused(importList(settings, { ...base, file: list("bad.txt", ["0x12"]) }), "LIST_INVALID");
    await refused(importList(settings, { ...base, file: join(scratch.dir(), "absent") }), "LIST_INVALID");
  });
});
