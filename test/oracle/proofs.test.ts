import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { hotKeyDigest, type SignedFacts } from "@sluice/sdk";
import { expect } from "chai";
import { computeAddress, keccak256, toUtf8Bytes, type SigningKey } from "ethers";

import { batchDigest, leafOf, statementDigest, type Statement } from "../../oracle/src/attest/digest.ts";
import { SEAL_HEADERS } from "../../oracle/src/attest/peerSeal.ts";
import { equivocationCall, type SignedStatement } from "../../oracle/src/attest/records/proofs.ts";
import type { Node } from "../../oracle/src/index.ts";
import { DAY, UNIT, startChain, type Paid, type TestChain } from "./support/chain.ts";
import { get, post, ready, settingsFor } from "./support/nodes.ts";
import { answerSignature } from "./support/peers.ts";
import { Scratch } from "./support/scratch.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const BOND = 1_000n * UNIT;

/** Of the report. */
interface Row {
  readonly signer: string;
  readonly answered: number;
  readonly differed: number;
  readonly onChain: number;
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

/** JSON with the keys of every object in alphabetical order. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${sortedJson(Reflect.get(value, key))}`).join(",")}}`;
}

/** Attesters with the third signer of the epoch bonded, by a cold account. */
async function bondedWorld(chain: TestChain) {
  const { ethers, deployer, other } = chain;
  const token = await ethers.deployContract("SluiceToken", [other.address, 10n * BOND]);
  const tiers = [1n, 2n, 3n];
  const stake = await ethers.deployContract("SluiceStake", [await token.getAddress(), DAY, DAY, tiers]);
  const at = [await stake.getAddress(), chain.addresses.gate, deployer.address];
  const attesters = await ethers.deployContract("Attesters", [...at, BOND, 1_000, DAY]);
  await stake.setAttesters(await attesters.getAddress());
  await token.connect(other).approve(await stake.getAddress(), BOND);
  await stake.connect(other).stake(BOND);
  const contract = await attesters.getAddress();
  const consent = chain.attester(2).sign(hotKeyDigest(other.address, { chainId: chain.site.chainId, contract }));
  await attesters.connect(other).setHotKey(computeAddress(chain.attester(2)), consent.serialized, "");
  await attesters.connect(other).bond(BOND);
  return { attesters, stake, address: contract };
}

describe("oracle: proofs against a signer", () => {
  let chain: TestChain;
  let world: Awaited<ReturnType<typeof bondedWorld>>;
  let separator = "";
  let node: Node;
  let honest: Node;
  let liar: Server;
  let settingsFile = "";
  /** Facts that the third attester signs next. */
  let lie = "";
  let subject = "";
  const scratch = new Scratch();

  /** The third attester: signs whatever facts the test wants, properly sealed. */
  const startLiar = async (key: SigningKey): Promise<string> => {
    const site = { chainId: chain.site.chainId, gate: chain.addresses.gate };
    liar = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const asked = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Statement & { epoch: string }; // the node wrote it
        const statement = { subject, asOf: asked.asOf, asOfHash: asked.asOfHash, facts: lie };
        const { compactSerialized: signature } = key.sign(statementDigest(statement, separator));
        const text = JSON.stringify({ ...statement, id: subject, epoch: asked.epoch, signature });
        const seal = answerSignature(site, key, String(request.headers[SEAL_HEADERS.nonce]), 200, text);
        response.writeHead(200, { [SEAL_HEADERS.answer]: seal }).end(text);
      });
    });
    await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(liar.address() as AddressInfo).port}`; // a TCP address is an object
  };

  before(async () => {
    chain = await startChain();
    world = await bondedWorld(chain);
    separator = await chain.epoch.domainSeparator();
    honest = await ready(settingsFor(chain, scratch.dir(), chain.attester(1)));
    const peers = [
      { url: honest.url, signer: honest.signer },
      { url: await startLiar(chain.attester(2)), signer: computeAddress(chain.attester(2)) },
    ];
    const home = scratch.dir();
    const settings = settingsFor(chain, home, chain.attester(0), {
      ...{ peers, peerTimeoutMs: 5_000, attesters: world.address },
    });
    settingsFile = join(home, "settings.json");
    writeFileSync(settingsFile, JSON.stringify(settings));
    node = await ready(settings);
  });
  after(async () => {
    liar.closeAllConnections();
    liar.close();
    await node.stop();
    await honest.stop();
    await chain.close();
    scratch.clean();
  });

  const report = async (): Promise<Record<string, unknown>> => {
    const to = await chain.ethers.provider.getBlockNumber();
    const { status, body } = await get(node.url, `/v1/quorum-report?from=0&to=${to}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const rowOf = ({ signers }: Record<string, unknown>, index: number): Row | undefined =>
    (signers as Row[]).find((row) => row.signer === chain.signers[index]?.toLowerCase()); // the API's answer
  /** Has the liar sign other facts of a payment, and waits until both peers were heard: the quorum needs only the other one. */
  const lieAbout = async (paid: Paid, facts: string): Promise<void> => {
    const before = rowOf(await report(), 2)?.differed ?? 0;
    [subject, lie] = [paid.id, facts];
    await post(node.url, "/v1/attestations", { terms: paid.terms });
    for (let look = 0; look < 100; look++) if ((rowOf(await report(), 2)?.differed ?? 0) > before) return;
    throw new Error("the liar was not heard");
  };
  const evidence = async (paid: Paid): Promise<{ file: string; statement: SignedStatement & { signer: string } }[]> => {
    const out = scratch.dir();
    const listed = await run("proofs", "list", "--settings", settingsFile, "--out", out);
    expect([listed.code, listed.err]).to.deep.equal([0, ""]);
    return readdirSync(out)
      .map((name) => join(out, name))
      .map((file) => ({
        file,
        statement: JSON.parse(readFileSync(file, "utf8")) as SignedStatement & { signer: string },
      })) // the command wrote it
      .filter(({ statement }) => statement.subject === paid.id);
  };
  const by = (found: Awaited<ReturnType<typeof evidence>>, index: number) =>
    found.filter(({ statement }) => statement.signer === chain.signers[index]?.toLowerCase());

  it("accuse one who differs from two thirds of the epoch, from what a node has kept", async () => {
    const paid = await chain.pay();
    await lieAbout(paid, `0x000000${"01".repeat(29)}`);
    const found = await evidence(paid);
    expect([0, 1, 2].map((index) => by(found, index).length)).to.deep.equal([1, 1, 1]);
    const others = [0, 1].map((index) => by(found, index)[0]?.file ?? "").join(",");
    const args = ["--one", by(found, 2)[0]?.file ?? "", "--others", others, "--settings", settingsFile];
    const dry = await run("proofs", "dissent", ...args);
    expect(JSON.parse(dry.out)).to.include({ name: "proveDissent", to: world.address, accused: chain.signers[2] });
    const sent = await run("proofs", "dissent", ...args, "--send");
    expect([sent.code, sent.err]).to.deep.equal([0, ""]);
    const events = await world.attesters.queryFilter(world.attesters.filters.DissentProven());
    expect(events.map((event) => event.args.hotKey)).to.deep.equal([chain.signers[2]]);
    const again = await run("proofs", "dissent", ...args, "--send");
    expect([again.code, again.err]).to.satisfy(
      ([code, err]: [number, string]) => code === 1 && /^PROOF_INVALID .*EvidenceUsed/.test(err),
    );
  });

  it("convict one who signed two facts, and cost half the bond", async () => {
    const paid = await chain.pay();
    await lieAbout(paid, `0x000000${"02".repeat(29)}`);
    const [first] = by(await evidence(paid), 2);
    const second = { ...first?.statement, facts: `0x000000${"03".repeat(29)}` } as SignedStatement; // one was found
    const signature = chain.attester(2).sign(statementDigest(second, separator)).compactSerialized;
    const file = join(scratch.dir(), "second.json");
    writeFileSync(file, JSON.stringify({ ...second, signature }));
    const args = ["--a", first?.file ?? "", "--b", file, "--settings", settingsFile, "--send"];
    const sent = await run("proofs", "equivocation", ...args);
    expect([sent.code, sent.err]).to.deep.equal([0, ""]);
    expect((await world.stake.position(chain.other.address)).bonded).to.equal(BOND / 2n);
    const same = await run("proofs", "equivocation", "--a", file, "--b", file);
    expect([same.code, same.err.split(" ")[0]]).to.deep.equal([1, "PROOF_INVALID"]);
  });

  it("convict one who signed other facts in a batch than alone", async () => {
    const word = (text: string): string => keccak256(toUtf8Bytes(text));
    const statements = ["x", "y", "z"].map((name, asOf) => ({
      ...{ subject: word(name), asOf, asOfHash: word(`hash ${name}`), facts: word(`facts ${name}`) },
    }));
    const key = chain.attester(2);
    const leaves = statements.map(leafOf);
    const middle = statements[1] as Statement; // there are three
    const site = { chainId: chain.site.chainId, epoch: chain.addresses.epoch };
    const inBatch = { ...site, ...middle, leaves, place: 1 };
    const a = { ...inBatch, signature: key.sign(batchDigest(statements, separator)).compactSerialized };
    const other: Statement & Partial<SignedFacts> = { ...middle, facts: word("other facts") };
    const alone = key.sign(statementDigest(other, separator)).compactSerialized;
    const call = equivocationCall(a, { ...site, ...other, leaves: [], place: 0, signature: alone });
    expect(call.name).to.equal("proveEquivocationInBatch");
    await (await chain.deployer.sendTransaction({ to: world.address, data: call.data })).wait();
    expect((await world.stake.position(chain.other.address)).bonded).to.equal(BOND / 4n);
    expect(() => equivocationCall({ ...a, place: 0 }, { ...a, facts: other.facts })).to.throw();
  });

  it("are counted in the quorum report, whose hash anybody computes again", async () => {
    const paid = await chain.pay();
    await lieAbout(paid, `0x000000${"04".repeat(29)}`);
    const { body: made } = await post(node.url, "/v1/attestations", { terms: paid.terms });
    await (await chain.escrow.post(paid.packed, String(made.attestation))).wait();
    await node.catchUp();
    const body = await report();
    const { hash, ...rest } = body;
    expect(keccak256(toUtf8Bytes(sortedJson(rest)))).to.equal(hash);
    expect([0, 1, 2].map((index) => rowOf(body, index)?.onChain)).to.deep.equal([1, 1, 0]);
    expect([rowOf(body, 1)?.answered, rowOf(body, 2)?.differed]).to.deep.equal([3, 3]);
    expect(body.decisions).to.deep.equal({ total: 1, unreadable: 0 });
    const printed = await run("quorum-report", "--from", "0", "--to", String(body.toBlock), "--settings", settingsFile);
    expect(JSON.parse(printed.out)).to.deep.equal(body);
  });
});
