import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

import { loadKeyring } from "../../oracle/src/attest/nodeKeys.ts";
import { CASE_COLUMNS, casesCsv } from "../../oracle/src/compliance/caseCsv.ts";
import { readCases, type CaseExport } from "../../oracle/src/compliance/cases.ts";
import { importList, signBatches, submitBatches } from "../../oracle/src/compliance/lists.ts";
import type { NodeSettings } from "../../oracle/src/config.ts";
import { readCsv } from "../../oracle/src/evaluate/formats/csv.ts";
import { packFacts } from "../../oracle/src/facts/facts.ts";
import type { Node } from "../../oracle/src/index.ts";
import { oracleClient } from "../../sdk/src/index.ts";
import { apiKey } from "./support/apiKeys.ts";
import { startChain, UNIT, type Paid, type TestChain } from "./support/chain.ts";
import { post, ready, settingsFor } from "./support/nodes.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const NOTE = '=HYPERLINK("x"), he said\nand left';

async function oracle(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

async function csvRows(path: string): Promise<Map<string, string>[]> {
  const rows: Map<string, string>[] = [];
  await readCsv(path, (header) => {
    expect(header).to.deep.equal(CASE_COLUMNS);
    return (cells) => rows.push(new Map(cells.map((cell, index) => [header[index] ?? "", cell])));
  });
  return rows;
}

describe("oracle: export of cases", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let nodes: Node[] = [];
  let first: NodeSettings;
  let file = "";
  let came: Paid;
  let went: Paid;
  let captured = "";

  /** A quorum puts the payer onto a list, as operators do. */
  const report = async (account: string, homes: readonly NodeSettings[]): Promise<void> => {
    const home = scratch.dir();
    const [list, batch] = [join(home, "list.txt"), join(home, "batch.json")];
    writeFileSync(list, `${account}\n`);
    await importList(first, { file: list, format: "ofac", list: "Reported", removeMissing: false, out: batch });
    const keys = await Promise.all(homes.map((settings) => loadKeyring(settings)));
    const files = homes.map((_, index) => join(home, `${index}.json`));
    for (const [index, settings] of homes.entries()) await signBatches(settings, keys[index]!, batch, files[index]!);
    await submitBatches(first, keys[0]!, batch, files);
    for (const key of keys) await key.close();
  };
  /** The quorum's attestation, and the capture it allows. */
  const capture = async (paid: Paid): Promise<string> => {
    for (const node of nodes) await node.catchUp();
    const { status, body } = await post(nodes[0]!.url, "/v1/attestations", { id: paid.id });
    expect(status).to.equal(200);
    const operator = chain.escrow.connect(chain.operator);
    const sent = await operator.capture(paid.packed, paid.terms.amount, 0, 0, String(body.attestation));
    await sent.wait();
    return sent.hash;
  };
  before(async () => {
    chain = await startChain();
    const registry = await chain.ethers.deployContract("ListRegistry", [chain.addresses.gate]);
    const shared = { listRegistry: await registry.getAddress(), peerTimeoutMs: 5_000 };
    const home = scratch.dir();
    const second = settingsFor(chain, scratch.dir(), chain.attester(1), shared);
    const peer = await ready(second);
    const peers = [{ url: peer.url, signer: peer.signer }];
    first = settingsFor(chain, home, chain.attester(0), { ...shared, peers, rapidMovementFloor: 10_000_000 });
    nodes = [await ready(first), peer];
    file = join(home, "settings.json");
    const { modelsDir: _, ...plain } = first;
    writeFileSync(file, JSON.stringify(plain));

    await report(chain.payer.address, [first, second]);
    came = await chain.pay({ amount: 25n * UNIT + UNIT / 2n });
    captured = await capture(came);
    await chain.token.mint(chain.payee.address, 100n * UNIT);
    await chain.token.connect(chain.payee).approve(chain.addresses.escrow, 100n * UNIT);
    went = await chain.pay({ payer: chain.payee.address, payee: chain.other.address, amount: 24n * UNIT });
    for (const node of nodes) await node.catchUp();
    const reviewer = oracleClient({ urls: nodes[0]!.url, apiKey: await apiKey(first, "review") });
    await reviewer.addNote({ id: came.id, body: { text: NOTE } });
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  it("has everything about a payment as JSON: read beside the running node", async () => {
    const { code, out, err } = await oracle(
      ...["cases", "export", "--payment", came.id, "--format", "json", "--settings", file],
    );
    expect([code, err]).to.deep.equal([0, ""]);
    const read = JSON.parse(out) as CaseExport; // the command wrote it
    expect(read.chain).to.include({ chainId: chain.site.chainId, escrow: chain.addresses.escrow });
    const [one] = read.cases;
    expect(read.cases).to.have.length(1);
    expect(one?.terms).to.include({ payer: came.terms.payer, amount: came.terms.amount.toString() });
    expect(one?.amount).to.deep.equal({ smallest: came.terms.amount.toString(), words: "25.5 LOCAL" });
    expect(one?.capturable).to.deep.equal({ smallest: "0", words: "0 LOCAL" });
    expect(one?.events.map(({ kind }) => kind)).to.include.members(["decided", "captured"]);
    expect(one?.notes.map(({ text }) => text)).to.deep.equal([NOTE]);
    const hits = one?.listHits.map(({ what, list, removal, sequence }) => ({ what, list, removal, sequence }));
    expect(hits).to.deep.equal([{ what: "payer", list: "Reported", removal: false, sequence: 0 }]);
    expect(one?.listed).to.deep.equal({ payer: ["Reported"], payee: [] });
    expect(one?.labels).to.deep.equal({ knownFraud: false, events: [] });
    expect(one?.ruleReasons?.map(({ code: rule, side, payments }) => [rule, side, payments])).to.deep.equal([
      ["RAPID_MOVEMENT", "payee", [came.id, went.id]],
    ]);

    const decided = one?.decisions.find(({ by }) => by === "gate");
    expect(decided).to.include({ band: "Allow", transactionHash: captured });
    expect(decided?.signers).to.deep.equal([...nodes.map(({ signer }) => signer)].sort(byNumber));
    expect(decided?.model.id).to.be.a("string");
    expect(decided?.facts).to.have.length(32);
    for (const { name, unit, phrase } of decided?.facts ?? [])
      for (const word of [name, unit, phrase]) expect(word).not.to.equal("");
    expect(packFacts(Int8Array.from(decided?.facts ?? [], ({ value }) => value))).to.equal(decided?.packedFacts);
    const event = one?.events.find(({ kind }) => kind === "decided");
    expect([decided?.packedFacts, String(decided?.score)]).to.deep.equal([event?.facts, event?.score]);
    const own = one?.decisions.find(({ by }) => by === "node");
    expect([own?.packedFacts, own?.score]).to.deep.equal([decided?.packedFacts, decided?.score]);
  });

  it("has one row a payment as CSV, oldest first, that a spreadsheet takes for text", async () => {
    const path = join(scratch.dir(), "cases.csv");
    const range = ["--from", String(came.block), "--to", String(went.block)];
    const run = ["cases", "export", ...range, "--format", "csv", "--settings", file, "--out", path];
    const done = await oracle(...run);
    expect([done.code, done.err]).to.deep.equal([0, ""]);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    const rows = await csvRows(path);
    expect(rows.map((row) => row.get("id"))).to.deep.equal([came.id, went.id]);
    const [one, other] = rows;
    const cells = Object.fromEntries(one ?? []);
    expect(cells).to.include({
      amount: "25500000000000000000",
      amountWords: "25.5 LOCAL",
      decidedBy: "gate",
      band: "Allow",
    });
    expect(cells).to.include({
      rules: "RAPID_MOVEMENT:payee",
      payerLists: "Reported",
      payeeLists: "",
      knownFraud: "false",
    });
    expect(cells.signers?.split(" ")).to.have.length(2);
    expect(cells.notes).to.match(/^key:\S+: =HYPERLINK\("x"\), he said and left$/);
    expect(other?.get("rules")).to.equal("RAPID_MOVEMENT:payer");

    const all = JSON.parse(
      (await oracle(...run.slice(0, 6), "--format", "json", "--settings", file)).out,
    ) as CaseExport; // see above
    const forged = all.cases.map((row) => ({ ...row, notes: row.notes.map((note) => ({ ...note, author: "=1+1" })) }));
    expect(casesCsv({ ...all, cases: forged })).to.contain(`"'=1+1: =HYPERLINK(""x""), he said and left"`);

    const kept = readFileSync(path, "utf8");
    const again = await oracle(...run);
    expect(again.err).to.match(/^INVALID_REQUEST /);
    expect(readFileSync(path, "utf8")).to.equal(kept);
  });

  it("names the signers of payments that were captured together, and refunds that call a payment fraud", async () => {
    const both = [await chain.pay(), await chain.pay()];
    for (const node of nodes) await node.catchUp();
    const asked = { items: both.map(({ id }) => ({ id })) };
    const { status, body } = await post(nodes[0]!.url, "/v1/batches", asked);
    expect(status).to.equal(200);
    const items = both.map(({ packed, terms }) => ({ terms: packed, amount: terms.amount, feeBps: 0 }));
    await chain.escrow.connect(chain.operator).captureMany(items, String(body.attestation));
    await chain.escrow.connect(chain.payee).refund(both[1]!.packed, UNIT, 1);
    await nodes[0]!.catchUp();
    const range = { from: both[0]!.block, to: both[1]!.block };
    const { cases } = await readCases(first, range, new AbortController().signal);
    expect(cases.map(({ id }) => id)).to.deep.equal(both.map(({ id }) => id));
    for (const { decisions } of cases) {
      const signers = decisions.filter(({ by }) => by === "gate").map((decided) => decided.signers);
      expect(signers).to.deep.equal([nodes.map(({ signer }) => signer).sort(byNumber)]);
    }
    const labels = cases.map(({ labels: { knownFraud, events } }) => [knownFraud, events.map(({ kind }) => kind)]);
    expect(labels).to.deep.equal([
      [false, []],
      [true, ["refunded"]],
    ]);
  });

  it("is refused for unknown payments, blocks not read, and questions that are none", async () => {
    const refusals: [code: string, args: string[]][] = [
      ["UNKNOWN_PAYMENT", ["--payment", `0x${"12".repeat(32)}`, "--format", "json"]],
      ["BEHIND", ["--from", "0", "--to", "1000000", "--format", "json"]],
      ["INVALID_REQUEST", ["--from", "9", "--to", "8", "--format", "json"]],
      ["INVALID_REQUEST", ["--payment", came.id, "--from", "9", "--format", "json"]],
      ["INVALID_REQUEST", ["--payment", came.id, "--format", "toString"]],
    ];
    for (const [code, args] of refusals) {
      const { code: exit, err } = await oracle("cases", "export", ...args, "--settings", file);
      expect([exit, err.split(" ")[0]]).to.deep.equal([1, code]);
    }
  }).timeout(60_000);
});

function byNumber(a: string, b: string): number {
  return BigInt(a) < BigInt(b) ? -1 : 1;
}
