import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { attributionSuffix, referralCode, referralTag } from "@sluice/sdk";
import { expect } from "chai";
import { getBytes, hexlify, toUtf8Bytes } from "ethers";

import { HttpRpcClient, type RpcCall } from "../../oracle/src/chain/rpc.ts";
import type { NodeSettings } from "../../oracle/src/config.ts";
import type { Node } from "../../oracle/src/index.ts";
import { buildWith } from "../../oracle/src/rebates/buildWith.ts";
import { rootFileOf } from "../../oracle/src/rebates/files.ts";
import { keepBuild } from "../../oracle/src/rebates/keep.ts";
import { placeKey, suffixReferrals, suffixTag } from "../../oracle/src/rebates/suffixes.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import { ALWAYS, DAY, startChain, UNIT, type Paid, type TestChain } from "../oracle/support/chain.ts";
import { refused } from "../oracle/support/errors.ts";
import { get, post, ready, settingsFor } from "../oracle/support/nodes.ts";
import { Scratch } from "../oracle/support/scratch.ts";
import { fuzzRuns, random } from "../shared/random.ts";
import { table } from "./story.ts";

const LONG = "a_shop_with_a_long_name";
const SEED = Number(process.env["SLUICE_TEST_SEED"] ?? 8_700);

describe("rebates: registered codes, in the terms and behind the calldata", () => {
  const scratch = new Scratch();
  let chain: TestChain;
  let nodes: Node[] = [];
  let settings: NodeSettings;
  let token = "";
  let registry = "";
  let moved = "";

  const tableWith = (attribution: string): string => {
    const tiers = [{ minVolume: "0", maxBadBps: 5_000, minPayers: 0, commissionBps: 2_000, rebateBps: 0 }];
    const used = parseTable({ ...table(), attribution, holdSeconds: 0, tokens: { [token]: { tiers } } });
    const file = join(scratch.dir(), "table.json");
    writeFileSync(file, JSON.stringify(used.table));
    return file;
  };
  const capture = async (paid: Paid): Promise<void> => {
    for (const node of nodes) await node.catchUp();
    const { status, body } = await post(nodes[0]!.url, "/v1/attestations", { id: paid.id });
    expect(status, JSON.stringify(body)).to.equal(200);
    const operator = chain.escrow.connect(chain.operator);
    await (await operator.capture(paid.packed, paid.terms.amount, 0, 0, String(body["attestation"]))).wait();
  };
  const earned = async (attribution: string): Promise<Record<string, bigint>> => {
    await chain.mine(1);
    for (const node of nodes) await node.catchUp();
    const asOf = await chain.ethers.provider.getBlockNumber();
    const { result } = await buildWith(settings, [tableWith(attribution)], { token, period: 1, asOf });
    return Object.fromEntries(result.leaves.map(({ account, cumulative }) => [account, cumulative]));
  };

  before(async () => {
    chain = await startChain({ ...ALWAYS.allow, protocolFeeBps: 50 });
    token = chain.addresses.token.toLowerCase();
    const bond = [token, UNIT, DAY, 7 * DAY] as const;
    const pool = await chain.ethers.deployContract("RebatePool", [
      chain.addresses.gate,
      chain.deployer.address,
      ...bond,
      chain.deployer.address,
    ]);
    await (await chain.token.mint(chain.deployer.address, 100n * UNIT)).wait();
    await (await chain.token.connect(chain.deployer).approve(await pool.getAddress(), 100n * UNIT)).wait();
    await (await pool.fund(token, 100n * UNIT)).wait();
    const codes = await chain.ethers.deployContract("ReferralCodes");
    registry = await codes.getAddress();
    const early = await chain.pay({ referral: referralTag("acme") });
    await (await codes.connect(chain.other).register(referralCode("acme"), chain.other.address)).wait();
    await (await codes.connect(chain.other).register(referralCode(LONG), chain.deployer.address)).wait();

    const shared = { rebatePool: await pool.getAddress(), referralCodes: registry, peerTimeoutMs: 5_000 };
    const peer = await ready(settingsFor(chain, scratch.dir(), chain.attester(1), shared));
    const peers = [{ url: peer.url, signer: peer.signer }];
    settings = settingsFor(chain, scratch.dir(), chain.attester(0), { ...shared, peers });
    nodes = [await ready(settings), peer];
    await capture(early);
    await capture(await chain.pay({ referral: referralTag("acme"), amount: 100n * UNIT }));
    // What the payer has signed counts before what the sender has written behind it.
    await capture(await chain.pay({ referral: referralTag(LONG), amount: 200n * UNIT }, attributionSuffix(["acme"])));
    await capture(await chain.pay({ amount: 400n * UNIT }, attributionSuffix(["acme", "other"])));
    const own = { chainId: chain.site.chainId, address: registry };
    await capture(await chain.pay({ amount: 800n * UNIT }, attributionSuffix([LONG], own)));
    await capture(await chain.pay({ amount: 1_600n * UNIT }, attributionSuffix([LONG], { ...own, chainId: 1 })));
    // Whoever moves the code on moves what comes later, and nothing else.
    const [, , , , , , , newWallet] = await chain.ethers.getSigners();
    moved = newWallet!.address.toLowerCase();
    await (await codes.connect(chain.other).setPayout(referralCode("acme"), moved)).wait();
    await capture(await chain.pay({ referral: referralTag("acme"), amount: 50n * UNIT }));
  });
  after(async () => {
    for (const node of nodes) await node.stop();
    await chain.close();
    scratch.clean();
  });

  const fee = (amount: bigint): bigint => (amount * UNIT * 50n * 2_000n) / 10n ** 8n;
  const lower = (account: { readonly address: string }): string => account.address.toLowerCase();

  it("pay where a code led when the payment was authorized, long codes by their tag, unregistered ones nobody", async () => {
    expect(await earned("terms")).to.deep.equal({
      [lower(chain.other)]: fee(100n),
      [lower(chain.deployer)]: fee(200n),
      [moved]: fee(50n),
    });
  });

  it("count behind the calldata where the table says so and the terms name nobody, of this registry only", async () => {
    const leaves = await earned("termsOrSuffix");
    expect(leaves).to.deep.equal({
      [lower(chain.other)]: fee(500n),
      [lower(chain.deployer)]: fee(1_000n),
      [moved]: fee(50n),
    });
  });

  it("are named in the reports with what came by each, and each payment with where its referral stood", async () => {
    await chain.mine(1);
    for (const node of nodes) await node.catchUp();
    const asOf = await chain.ethers.provider.getBlockNumber();
    const built = await buildWith(settings, [tableWith("termsOrSuffix")], { token, period: 1, asOf });
    await keepBuild(settings, built);
    const { body } = await get(nodes[0]!.url, `/v1/affiliates/${chain.deployer.address}`);
    const [own] = body["tokens"] as { periods: { report: { codes: object[] } }[] }[];
    const commission = fee(1_000n).toString();
    expect(own?.periods[0]?.report.codes).to.deep.equal([{ code: LONG, referred: 2, earning: 2, commission }]);
    const csv = await fetch(`${nodes[0]!.url}/v1/affiliates/${chain.other.address}.csv`);
    const [header = "", ...lines] = (await csv.text())
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const columns = ["code", "attributedBy", "commission"].map((name) => header.indexOf(name));
    expect(lines.map((line) => columns.map((column) => line[column]))).to.deep.equal([
      ["acme", "terms", fee(100n).toString()],
      ["acme", "suffix", fee(400n).toString()],
    ]);
  });

  it("have their past read at the next start where the contract is named later; before, nothing is built", async () => {
    const home = scratch.dir();
    const without = settingsFor(chain, home, chain.attester(2), { rebatePool: settings.rebatePool });
    await (await ready(without)).stop();
    const named = { ...without, referralCodes: registry };
    const asOf = await chain.ethers.provider.getBlockNumber();
    const request = { token, period: 1, asOf };
    const file = tableWith("termsOrSuffix");
    await refused(buildWith(named, [file], request), "BEHIND");
    await (await ready(named)).stop();
    const [late, live] = await Promise.all([named, settings].map((one) => buildWith(one, [file], request)));
    expect(rootFileOf(late!)).to.deep.equal(rootFileOf(live!));
    expect(late!.result.total).to.equal(fee(1_550n));
  });

  it("are not guessed where the endpoint lacks a payment or its transaction", async () => {
    const real = new HttpRpcClient(chain.url, { timeoutMs: 5_000 });
    const lacking = (method: string, answer: unknown) => ({
      batch: async (calls: readonly RpcCall[]) =>
        (await real.batch(calls)).map((one, index) => (calls[index]?.method === method ? answer : one)),
    });
    const paid = await chain.pay({ amount: 1n }, attributionSuffix(["acme"]));
    const receipt = await chain.provider.getBlock(paid.block);
    const [log] = await chain.provider.getLogs({ blockHash: receipt?.hash ?? "", address: chain.addresses.escrow });
    const place = { block: paid.block, logIndex: log?.index ?? -1, blockHash: receipt?.hash ?? "" };
    const deps = { chainId: chain.site.chainId, escrow: chain.addresses.escrow, referralCodes: registry };
    const found = await suffixReferrals({ ...deps, rpc: real }, [place]);
    expect([...found]).to.deep.equal([[placeKey(place), referralTag("acme")]]);
    for (const rpc of [lacking("eth_getLogs", []), lacking("eth_getTransactionByHash", null)]) {
      await refused(suffixReferrals({ ...deps, rpc }, [place]), "RPC_UNAVAILABLE");
    }
  });

  it("are read from whole suffixes only", () => {
    const deps = { chainId: 5, referralCodes: registry };
    const suffix = (...args: Parameters<typeof attributionSuffix>): string =>
      `0x1234${attributionSuffix(...args).slice(2)}`;
    expect(suffixTag(suffix(["acme"]), deps)).to.equal(referralTag("acme"));
    expect(suffixTag(suffix(["acme"], { chainId: 5, address: registry }), deps)).to.equal(referralTag("acme"));
    expect(suffixTag(suffix(["acme"], { chainId: 6, address: registry }), deps)).to.equal(undefined);
    expect(suffixTag(suffix(["acme"], { chainId: 5, address: token }), deps)).to.equal(undefined);
    expect(suffixTag(`${suffix(["acme"])}00`, deps)).to.equal(undefined);
    expect(suffixTag("0x", deps)).to.equal(undefined);
    const capital = suffix(["acme"]).replace(
      hexlify(toUtf8Bytes("acme")).slice(2),
      hexlify(toUtf8Bytes("Acme")).slice(2),
    );
    expect(suffixTag(capital, deps), "no code by the rules").to.equal(undefined);
  });

  it(`are found or not found in any calldata, whatever its sender made of it (seed ${SEED})`, () => {
    const dice = random(SEED);
    const deps = { chainId: 5, referralCodes: registry };
    let found = 0;
    for (let run = 0; run < fuzzRuns(3_000); run++) {
      const valid = attributionSuffix(
        [dice.pick(["acme", LONG])],
        dice.below(2) === 0 ? undefined : { chainId: 5, address: registry },
      );
      const bytes = getBytes(valid);
      for (let change = dice.below(3); change > 0; change--) bytes[dice.below(bytes.length - 16)] = dice.below(256);
      const tag = suffixTag(hexlify(bytes.slice(dice.below(4) === 0 ? dice.below(bytes.length) : 0)), deps);
      if (tag === undefined) continue;
      expect(tag).to.match(/^0x[0-9a-f]{24}$/);
      found += 1;
    }
    expect(found).to.be.greaterThan(100);
  });
});
