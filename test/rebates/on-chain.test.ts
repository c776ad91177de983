import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rebateRootDigest, rebateTree } from "@sluice/sdk";
import { expect } from "chai";
import { ZeroAddress } from "ethers";

import type { NodeSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { buildWith } from "../../oracle/src/rebates/buildWith.ts";
import { rootFileOf } from "../../oracle/src/rebates/files.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import { ALWAYS, DAY, startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { refused } from "../oracle/support/errors.ts";
import { get, post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { table } from "./story.ts";

const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const HOLD = DAY;
const CHALLENGE_WINDOW = 2 * DAY;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function oracle(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

describe("rebates: from payments to money, on a chain", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let nodes: Node[] = [];
  let settings: NodeSettings[] = [];
  let files: string[] = [];
  let tableFile = "";
  let token = "";
  let affiliate = "";
  let first: Paid;
  let pool: Awaited<ReturnType<typeof deployPool>>;

  const deployPool = async () => {
    const bond = [chain.addresses.token, UNIT, CHALLENGE_WINDOW, 7 * DAY] as const;
    return chain.ethers.deployContract("RebatePool", [
      chain.addresses.gate,
      chain.deployer.address,
      ...bond,
      chain.deployer.address,
    ]);
  };
  const catchUp = async (): Promise<void> => {
    for (const node of nodes) await node.catchUp();
  };
  const capture = async (paid: Paid): Promise<void> => {
    await catchUp();
    const { status, body } = await post(nodes[0]!.url, "/v1/attestations", { id: paid.id });
    expect(status, JSON.stringify(body)).to.equal(200);
    const operator = chain.escrow.connect(chain.operator);
    await (await operator.capture(paid.packed, paid.terms.amount, 0, 0, String(body["attestation"]))).wait();
  };
  const pass = async (seconds: number): Promise<number> => {
    await chain.rpc("evm_increaseTime", [seconds]);
    await chain.mine(2);
    await catchUp();
    return chain.ethers.provider.getBlockNumber();
  };
  const build = async (period: number, asOf: number, out: string, more: readonly string[] = []): Promise<Ran> => {
    const what = ["--period", String(period), "--as-of", String(asOf), "--table", tableFile, "--out", out];
    return oracle("rebates", "build", ...what, "--settings", files[0]!, ...more);
  };
  /** Built, signed by two nodes, posted, and in force. */
  const inForce = async (period: number, asOf: number): Promise<string> => {
    const home = scratch.dir();
    const out = join(home, "period");
    const built = await build(period, asOf, out);
    expect(built.err).to.equal("");
    const root = join(out, "root.json");
    const signatures = [join(home, "a.json"), join(home, "b.json")];
    for (const [index, file] of signatures.entries()) {
      const signed = await oracle(
        ...["rebates", "sign", "--root", root, "--table", tableFile, "--out", file, "--settings", files[index]!],
      );
      expect(signed.err).to.equal("");
    }
    const submit = ["rebates", "submit", "--root", root, "--settings", files[0]!, "--signatures"];
    const one = await oracle(...submit, signatures[0]!);
    expect(one.err, "one signature is no quorum").to.match(/^REBATES_INVALID .*QuorumNotMet/);
    const sent = await oracle(...submit, signatures.join(","));
    expect(sent.err).to.equal("");
    await pass(CHALLENGE_WINDOW);
    return out;
  };
  const claim = async (dir: string, account: string): Promise<void> => {
    const printed = await oracle("rebates", "proof", "--account", account, "--dir", dir);
    expect(printed.err).to.equal("");
    const { claim: call } = JSON.parse(printed.out) as { claim: { to: string; data: string } };
    await (await chain.operator.sendTransaction(call)).wait();
    await catchUp();
  };

  before(async () => {
    chain = await startChain({ ...ALWAYS.allow, protocolFeeBps: 50 });
    token = chain.addresses.token.toLowerCase();
    affiliate = chain.other.address.toLowerCase();
    pool = await deployPool();
    const tiers = [{ minVolume: "0", maxBadBps: 5_000, minPayers: 0, commissionBps: 2_000, rebateBps: 1_000 }];
    const used = parseTable({ ...table(), holdSeconds: HOLD, tokens: { [token]: { tiers } } });
    tableFile = join(scratch.dir(), "table.json");
    writeFileSync(tableFile, JSON.stringify(used.table));
    await (await pool.setTierTable(used.hash)).wait();
    const pot = 1_000n * UNIT;
    await (await chain.token.mint(chain.deployer.address, pot)).wait();
    await (await chain.token.connect(chain.deployer).approve(await pool.getAddress(), pot)).wait();
    await (await pool.fund(token, pot)).wait();

    const shared = { rebatePool: await pool.getAddress(), peerTimeoutMs: 5_000 };
    const homes = [scratch.dir(), scratch.dir()];
    const second = settingsFor(chain, homes[1]!, chain.attester(1), shared);
    const peer = await ready(second);
    const peers = [{ url: peer.url, signer: peer.signer }];
    settings = [settingsFor(chain, homes[0]!, chain.attester(0), { ...shared, peers }), second];
    nodes = [await ready(settings[0]!), peer];
    files = homes.map((home, index) => {
      const { modelsDir: _, ...plain } = settings[index]!;
      writeFileSync(join(home, "settings.json"), JSON.stringify(plain));
      return join(home, "settings.json");
    });
    // The affiliate is seen on the chain; a payment names it, one names its own payer.
    await chain.pay({ payee: affiliate, amount: UNIT });
    const referral = affiliate.slice(0, 26);
    first = await chain.pay({ referral, amount: 100n * UNIT });
    await capture(first);
    await capture(await chain.pay({ referral: chain.payer.address.slice(0, 26), amount: 50n * UNIT }));
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  it("holds a commission for the dispute window, then pays it by a root that a quorum has computed", async () => {
    const early = await chain.ethers.provider.getBlockNumber();
    await catchUp();
    expect((await build(1, early, join(scratch.dir(), "early"))).err).to.match(/^REBATES_INVALID .*nobody has earned/);
    expect((await build(1, early + 1_000, join(scratch.dir(), "late"))).err).to.match(/^BEHIND /);
    const dir = await inForce(1, await pass(HOLD));

    const leaves = readFileSync(join(dir, "leaves.csv"), "utf8").trim().split("\n").slice(1);
    // Half a per cent of 100 is the fee: 20 % of it for the affiliate, 10 % for the payer.
    const payer = chain.payer.address.toLowerCase();
    const expected = [`${affiliate},${UNIT / 10n}`, `${payer},${UNIT / 20n}`].sort();
    expect(leaves).to.deep.equal(expected);
    expect(readFileSync(join(dir, "payments.csv"), "utf8")).to.contain("SELF_REFERRAL");
    const root = JSON.parse(readFileSync(join(dir, "root.json"), "utf8")) as { root: string };
    const parsed = leaves
      .map((line) => line.split(","))
      .map(([account = "", sum = ""]) => ({ account, cumulative: BigInt(sum) }));
    expect(root.root).to.equal(rebateTree(parsed).root);

    const before = await chain.token.balanceOf(affiliate);
    await claim(dir, affiliate);
    expect((await chain.token.balanceOf(affiliate)) - before).to.equal(UNIT / 10n);
  }).timeout(240_000);

  it("tells an affiliate what it earned, with the proof, and each payment as CSV", async () => {
    const { status, body } = await get(nodes[0]!.url, `/v1/affiliates/${chain.other.address}`);
    expect(status).to.equal(200);
    const [own] = body["tokens"] as { claimed: string; periods: Record<string, unknown>[] }[];
    expect(own).to.include({ token, claimed: (UNIT / 10n).toString() });
    const [period] = own?.periods ?? [];
    expect(period).to.include({ period: 1, state: "inForce", cumulative: (UNIT / 10n).toString(), claimable: "0" });
    expect(period?.["report"]).to.deep.include({ tier: 0, referred: 1, earning: 1, payers: 1, reasons: {} });
    const { body: payer } = await get(nodes[0]!.url, `/v1/affiliates/${chain.payer.address}`);
    const [his] = (payer["tokens"] as { periods: { claimable: string; proof: string[]; report: object }[] }[])[0]!
      .periods;
    expect(his?.claimable).to.equal((UNIT / 20n).toString());
    expect(his?.report).to.deep.include({ referred: 1, earning: 0, reasons: { SELF_REFERRAL: 1 } });
    await (await pool.claim(token, chain.payer.address, UNIT / 20n, his?.proof ?? [])).wait();

    const csv = await fetch(`${nodes[0]!.url}/v1/affiliates/${chain.other.address}.csv`);
    expect(csv.headers.get("content-type")).to.match(/^text\/csv/);
    const [header = "", line = "", ...rest] = (await csv.text()).trim().split("\n");
    const row = new Map(header.split(",").map((name, index) => [name, line.split(",")[index]]));
    expect(Object.fromEntries(row)).to.include({
      token,
      period: "1",
      id: first.id,
      commission: (UNIT / 10n).toString(),
    });
    expect(rest).to.deep.equal([]);

    const unknown = await get(nodes[0]!.url, `/v1/affiliates/${ZeroAddress}`);
    expect(unknown.status).to.equal(404);
    expect(unknown.body["error"]).to.include({ code: "UNKNOWN_AFFILIATE" });
    const none = await get(nodes[1]!.url, `/v1/affiliates/${chain.other.address}`);
    expect(none.status, "who has built nothing knows nothing").to.equal(404);
  });

  it("counts a refund after the payout against the next period, and a node that starts now computes the same", async () => {
    await chain.token.mint(chain.payee.address, 100n * UNIT);
    await chain.token.connect(chain.payee).approve(chain.addresses.escrow, 100n * UNIT);
    await (await chain.escrow.connect(chain.payee).refund(first.packed, 100n * UNIT, 0)).wait();
    await capture(await chain.pay({ referral: affiliate.slice(0, 26), amount: 300n * UNIT }));
    const asOf = await pass(HOLD);

    const fresh = { ...settings[0]!, dataDir: join(scratch.dir(), "data"), port: 0 };
    const late = await ready(fresh);
    await late.stop();
    const request = { token, period: 2, asOf };
    const [live, backfilled] = await Promise.all(
      [settings[0]!, fresh].map(async (one) => rootFileOf(await buildWith(one, [tableFile], request))),
    );
    expect(live).to.deep.equal(backfilled);

    const dir = await inForce(2, asOf);
    // 0.3 by the new payment; the 0.1 of the refunded one are gone, and were paid already.
    expect(readFileSync(join(dir, "leaves.csv"), "utf8")).to.contain(`${affiliate},${(3n * UNIT) / 10n}\n`);
    const before = await chain.token.balanceOf(affiliate);
    await claim(dir, affiliate);
    expect((await chain.token.balanceOf(affiliate)) - before).to.equal((2n * UNIT) / 10n);
  }).timeout(240_000);

  it("signs nothing that its own node does not compute, and goes on from no root that it does not compute", async () => {
    const asOf = await pass(HOLD);
    const home = scratch.dir();
    const out = join(home, "three");
    expect((await build(3, asOf, out)).err).to.equal("");
    expect((await build(3, asOf, out)).err, "what is there stays").to.match(/^REBATES_INVALID /);
    const honest = readFileSync(join(out, "root.json"), "utf8");
    const sign = (root: string, used = tableFile) =>
      oracle(
        "rebates",
        "sign",
        "--root",
        root,
        "--table",
        used,
        "--settings",
        files[1]!,
        "--out",
        join(home, "x.json"),
      );

    const changed = join(home, "changed.json");
    writeFileSync(changed, honest.replace(/"total": "\d+"/, '"total": "1"'));
    expect((await sign(changed)).err, "a digest of something else").to.match(/^REBATES_INVALID /);
    const earlier = join(home, "earlier");
    expect((await build(3, asOf - 1, earlier)).err).to.equal("");
    const other = JSON.parse(readFileSync(tableFile, "utf8")) as Record<string, unknown>;
    const otherTable = join(home, "other.json");
    writeFileSync(otherTable, JSON.stringify({ ...other, rebateTo: "payee" }));
    expect((await sign(join(earlier, "root.json"), otherTable)).err).to.match(/^REBATES_INVALID .*name its file/);
    expect((await sign(join(earlier, "root.json"), `${otherTable},${tableFile}`)).err).to.match(
      /^REBATES_DIFFER .*tierTable/,
    );
    await refused(buildWith(settings[0]!, [tableFile], { token, period: 5, asOf }), "REBATES_INVALID");
    await refused(buildWith(settings[0]!, [tableFile], { token: ZeroAddress, period: 3, asOf }), "REBATES_INVALID");
    await refused(buildWith(settings[0]!, [tableFile], { token, period: 2, asOf: 1 }), "REBATES_INVALID");
    await refused(
      buildWith({ ...settings[0]!, rebatePool: undefined }, [], { token, period: 1, asOf }),
      "SETTINGS_INVALID",
    );
    expect((await oracle("rebates", "proof", "--account", ZeroAddress, "--dir", out)).err).to.match(
      /^UNKNOWN_AFFILIATE /,
    );
    writeFileSync(join(out, "leaves.csv"), `account,cumulative\n${affiliate},1\n`);
    expect((await oracle("rebates", "proof", "--account", affiliate, "--dir", out)).err).to.match(/^REBATES_INVALID /);
  }).timeout(240_000);

  it("names a root of the pool that is another than its own, so that it can be challenged", async () => {
    const { root, digest } = await lie();
    const signatures = [0, 1].map((index) => chain.attester(index).sign(digest));
    const compact = signatures.map((one) => one.compactSerialized.slice(2)).join("");
    await (await pool.post(root, `0x${compact}`)).wait();
    await catchUp();
    const built = await build(3, root.asOf, join(scratch.dir(), "three"));
    expect(built.out).to.contain("THE POOL HOLDS ANOTHER ROOT").and.to.contain("challenge(");
    await pass(CHALLENGE_WINDOW);
    const next = await build(4, await pass(1), join(scratch.dir(), "four"));
    expect(next.err, "and nothing is built upon it").to.match(/^REBATES_DIFFER /);
  }).timeout(120_000);

  /** A root for the third period that gives the affiliate ten more than it has earned. */
  async function lie() {
    const asOf = await pass(HOLD);
    const built = await buildWith(settings[0]!, [tableFile], { token, period: 3, asOf });
    const leaves = built.result.leaves.map((leaf) => ({
      ...leaf,
      cumulative: leaf.cumulative + (leaf.account === affiliate ? 10n * UNIT : 0n),
    }));
    const tree = rebateTree(leaves);
    const root = { ...built.root, total: tree.total, root: tree.root };
    return { root, digest: rebateRootDigest(root, built.site) };
  }
});
