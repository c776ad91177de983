import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";

import { readHandbook } from "../../oracle/src/evaluate/formats/handbook.ts";
import { table } from "../../scripts/demo/report.ts";
import { writeResult } from "../report.ts";
import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import { accountCost, type AccountCost } from "./account.ts";
import { costs, SLICE, type SliceCost } from "./measure.ts";
import { SCHEMAS } from "./schemas.ts";
import { recordedStream, syntheticStream } from "./stream.ts";

const usage = `usage: npm run bench:facts [-- --data FILE] [-- --slices N] [-- --seed N] [-- --json]
  Seconds and memory for every 100,000 payments: each is folded into history and its 32 facts are computed, on one core, under
  the shipped schema and under one of the most laborious facts; writes bench/results/facts.json.
  --data FILE   a card stream with the Handbook's columns, csv or csv.gz, instead of the synthetic stream
  --slices N    how many times 100,000 payments (11)
  --seed N      of the synthetic stream (1)
  --account     instead: facts about an account with 1,000,000 events beside one with 100; writes bench/results/facts-account.json
  --json        prints that object last`;

const goals = { secondsPerMillion: 60, rssMiB: 1_024 };

const options = {
  data: { type: "string" },
  slices: { type: "string", default: "11" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  account: { type: "boolean", default: false },
  /** One schema only, in this process, as JSON: how each schema gets a process and a memory of its own. */
  only: { type: "string" },
} as const;

function parsed(): ReturnType<typeof parseArgs<{ options: typeof options }>>["values"] {
  try {
    return parseArgs({ options }).values;
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const args = parsed();

async function measure(name: string): Promise<void> {
  const schema = SCHEMAS[name];
  if (schema === undefined) throw new RangeError(`no schema ${name}`);
  const stream =
    args.data === undefined ? syntheticStream(Number(args.seed)) : recordedStream(await readHandbook(args.data));
  for (const cost of costs(schema, stream, Number(args.slices))) {
    process.stdout.write(`${JSON.stringify(cost)}\n`);
    if (process.stderr.isTTY) process.stderr.write(`  ${name}: ${cost.payments} payments\r`);
  }
}

function measuredElsewhere(name: string): SliceCost[] {
  const given = process.argv.slice(2).filter((arg) => arg !== "--json");
  const done = spawnSync(process.execPath, [import.meta.filename, ...given, "--only", name], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  const lines = done.stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as SliceCost); // written by measure() above
}

function summary(slices: readonly SliceCost[]): Record<string, unknown> {
  const whole = slices.filter(({ payments }) => payments % SLICE === 0);
  const firstMillion = whole.filter(({ payments }) => payments <= 1_000_000);
  const cpuSeconds = firstMillion.reduce((sum, slice) => sum + slice.cpuSeconds, 0);
  const rssMiB = Math.max(...firstMillion.map((slice) => slice.rssMiB));
  const [first, last] = [whole[0]?.cpuSeconds ?? NaN, whole.at(-1)?.cpuSeconds ?? NaN];
  return {
    payments: firstMillion.at(-1)?.payments ?? 0,
    cpuSeconds,
    rssMiB,
    lastOverFirst: last / first,
    met: cpuSeconds <= goals.secondsPerMillion && rssMiB <= goals.rssMiB,
  };
}

function printed(name: string, slices: readonly SliceCost[]): string {
  const rows = slices.map(({ payments, events, cpuSeconds, seconds, rssMiB }) => [
    payments.toLocaleString("en"),
    events.toLocaleString("en"),
    cpuSeconds.toFixed(2),
    seconds.toFixed(2),
    rssMiB.toFixed(0),
  ]);
  return `${name}\n${table([["payments", "events", "CPU s", "s", "RSS MiB"], ...rows])}`;
}

/** Facts about a busy account beside a small one, under the shipped schema. */
async function compareAccounts(): Promise<void> {
  const seed = Number(args.seed);
  const [small, busy] = [100, 1_000_000].map((events) => accountCost(PAYMENT_SCHEMA, events, seed));
  if (small === undefined || busy === undefined) throw new RangeError("two accounts are compared");
  const ratio = busy.microseconds / small.microseconds;
  const result = { seed, small, busy, ratio, goal: 2, met: ratio <= 2 };
  const line = ({ events, microseconds }: AccountCost): string =>
    `${events.toLocaleString("en")} events: ${microseconds.toFixed(1)} µs`;
  process.stdout.write(`32 facts, CPU; ${line(small)}; ${line(busy)}; ratio ${ratio.toFixed(2)}, goal 2\n`);
  process.stdout.write(`  written to ${await writeResult("facts-account", result)}\n`);
  if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
}

if (args.only !== undefined) await measure(args.only);
else if (args.account) await compareAccounts();
else {
  const result: Record<string, unknown> = { goals, data: args.data === undefined ? "synthetic" : "file" };
  for (const name of Object.keys(SCHEMAS)) {
    const slices = measuredElsewhere(name);
    const total = summary(slices);
    result[name] = { ...total, slices };
    process.stdout.write(`${printed(name, slices)}\n  first million: ${JSON.stringify(total)}\n\n`);
  }
  process.stdout.write(`  written to ${await writeResult("facts", result)}\n`);
  if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
}
