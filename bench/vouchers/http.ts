import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { channelId, packChannelTerms, type ChannelTerms } from "@sluice/sdk";
import { configOf, encodeHeader, headers } from "../../sdk/src/pay402/wire.ts";
import { nativeCurve, voucherSigner } from "@sluice/sdk/vouchers";
import { computeAddress } from "ethers";
import { network } from "hardhat";

import { nodeKey } from "../../scripts/stack/nodes.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { startNode, stop, type Managed } from "../../scripts/stack/processes.ts";
import { deployLocal, startChain } from "../../scripts/stack/stack.ts";
import { load, type Load } from "./load.ts";
import type { SellerOptions } from "./seller.ts";

const CONNECTIONS = 64;
/** Calls of each connection before anything is measured, until the seller's code is compiled. */
const WARM_UP = 100;
/** Of a row's rounds the one in the middle counts, by calls a second: a machine's speed changes within seconds. */
const ROUNDS = 3;
/** Calls of each connection, and those of one connection alone: fewer where each waits for the disk. */
const calls = {
  off: [300, 800],
  process: [300, 800],
  threaded: [300, 800],
  receipts: [300, 800],
  grouped: [200, 400],
  perCall: [30, 200],
} as const;
const PRICE = 1_000n;
const DAY = 86_400;
const DEPOSIT = 10n ** 18n;
/** Not a secret: it signs vouchers of the local token. */
const sessionKey = `0x${"42".repeat(32)}`;
/** Not a secret either: it signs receipts, and what it is paid stays on the local chain. */
const payeeKey = `0x${"43".repeat(32)}`;
const sellerFile = new URL("seller.ts", import.meta.url).pathname;

export type HttpRow = { rps: number; p50Ms: number; p99Ms: number; cpuMicroseconds: number; overFreeMs: number };
export type HttpRows = Record<SellerOptions["durability"], HttpRow> & { free: Load; fdatasyncMs: number };

type World = { options: Omit<SellerOptions, "durability" | "file">; terms: ChannelTerms[] };

/** Paid calls end to end: Express, the middleware, native verification, a store, on keep-alive connections with a channel each. */
export async function httpRows(progress: (line: string) => void): Promise<HttpRows> {
  const directory = mkdtempSync(join(tmpdir(), "sluice-bench-vouchers-"));
  const running: Managed[] = [];
  try {
    const world = await openChannels(directory, running);
    progress(`${world.terms.length} channels are open`);
    const fdatasyncMs = fdatasyncMedian(directory);
    const rows: Partial<Record<SellerOptions["durability"], HttpRow>> = {};
    let free: Load | undefined;
    for (const durability of ["off", "process", "threaded", "receipts", "grouped", "perCall"] as const) {
      const measured = await sellerRow(world, durability, directory, running);
      free ??= measured.free;
      rows[durability] = measured.row;
      progress(`${durability}: ${measured.row.rps} paid calls/s`);
    }
    // the loop has filled every row
    return { ...(rows as Record<SellerOptions["durability"], HttpRow>), free: free as Load, fdatasyncMs };
  } finally {
    for (const managed of running.toReversed()) await stop(managed);
    rmSync(directory, { recursive: true });
  }
}

async function openChannels(directory: string, running: Managed[]): Promise<World> {
  const [port = 0] = await freePorts(1);
  await startChain({ directory }, port, running);
  const rpcUrl = `http://127.0.0.1:${port}`;
  const connection = await network.create({ network: "local", override: { url: rpcUrl } });
  const [, payer] = await connection.ethers.getSigners();
  const payee = computeAddress(payeeKey);
  if (!payer) throw new Error("the local chain has no unlocked accounts");
  const attesters = [1, 2, 3].map((index) => computeAddress(nodeKey(index, "sluice bench vouchers")));
  const { token, channels = "", chainId } = await deployLocal(connection, attesters, {});
  const site = { chainId: Number(chainId), channels };
  const local = await connection.ethers.getContractAt("LocalToken", token, payer);
  await (await local.mint(payer.address, DEPOSIT * 1_000n)).wait();
  await (await local.approve(channels, DEPOSIT * 1_000n)).wait();
  const contract = await connection.ethers.getContractAt("PaymentChannels", channels, payer);
  const signer = voucherSigner(sessionKey, site, nativeSecp256k1()).address;
  const terms = Array.from({ length: CONNECTIONS }, (_, index): ChannelTerms => {
    return { payer: payer.address, payee, token, signer, exitDelay: DAY, salt: BigInt(index) };
  });
  for (const one of terms) await (await contract.open(packChannelTerms(one), DEPOSIT)).wait();
  return { options: { rpcUrl, site, payee, token, price: PRICE.toString(), payeeKey }, terms };
}

