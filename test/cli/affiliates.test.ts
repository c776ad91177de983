import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attestations, payments, referralTag, treasury, type Terms } from "@sluice/sdk";
import { expect } from "chai";

import { loadSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import { keyOf } from "../oracle/support/keys.ts";
import { ready } from "../oracle/support/nodes.ts";
import { table } from "../rebates/story.ts";
import { carried, cliWorld, holders, type CliWorld } from "./support.ts";

const UNIT = 10n ** 18n;
const HOUR = 3_600;
const CLI = new URL("../../oracle/src/cli.ts", import.meta.url).pathname;
const KEYS = [1, 2, 3].map((index) => keyOf(`cli signer ${index}`));
/** Accounts of the local chain. */
const [AFFILIATE, SHOP, WALLET, PAYER] = [3, 4, 5, 7];

/** Runs the operator's command line; it must go through. */
async function oracle(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (out += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(`oracle ${args.join(" ")} ended with ${child.exitCode}: ${err}`);
  return out;
}

describe("cli: the way of an affiliate, from a code to money", () => {
  let world: CliWorld;
  const nodes: Node[] = [];
  const files: string[] = [];
  let tableFile = "";
  let wallet = "";

  /** Nodes that are told nothing but the deployment file. */
  const startNodes = async (): Promise<void> => {
    for (const [index, key] of KEYS.slice(0, 2).entries()) {
      const home = world.file(`node${index}`);
      mkdirSync(home);
      writeFileSync(join(home, "key"), key.privateKey, { mode: 0o600 });
      const peers = nodes.map(({ url, signer }) => ({ url, signer }));
      const own = { deployment: world.deploymentFile, dataDir: "data", privateKeyFile: "key", peers };
      const quiet = { port: 0, postBands: false, logLevel: "silent", pollIntervalMs: 60_000 };
      writeFileSync(join(home, "settings.json"), JSON.stringify({ rpcUrl: world.rpcUrl, ...own, ...quiet }));
      files.push(join(home, "settings.json"));
      nodes.push(await ready(loadSettings(join(home, "settings.json"), {}, "serve")));
    }
  };

  const vote = async (title: string, ...what: readonly string[]): Promise<void> => {
    const brought = await world.json(["governance", "propose", ...what, "--title", title, "--yes"], 0);
    await carried(world, String(brought["proposalId"]));
  };

  /** The shop's checkout: terms that name the code, authorized by the payer, captured with the nodes' attestation. */
  const sell = async (amount: bigint, code: string): Promise<void> => {
    const { ethers } = world.connection;
    const { chainId, escrow, token: address } = world.deployment;
    const people = await ethers.getSigners();
    const [payer, shop] = [people[PAYER]!, people[SHOP]!];
    const token = await ethers.getContractAt("LocalToken", address, payer);
    await (await token.mint(payer.address, amount)).wait();
    await (await token.approve(escrow, amount)).wait();
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const parties = { payer: payer.address, payee: shop.address, operator: shop.address, token: address };
    const terms: Terms = payments.draftTerms({ ...parties, amount, referral: referralTag(code) }, now);
    const site = { chainId, escrow };
    await payments.authorizeByAllowance(payer, site, terms);
    for (const node of nodes) await node.catchUp();
    const attested = await attestations.requestAttestation(nodes.at(-1)!.url, site, terms);
    expect(attested.band).to.equal("Allow");
    const { attestation } = attested;
    await payments.capture(shop, site, terms, { amount, feeBps: 0, attestation });
  };

  before(async function () {
    this.timeout(240_000);
    world = await cliWorld(KEYS);
    const { ethers } = world.connection;
    wallet = (await ethers.getSigners())[WALLET]?.address ?? "";
    const { token } = world.deployment;
    const tiers = [{ minVolume: "0", maxBadBps: 500, minPayers: 0, commissionBps: 2_000, rebateBps: 0 }];
    const used = parseTable({ ...table(), holdSeconds: HOUR, tokens: { [token.toLowerCase()]: { tiers } } });
    tableFile = await world.write("table.json", JSON.stringify(used.table));
    await holders(world);
    await vote("Fees pay affiliates", "--template", "policy", "--set", "ProtocolFeeBps=5");
    const call = ["--target", world.deployment.governance?.rebatePool ?? "", "--signature", "setTierTable(bytes32)"];
    await vote("Tiers", "--template", "call", ...call, "--args", JSON.stringify([used.hash]));
    await startNodes();
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await world.close();
  });

  it("is a code, terms that name it, a root of a quorum, and a claim to the wallet that the code pays", async () => {
    const taken = await world.json(["referral", "register", "acme_shop", "--payout", wallet], AFFILIATE);
    expect(taken["event"]).to.include({ name: "CodeRegistered", payout: wallet });
    await sell(1_000n * UNIT, "acme_shop");

    const { ethers } = world.connection;
    const { chainId, escrow, token, governance } = world.deployment;
    const people = await ethers.getSigners();
    const [anybody, shop] = [people[9]!, people[SHOP]!];
    const feeSplitter = governance?.feeSplitter ?? "";
    // The escrow keeps the protocol's part beside what it owes the shop; one sweep delivers both.
    await payments.sweep(anybody, { chainId, escrow }, token, shop.address);
    await treasury.splitFees(anybody, { chainId, feeSplitter }, token);
    await world.json(["chain", "skip", "2h"]);
    for (const node of nodes) await node.catchUp();

    const [dir, asOf] = [world.file("period-1"), String(await ethers.provider.getBlockNumber())];
    const [first = "", second = ""] = files;
    await oracle(
      "rebates",
      "build",
      "--period",
      "1",
      "--as-of",
      asOf,
      ...tableArgs(),
      "--settings",
      first,
      "--out",
      dir,
    );
    const root = ["--root", join(dir, "root.json")];
    const signatures = ["a.json", "b.json"].map((name) => world.file(name));
    for (const [index, out] of signatures.entries()) {
      await oracle("rebates", "sign", ...root, ...tableArgs(), "--settings", files[index] ?? "", "--out", out);
    }
    await oracle("rebates", "submit", ...root, "--settings", second, "--signatures", signatures.join(","));
    await world.json(["chain", "skip", "49h"]);

    // A fifth of the protocol's five hundredths of a per cent.
    const commission = (1_000n * UNIT * 5n) / 10_000n / 5n;
    const leaves = ["--leaves", join(dir, "leaves.csv")];
    const claimed = await world.json(["rebates", "claim", wallet, ...leaves], 9);
    expect(claimed["event"]).to.include({ name: "Claimed", account: wallet, amount: String(commission) });
    expect(await (await ethers.getContractAt("LocalToken", token)).balanceOf(wallet)).to.equal(commission);
  }).timeout(240_000);

  const tableArgs = (): string[] => ["--table", tableFile];
});
