import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { renderChart } from "../../oracle/src/evaluate/plots/svg.ts";
import { Generator } from "../oracle/generator.ts";
import type { Measured } from "../oracle/load.ts";
import { metrics, startNode, type Server } from "../oracle/processes.ts";
import { PATH } from "../oracle/rounds.ts";
import { authorizePayments, deploySite, startWorld } from "../oracle/world.ts";
import { writeResult } from "../report.ts";
import { growth, memoryChart, type Growth, type Sample } from "./memory.ts";

const usage = `usage: npm run bench:soak [-- --minutes 30 --seed 1 --json]
  Holds a node at half the load it can bear and watches its memory; writes bench/results/soak.json and soak.svg.
  Exits with 1 where memory grows in the second half, or an answer is anything but 200. A run of less than half an hour is not judged.
  --json  prints the result last`;

const PAYMENTS = 8_000;
const CONNECTIONS = 8;
const SAMPLE_SECONDS = 5;
/** The collector takes ten minutes to settle: what comes before says nothing. */
const SHORTEST_JUDGED = 30;
/** Above this memory is not flat: a leak of a tenth of a kilobyte a request would be several times as much. */
const MOST_MIB_AN_HOUR = 48;
const MIB = 2 ** 20;

function options(): { minutes: number; seed: number; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "30" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new TypeError("a number is wrong");
    return { minutes, seed, json: values.json };
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

async function sample(server: Server, minutes: number): Promise<Sample> {
  const [resident = NaN, heap = NaN, committed = NaN] = await metrics(
    server.url,
    "process_resident_memory_bytes",
    "nodejs_heap_size_used_bytes",
    "nodejs_heap_size_total_bytes",
  );
  return { minutes, residentMiB: resident / MIB, heapMiB: heap / MIB, committedMiB: committed / MIB };
}

interface Soaked {
  readonly most: Measured;
  readonly rate: number;
  readonly samples: readonly Sample[];
  readonly answers: number;
  readonly failed: number;
  readonly p99Ms: number;
}

async function soak(server: Server, generator: Generator, minutes: number): Promise<Soaked> {
  const load = { url: server.url, path: PATH, connections: CONNECTIONS };
  await generator.run({ ...load, from: 0, count: PAYMENTS / 2 });
  const most = await generator.run({ ...load, from: PAYMENTS / 2, count: PAYMENTS / 2 });
  const rate = most.requestsPerSecond / 2;
  const count = Math.min(PAYMENTS, Math.ceil(rate * SAMPLE_SECONDS));
  const samples = [await sample(server, 0)];
  const slowest: number[] = [];
  let [answers, failed] = [0, 0];
  const begun = performance.now();
  for (let now = 0; now < minutes; now = (performance.now() - begun) / 60_000) {
    const from = answers % (PAYMENTS - count + 1);
    const measured = await generator.run({ ...load, from, count, rate });
    answers += count;
    failed += measured.failed;
    slowest.push(measured.p99Ms);
    samples.push(await sample(server, (performance.now() - begun) / 60_000));
    if (process.stderr.isTTY) process.stderr.write(`\r${now.toFixed(1)} of ${minutes} minutes`);
  }
  const p99Ms = slowest.sort((a, b) => a - b)[Math.floor(slowest.length / 2)] ?? NaN;
  return { most, rate, samples, answers, failed, p99Ms };
}

function growthText({ resident, heap, committed }: Growth): string {
  const figures = { resident, "heap in use": heap, "heap committed": committed };
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value.toFixed(1)} MiB/h`)
    .join(", ");
}

const { minutes, seed, json } = options();
const directory = await mkdtemp(join(tmpdir(), "sluice-bench-soak-"));
const world = await startWorld(directory);
try {
  const site = await deploySite(world, 1, 1);
  const file = join(directory, "bodies");
  const settled = await authorizePayments(world, site, PAYMENTS, seed, file);
  // Without the wait for the disk a second holds many more requests, and a leak shows many times sooner.
  const changes = { durability: "process" };
  const server = await startNode({ home: join(directory, "node"), site, attester: 0, changes, settled });
  const generator = await Generator.start(file);
  const { most, rate, samples, answers, failed, p99Ms } = await soak(server, generator, minutes);
  await generator.stop();
  await server.stop();
  const { early, late } = growth(samples, minutes);
  const last = samples.at(-1);
  const results = new URL("../results/", import.meta.url).pathname;
  await mkdir(results, { recursive: true });
  await writeFile(join(results, "soak.svg"), renderChart(memoryChart(samples, Math.max(minutes, last?.minutes ?? 0))));
  const found = {
    ...{ minutes, seed, mostPerSecond: most.requestsPerSecond, perSecond: rate, answers, failed, p99Ms },
    ...{ residentMiB: last?.residentMiB, heapMiB: last?.heapMiB },
    ...{ residentMiBAnHour: late.resident, heapMiBAnHour: late.heap, mostMiBAnHour: MOST_MIB_AN_HOUR },
    ...{ afterFirstFifth: early, samples },
  };
  const judged = minutes >= SHORTEST_JUDGED;
  const flat = late.resident <= MOST_MIB_AN_HOUR && late.heap <= MOST_MIB_AN_HOUR;
  process.stdout
    .write(`${minutes} minutes at ${rate.toFixed(0)} requests/s, half of ${most.requestsPerSecond.toFixed(0)}; ${answers} answers, ${failed} of them not 200, p99 ${p99Ms.toFixed(1)} ms
  resident ${last?.residentMiB.toFixed(0)} MiB, heap in use ${last?.heapMiB.toFixed(0)} MiB at the end
  growth after the first fifth: ${growthText(early)}
  growth in the second half: ${growthText(late)}; flat is at most ${MOST_MIB_AN_HOUR}: ${judged ? (flat ? "yes" : "NO") : "too short to say"}
  written to ${await writeResult("soak", found)} and soak.svg beside it\n`);
  if (json) process.stdout.write(`${JSON.stringify(found)}\n`);
  process.exitCode = failed === 0 && (flat || !judged) ? 0 : 1;
} finally {
  await world.close();
  await rm(directory, { recursive: true, force: true });
}
process.exit();
