import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";

import { freePorts } from "../../scripts/stack/ports.ts";
import { blocksOf, PageShell, readPage, type Block } from "./guidePage.ts";

/** What a block must contain to be the one that is meant; the page may not lose one. */
const INSTALL = "npm ci";
const PAY = "authorizeAttestCapture";

describe("docs: three nodes with PostgreSQL", () => {
  let shell: PageShell;
  let blocks: Block[] = [];
  let directory = "";

  before(async () => {
    const [database = 0, chain = 0] = await freePorts(2);
    // The page builds the nodes' ports from a digit: 8701, 8702, 8703.
    const base = 20_000 + 10 * (process.pid % 3_000);
    directory = `.data/three-${process.pid}`;
    const text = readPage("guides/three-nodes-postgresql.md")
      .replaceAll("5432", String(database))
      .replaceAll("8545", String(chain))
      .replaceAll("870$", `${base / 10}$`)
      .replaceAll(/870(?=[123])/g, String(base / 10))
      .replaceAll("--databases", `--port ${database} --databases`)
      .replaceAll("npm run devnet -- ", `npm run devnet -- --port ${chain} `)
      .replaceAll(".data/three", directory);
    blocks = blocksOf(text);
    const nodes = [1, 2, 3].map((n) => `http://127.0.0.1:${base / 10}${n}`).join(" ");
    shell = new PageShell({ SLUICE_RPC: `http://127.0.0.1:${chain}`, SLUICE_NODES: nodes });
  });
  after(async () => {
    await shell.stop();
    rmSync(resolve(directory), { recursive: true, force: true });
  });

  it("begins with a fresh clone", () => {
    expect(blocks[0]?.commands.trim().split("\n")).to.deep.equal([INSTALL, "npm run build"]);
  });

  it("runs as it is written, with other ports: databases, keys, chain, three nodes, one payment by a quorum", async () => {
    const after = blocks.slice(1);
    for (const block of after) await shell.run(block);
    expect(existsSync(resolve(directory, "node1/data/chain.sqlite")), "the chain is in PostgreSQL").to.equal(false);
    const pay = blocks.find(({ commands }) => commands.includes(PAY));
    if (pay === undefined) throw new Error("the page pays nothing");
    expect(pay.prints).to.include("signed by 2");
  }).timeout(240_000);

  it("ends in order when everything is stopped", async () => {
    const outputs = await shell.stop();
    const nodes = outputs.filter((output) => output.includes('"msg":"started"'));
    expect(nodes).to.have.length(3);
    for (const output of nodes) expect(output.trim().split("\n").at(-1)).to.contain('"msg":"stopped"');
  }).timeout(60_000);
});
