import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { buildRoot, type BuildDeps, type Built } from "../../oracle/src/rebates/build.ts";
import { RebateEngine } from "../../oracle/src/rebates/engine.ts";
import { RebateTreeIndex } from "../../oracle/src/rebates/merkle.ts";
import { rebateEvents, type PlacedEvent } from "../../oracle/src/rebates/read.ts";
import { AccountReferrals } from "../../oracle/src/rebates/referrals.ts";
import { parseTable } from "../../oracle/src/rebates/table.ts";
import { ChainStore } from "../../oracle/src/store/chainStore.ts";
import { openDataDir } from "../../oracle/src/store/dataDir.ts";
import type { Stores } from "../../oracle/src/store/stores.ts";
import { writeResult } from "../report.ts";
import { blocks, TOKEN, type Size } from "./stream.ts";

const usage = `usage: npm run bench:rebates [-- --affiliates N] [-- --payments N] [-- --seed N] [-- --json]
  Seconds to a period's root from a node's SQLite store, and the tier engine's payments a second; writes bench/results/rebates.json.
  --affiliates N   accounts that refer, each with a leaf (100000)
  --payments N     payments each of them refers; each pays once himself, too (3)
  --seed N         of the stream (1)
  --json           prints that object last`;

const GOAL_SECONDS = 30;

const options = {
  affiliates: { type: "string", default: "100000" },
  payments: { type: "string", default: "3" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
} as const;

function parsed(): ReturnType<typeof parseArgs<{ options: typeof options }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const tier = (minVolume: string, commissionBps: number) => ({
  ...{ minVolume, maxBadBps: 5_000, minPayers: 0, commissionBps, rebateBps: 500 },
});
const TABLE = parseTable({
  ...{
    format: "sluice-tier-table",
    version: 1,
    holdSeconds: 60,
    windowSeconds: 90 * 86_400,
    rebateTo: "payer",
    attribution: "terms",
  },
  graph: { ringHops: 3, returnHops: 3, returnShareBps: 5_000 },
  tokens: { [TOKEN]: { tiers: [tier("0", 1_000), tier("100000000", 2_000), tier("200000000", 3_000)] } },
});

async function timed<T>(work: () => T | Promise<T>): Promise<[T, seconds: number]> {
  const start = performance.now();
  const done = await work();
  return [done, (performance.now() - start) / 1_000];
}

/** Fills a store as a follower does, and answers its newest block. */
async function fill(stores: Stores, size: Size, seed: number): Promise<{ store: ChainStore; asOf: number }> {
  const store = new ChainStore(stores.chain, 256);
  let page = [];
  let asOf = 0;
  for (const block of blocks(size, seed)) {
    page.push(block);
    asOf = block.block.number;
    if (page.length < 500) continue;
    await store.apply(page);
    page = [];
  }
  await store.apply(page);
  return { store, asOf };
}

/** The engine alone, over events that are in memory already. */
async function engineSeconds({ database }: BuildDeps, { root, asOfTime }: Built): Promise<[number, number]> {
  const events: PlacedEvent[] = [];
  for await (const some of rebateEvents(database, TOKEN, root.asOf)) events.push(...some);
  const engine = new RebateEngine(new AccountReferrals());
  const [, seconds] = await timed(() => {
    for (const { event } of events) engine.tell(event);
    const { table } = TABLE;
    engine.close({ time: asOfTime, table, tiers: table.tokens[TOKEN]?.tiers ?? [], funded: 10n ** 30n });
  });
  return [engine.payments, seconds];
}

async function measure(stores: Stores, size: Size, seed: number) {
  const { store, asOf } = await fill(stores, size, seed);
  const deps: BuildDeps = {
    ...{ database: stores.chain, store, tables: [TABLE], referrals: "accounts" },
    suffixes: async () => new Map(),
    site: { chainId: 1, pool: `0x${"bb".repeat(20)}` },
    blockAt: async (number) => (await store.block(number)) ?? { hash: "", timestamp: 0 },
  };
  const [built, seconds] = await timed(() => buildRoot(deps, { token: TOKEN, period: 1, asOf }));
  const rssMiB = process.memoryUsage().rss / 2 ** 20;
  const { leaves, affiliates } = built.result;
  const [, treeSeconds] = await timed(() => new RebateTreeIndex(leaves).root);
  const [payments, engine] = await engineSeconds(deps, built);
  const referrers = affiliates.filter(({ referred }) => referred > 0).length;
  return {
    ...{ affiliates: referrers, leaves: leaves.length, payments, root: built.root.root },
    ...{ seconds, goalSeconds: GOAL_SECONDS, met: seconds <= GOAL_SECONDS && referrers >= size.affiliates },
    ...{ treeSeconds, paymentsPerSecond: payments / seconds, enginePaymentsPerSecond: payments / engine },
    rssMiB,
  };
}

const args = parsed();
const size = { affiliates: Number(args.affiliates), paymentsEach: Number(args.payments) };
const home = mkdtempSync(join(tmpdir(), "sluice-bench-rebates-"));
try {
  const stores = await openDataDir(home);
  const result = await measure(stores, size, Number(args.seed));
  await stores.close();
  const { affiliates, leaves, payments, seconds, treeSeconds, enginePaymentsPerSecond, rssMiB, met } = result;
  const whole = (value: number): string => Math.round(value).toLocaleString("en");
  process.stdout.write(
    `${whole(affiliates)} affiliates, ${whole(leaves)} leaves, ${whole(payments)} payments: root in ${seconds.toFixed(1)} s ` +
      `(goal ${GOAL_SECONDS}), its tree in ${treeSeconds.toFixed(2)} s; engine ${whole(enginePaymentsPerSecond)} payments/s; ` +
      `${whole(rssMiB)} MiB\n  written to ${await writeResult("rebates", result)}\n`,
  );
  if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  if (!met) process.exitCode = 1;
} finally {
  rmSync(home, { recursive: true, force: true });
}