async function sellerRow(
  { options, terms }: World,
  durability: SellerOptions["durability"],
  directory: string,
  running: Managed[],
): Promise<{ row: HttpRow; free: Load }> {
  const file = join(directory, `${durability}.db`);
  const argument = JSON.stringify({ ...options, durability, file });
  const seller = startNode(`seller ${durability}`, sellerFile, [argument], join(directory, `${durability}.log`));
  running.push(seller);
  const port = Number((await seller.announced)["port"]);
  const [each, alone] = calls[durability];
  const paid = paidCalls(options.site, terms);
  const freeCall = "GET /free HTTP/1.1\r\nhost: x\r\n\r\n";
  const freeCalls = (count: number): string[] => Array.from({ length: count }, () => freeCall);

  await load(port, paid.slice(CONNECTIONS, WARM_UP));
  const rounds: (Load & { cpuMicroseconds: number })[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await cpuOf(port);
    const measured = await load(port, paid.slice(CONNECTIONS, each));
    rounds.push({ ...measured, cpuMicroseconds: ((await cpuOf(port)) - before) / (CONNECTIONS * each) });
  }
  const { rps, p50Ms, p99Ms, cpuMicroseconds } = middle(rounds);
  const single = await load(port, paid.slice(1, alone));
  const free = await load(port, [freeCalls(alone)]);
  await stop(seller);
  return {
    row: { rps, p50Ms, p99Ms, cpuMicroseconds: Math.round(cpuMicroseconds), overFreeMs: single.p50Ms - free.p50Ms },
    free,
  };
}

function middle<Round extends Load>(rounds: readonly Round[]): Round {
  const found = rounds.toSorted((a, b) => a.rps - b.rps)[Math.floor(rounds.length / 2)];
  if (found === undefined) throw new RangeError("a row has at least one round");
  return found;
}

/** Requests with vouchers that rise by the price, a channel for each connection. */
function paidCalls(
  site: SellerOptions["site"],
  terms: readonly ChannelTerms[],
): { slice(connections: number, calls: number): string[][] } {
  const signer = voucherSigner(sessionKey, site, nativeSecp256k1());
  const paid = terms.map(() => 0n);
  const ids = terms.map((one) => channelId(one, site));
  const next = (one: ChannelTerms, index: number): string => {
    const cumulative = (paid[index] ?? 0n) + PRICE;
    paid[index] = cumulative;
    const id = ids[index] ?? "";
    const voucher = {
      channelId: id,
      maxClaimableAmount: cumulative.toString(),
      signature: signer.sign(id, cumulative),
    };
    const { token: asset, payee: payTo } = one;
    const accepted = { scheme: "batch-settlement", network: `eip155:${site.chainId}`, amount: "1000", asset, payTo };
    const payload = { type: "voucher", channelConfig: configOf(one), voucher };
    const header = encodeHeader({ x402Version: 2, accepted, payload });
    return `GET /paid HTTP/1.1\r\nhost: x\r\n${headers.signature}: ${header}\r\n\r\n`;
  };
  return {
    slice: (connections, calls) =>
      terms.slice(0, connections).map((one, index) => Array.from({ length: calls }, () => next(one, index))),
  };
}

async function cpuOf(port: number): Promise<number> {
  const answer = (await (await fetch(`http://127.0.0.1:${port}/cpu`)).json()) as { microseconds: number }; // seller.ts says so
  return answer.microseconds;
}

/** How long this disk takes to keep a page, in milliseconds. */
function fdatasyncMedian(directory: string): number {
  const file = openSync(join(directory, "fdatasync"), "w");
  const page = new Uint8Array(4_096);
  const times = Array.from({ length: 200 }, () => {
    const start = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[100] ?? NaN;
}

function nativeSecp256k1(): ReturnType<typeof nativeCurve> {
  // The package's types say nothing about its bindings file, which has the same functions.
  return nativeCurve(createRequire(import.meta.url)("secp256k1/bindings") as Parameters<typeof nativeCurve>[0]);
}
