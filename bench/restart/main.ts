import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { packTerms } from "@sluice/sdk";
import { ZeroAddress } from "ethers";

import { termsText } from "../../oracle/src/chain/terms.ts";
import { ChainStore, type StoredBlock } from "../../oracle/src/store/chainStore.ts";
import { openDataDir } from "../../oracle/src/store/dataDir.ts";
import { mulberry32 } from "../../oracle/src/train/random.ts";
import { type NodeOptions, startNode, type Server } from "../oracle/processes.ts";
import { deploySite, startWorld, type Site, type World } from "../oracle/world.ts";
import { writeResult } from "../report.ts";

const usage = `usage: npm run bench:restart [-- --events 1000000 --seed 1 --json]
  Fills a node's store with so many events, restarts the node, and measures how long it takes until it answers: once
  without a snapshot of the history, as after an upgrade, and once with the one that the first run left behind;
  writes bench/results/restart.json.
  --json  prints the result last`;

/** Of a second, of a node that waits for blocks. */
const IDLE_CPU_SECONDS = 0.1;
/** Payments and as many captures lie in each block that holds any. */
const PAYMENTS_A_BLOCK = 500;
const ACCOUNTS = 20_000;
const PAYEES = 500;
const GOAL_SECONDS = 5;

function options(): { events: number; seed: number; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        events: { type: "string", default: "1000000" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const [events, seed] = [Number(values.events), Number(values.seed)];
    if (!(events > 0) || !Number.isSafeInteger(seed)) throw new TypeError("a number is wrong");
    return { events, seed, json: values.json };
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

/** Payments of one block, each captured in it and decided before: nothing of them is open. */
function blockOf(block: StoredBlock["block"], token: string, first: number, random: () => number): StoredBlock {
  const blank = { operator: ZeroAddress, token, feeReceiver: ZeroAddress, arbiter: ZeroAddress };
  const payments = Array.from({ length: PAYMENTS_A_BLOCK }, (_, index) => {
    const [payer, payee] = [hex(1 + Math.floor(random() * ACCOUNTS), 40), hex(1 + Math.floor(random() * PAYEES), 40)];
    const amount = BigInt(1 + Math.floor(random() * 1_000)) * 10n ** 18n;
    const terms = termsText(
      packTerms({
        ...{ ...blank, payer, payee, amount, authorizeBy: 2_000_000_000, captureBy: 2_000_000_001 },
        ...{
          refundBy: 2_000_000_002,
          minFeeBps: 0,
          maxFeeBps: 200,
          disputeBond: 0n,
          defaultSplitBps: 0,
          rulingWindow: 0,
        },
        ...{
          silenceRule: "Refund",
          maxHold: 0,
          feeTier: "Nobody",
          referral: `0x${"00".repeat(12)}`,
          salt: BigInt(first + index),
        },
      }),
    );
    const row = { id: hex(first + index + 1, 64), payer, payee, token, amount: amount.toString(), terms };
    return { ...row, block: block.number, log_index: 2 * index, timestamp: block.timestamp };
  });
  const events = payments.flatMap(({ id, amount, log_index }) => {
    const place = { block: block.number, subject: id, transaction_hash: block.hash };
    const body = JSON.stringify({ id, amount, operatorFee: "0", protocolFee: "0" });
    return [{ ...place, log_index: log_index + 1, kind: "captured", body }];
  });
  return { block: { ...block, eventful: 1 }, payments, events };
}

/** Mines blocks and fills them, in the store alone, with what the chain never held; the node asks about none of it. */
async function fill(world: World, site: Site, home: string, events: number, seed: number): Promise<number> {
  const { provider } = world.connection.ethers;
  const stores = await openDataDir(join(home, "data"));
  const store = new ChainStore(stores.chain, 256);
  const random = mulberry32(seed);
  const token = (await world.token.getAddress()).toLowerCase();
  const blocks = Math.ceil(events / (2 * PAYMENTS_A_BLOCK));
  const newest = (await store.cursor())?.number ?? site.deployedBlock;
  await provider.send("hardhat_mine", [hex(blocks, 1)]);
  const begin = performance.now();
  for (let index = 0; index < blocks; index++) {
    const found = await provider.getBlock(newest + 1 + index);
    if (found === null || found.hash === null) throw new Error("the chain lost a block");
    const { number, hash, parentHash: parent, timestamp } = found;
    await store.apply([
      blockOf({ number, hash, parent, timestamp, eventful: 1 }, token, index * PAYMENTS_A_BLOCK, random),
    ]);
  }
  await stores.close();
  return (blocks * 2 * PAYMENTS_A_BLOCK) / ((performance.now() - begin) / 1_000);
}

/** Until a node has nothing left to do: what it owed its list of events while it was away is written. */
async function untilIdle(node: Server): Promise<void> {
  for (let before = await node.cpuSeconds(); ;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = await node.cpuSeconds();
    if (now - before < IDLE_CPU_SECONDS) return;
    before = now;
  }
}

interface Restart {
  /** From the start of the process until it answers and has read the chain. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Status of /readyz. */
  readonly ready: number;
}

/** Starts the node, and stops it in order once it owes nothing, which leaves a snapshot of its history. */
async function restart(plan: NodeOptions): Promise<Restart> {
  const begin = performance.now();
  const node = await startNode(plan);
  const seconds = (performance.now() - begin) / 1_000;
  const cpuSeconds = await node.cpuSeconds();
  const ready = (await fetch(`${node.url}/readyz`)).status;
  await untilIdle(node);
  await node.stop();
  return { seconds, cpuSeconds, ready };
}

function described({ seconds, cpuSeconds, ready }: Restart): string {
  return `ready (${ready}) in ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU`;
}

async function main(): Promise<void> {
  const { events, seed, json } = options();
  const directory = await mkdtemp(join(tmpdir(), "sluice-restart-"));
  const world = await startWorld(directory);
  try {
    const site = await deploySite(world, 1, 1);
    const home = join(directory, "node");
    const plan = { home, site, attester: 0 };
    await (await startNode(plan)).stop();
    const stored = await fill(world, site, home, events, seed);
    const folded = await restart(plan);
    const { seconds, cpuSeconds, ready } = await restart(plan);
    process.stdout.write(
      `seed ${seed}: ${events} events stored at ${Math.round(stored)} a second; without a snapshot of the history ` +
        `${described(folded)}; with it ${described({ seconds, cpuSeconds, ready })}; goal ${GOAL_SECONDS} s\n`,
    );
    const met = seconds <= GOAL_SECONDS && ready === 200;
    const result = { events, seconds, cpuSeconds, folded, goal: GOAL_SECONDS, met };
    await writeResult("restart", result);
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await world.close();
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
