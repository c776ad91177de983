import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";

import type { StoredBlock } from "../../oracle/src/store/chainStore.ts";
import { table } from "../../scripts/demo/report.ts";
import { sharedPostgres } from "../../test/oracle/support/postgres.ts";
import { Scratch } from "../../test/oracle/support/scratch.ts";
import { freshPlace } from "../../test/oracle/support/stores.ts";
import { writeResult } from "../report.ts";
import { openReading, shippedModel } from "../../test/oracle/support/reading.ts";

const usage = `usage: npm run bench:backfill [-- --events N] [-- --database sqlite|postgres] [-- --seed N] [-- --json]
  Events a second from a local JSON-RPC endpoint, a process of its own over a generated log, through decoding and the fold into
  the database, for every 500,000 events; writes bench/results/backfill.json.
  --events N     events of the log (1,000,000)
  --database D   sqlite (default) or postgres
  --seed N       of the log (1)
  --json         prints that object last`;

const SLICE = 500_000;
/** Events of a block of the steady log: four payments, their captures, some refunds. */
const EVENTS_A_BLOCK = 8.2;
const MARGIN = 200;
const GOALS = { sqlite: 10_000, postgres: 5_000 } as const;

interface Slice {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly cpuSeconds: number;
  readonly rssMiB: number;
}

interface Spent {
  readonly milliseconds: number;
  readonly requests: number;
}

const options = {
  events: { type: "string", default: "1000000" },
  database: { type: "string", default: "sqlite" },
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

const args = parsed();
const database = args.database === "postgres" ? "postgres" : "sqlite";
const quiet = Math.ceil(Number(args.events) / EVENTS_A_BLOCK) + 2;
process.stdout.write(`seed ${args.seed}, ${database}, ${quiet + MARGIN} blocks\n`);

/** Counts what was stored, slice by slice. */
class Meter {
  readonly slices: Slice[] = [];
  events = 0;
  #since = { events: 0, milliseconds: performance.now(), cpu: process.cpuUsage() };

  readonly applied = (blocks: readonly StoredBlock[]): void => {
    for (const block of blocks) this.events += block.payments.length + block.events.length;
    if (this.events - this.#since.events >= SLICE) this.close();
  };

  close(): void {
    const { events, milliseconds, cpu } = this.#since;
    if (this.events === events) return;
    const now = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    this.slices.push({
      events: this.events,
      eventsPerSecond: Math.round(((this.events - events) / (now - milliseconds)) * 1_000),
      cpuSeconds: (user + system) / 1e6,
      rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    });
    if (process.stderr.isTTY) process.stderr.write(`  ${this.events} events\r`);
    this.#since = { events: this.events, milliseconds: now, cpu: process.cpuUsage() };
  }
}

const child = fork(new URL("server.ts", import.meta.url), [
  ...["--seed", args.seed, "--blocks", String(quiet + MARGIN), "--quiet", String(quiet)],
  ...["--model", shippedModel().hash],
]);
const [{ url }] = (await once(child, "message")) as [{ url: string }]; // server.ts says so first
const scratch = new Scratch();
const stores = await (await freshPlace(database, scratch)).open();
const meter = new Meter();
const { follower, state } = await openReading(url, stores, { listener: { applied: meter.applied } });
const start = performance.now();
await follower.poke();
const seconds = (performance.now() - start) / 1_000;
meter.close();
if (state.cursor?.number !== quiet + MARGIN) throw new Error(`stopped at block ${state.cursor?.number}`);
const answered = once(child, "message");
child.send("done");
const [spent] = (await answered) as [Spent]; // and what it spent when asked
child.disconnect();
await stores.close();
if (database === "postgres") await (await sharedPostgres()).close();

scratch.clean();

const rates = meter.slices.map(({ eventsPerSecond }) => eventsPerSecond);
const eventsPerSecond = Math.round(meter.events / seconds);
const result = {
  database,
  seed: Number(args.seed),
  events: meter.events,
  eventsPerSecond,
  goal: GOALS[database],
  met: eventsPerSecond >= GOALS[database],
  /** Whatever else the machine does: events a second of the node's own CPU time. */
  eventsPerCpuSecond: Math.round(meter.events / meter.slices.reduce((sum, slice) => sum + slice.cpuSeconds, 0)),
  slowestOverFastest: Math.min(...rates) / Math.max(...rates),
  lastOverFirst: (rates.at(-1) ?? 0) / (rates[0] ?? 1),
  peakRssMiB: Math.max(...meter.slices.map(({ rssMiB }) => rssMiB)),
  /** Time the endpoint's process spent making answers, as a share of the whole: the rest is the node's own. */
  rpcShare: spent.milliseconds / 1_000 / seconds,
  rpcRequests: spent.requests,
  slices: meter.slices,
};
const rows = meter.slices.map((slice) => [
  slice.events.toLocaleString("en"),
  slice.eventsPerSecond.toLocaleString("en"),
  slice.cpuSeconds.toFixed(1),
  slice.rssMiB.toLocaleString("en"),
]);
process.stdout.write(`${table([["events", "events/s", "CPU s", "RSS MiB"], ...rows])}\n`);
const { rpcShare, rpcRequests, goal, eventsPerCpuSecond } = result;
process.stdout.write(
  `  ${eventsPerSecond} events/s, goal ${goal}, ${eventsPerCpuSecond} a CPU second; endpoint busy ${(100 * rpcShare).toFixed(0)} % of the time, ${rpcRequests} requests\n`,
);
const file = await writeResult(`backfill-${database}`, result);
process.stdout.write(`  written to ${file}\n`);
if (args.json) process.stdout.write(`${JSON.stringify(result)}\n`);
