import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { table } from "../../scripts/demo/report.ts";
import { writeResult } from "../report.ts";
import { checkAnswers } from "./check.ts";
import { fdatasyncMs } from "./disk.ts";
import { Generator } from "./generator.ts";
import { figure, goalRow, isMet, powerBound, type Goal } from "./goals.ts";
import type { Measured } from "./load.ts";
import { planNode, startEcho, startNode, type Server } from "./processes.ts";
import { measureQuorum } from "./quorum.ts";
import { median, runCell, runRounds, Slices, type Cell, type Round } from "./rounds.ts";
import { measureStages, type Stages } from "./stages.ts";
import { authorizePayments, deploySite, startWorld, type Site, type World } from "./world.ts";

const usage = `usage: npm run bench:oracle [-- --payments 20000 --rounds 3 --seed 1 --json]
  Attestations a second and their latency, of one node's process over HTTP, beside a bare Express echo, the measured fdatasync and the
  same node with ethers' signing; CPU of every stage; a quorum of 2 of 3. Writes bench/results/oracle.json.
  Exits with 1 where a goal is missed.
  --json  prints that object last`;

const CONNECTIONS = [1, 8, 64] as const;
const RATE = 100;
const STAGE_PAYMENTS = 1_500;
const CHECKED = 20;

interface Options {
  readonly payments: number;
  readonly rounds: number;
  readonly seed: number;
  readonly json: boolean;
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        payments: { type: "string", default: "20000" },
        rounds: { type: "string", default: "3" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const [payments, rounds, seed] = [Number(values.payments), Number(values.rounds), Number(values.seed)];
    if (!(payments >= 1_000) || !(rounds >= 1) || !Number.isSafeInteger(seed)) throw new TypeError("a number is wrong");
    return { payments, rounds, seed, json: values.json };
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`${line}\n`);
};

type Servers = Record<"process" | "power" | "stock" | "echo", Server>;

async function startServers(directory: string, site: Site, settled: number): Promise<Servers> {
  const node = (name: string, durability: string, stockSigning = false): Promise<Server> =>
    startNode({ home: join(directory, name), site, attester: 0, changes: { durability }, stockSigning, settled });
  return {
    process: await node("process", "process"),
    power: await node("power", "power"),
    stock: await node("stock", "process", true),
    echo: await startEcho(),
  };
}

/** Which loads a round has. Each node is asked about every payment once at most. */
function cellsOf(servers: Servers, perRound: number): Cell[] {
  const many = Math.floor(perRound * 0.46);
  const counts: Readonly<Record<number, number>> = { 1: perRound - 2 * many, 8: many, 64: many };
  const cell = (name: keyof Servers, connections: number, count = counts[connections] ?? 0): Cell => {
    return { key: `${name}.c${connections}`, server: servers[name], connections, count };
  };
  const nodes = CONNECTIONS.flatMap((connections) => [cell("process", connections), cell("power", connections)]);
  return [cell("echo", 8), cell("stock", 8, Math.floor(many / 3)), ...nodes];
}

interface Figures {
  readonly rounds: ReadonlyMap<string, Round>;
  readonly again: Round;
  readonly fdatasync: number;
}

async function measureService(
  directory: string,
  site: Site,
  file: string,
  { payments, rounds }: Options,
): Promise<Figures> {
  const generator = await Generator.start(file);
  const servers = await startServers(directory, site, payments);
  try {
    const bodies = (await readFile(file, "utf8")).split("\n", CHECKED);
    await checkAnswers(servers.process.url, site, bodies);
    await checkAnswers(servers.stock.url, site, bodies);
    progress("warming up");
    const slices = new Slices();
    const warmUp = Math.floor(payments * 0.1);
    for (const server of Object.values(servers)) {
      const from = slices.take(server, warmUp);
      await runCell(generator, { key: "", server, connections: 8, count: warmUp }, from);
    }
    progress("measuring");
    const cells = cellsOf(servers, Math.floor((payments - warmUp) / rounds));
    const disk = [fdatasyncMs(directory)];
    const found = await runRounds(generator, cells, slices, rounds);
    disk.push(fdatasyncMs(directory));
    const again = { key: "", server: servers.process, connections: 8, count: warmUp };
    return { rounds: found, again: await runCell(generator, again, 0), fdatasync: median(disk) };
  } finally {
    for (const server of Object.values(servers)) await server.stop();
    await generator.stop();
  }
}

function goalsOf({ rounds, fdatasync }: Figures, quorum: Measured): Goal[] {
  const of = (key: string): Round => {
    const round = rounds.get(key);
    if (round === undefined) throw new RangeError(`${key} was not measured`);
    return round;
  };
  const [echo, stock, safe] = [of("echo.c8"), of("stock.c8"), of("process.c8")];
  const rps = safe.requestsPerSecond;
  return [
    { key: "process.c8.rps", what: "attestations/s, safe against a crash of the process", sluice: rps, atLeast: 4_000 },
    { key: "process.c8.p99", what: "ms", sluice: safe.p99Ms, atMost: 10 },
    {
      key: "process.c8 / stockSigning.c8",
      what: "beside ethers' signing",
      sluice: rps / stock.requestsPerSecond,
      atLeast: 5,
    },
    { key: "process.c8 / echo.c8", what: "beside Express alone", sluice: rps / echo.requestsPerSecond, atLeast: 0.2 },
    ...CONNECTIONS.map((connections) => ({
      key: `power.c${connections}.rps`,
      what: `bound 0.7 × ${connections} / (${figure(fdatasync)} ms + ${connections} × ${figure(safe.cpuMicros)} us)`,
      sluice: of(`power.c${connections}`).requestsPerSecond,
      atLeast: powerBound(connections, fdatasync, safe.cpuMicros),
    })),
    {
      key: "quorum2of3.p99",
      what: `ms at ${RATE} requests/s on the loopback address`,
      sluice: quorum.p99Ms,
      atMost: 40,
    },
    { key: "quorum2of3.failed", what: "answers other than 200", sluice: quorum.failed, atMost: 0 },
  ];
}

function resultOf(figures: Figures, quorum: Measured, stages: Stages, goals: readonly Goal[]): object {
  const row = (key: string): object => {
    const found = figures.rounds.get(key);
    if (found === undefined) return {};
    const { requestsPerSecond: rps, p50Ms: p50, p99Ms: p99, cpuMicros, generatorShare } = found;
    return { rps, p50, p99, cpuMicros, generatorShare };
  };
  const rows = (name: string): object => Object.fromEntries(CONNECTIONS.map((c) => [`c${c}`, row(`${name}.c${c}`)]));
  const { requestsPerSecond: rps, p50Ms: p50, p99Ms: p99 } = figures.again;
  return {
    oracle: {
      ...{ process: rows("process"), power: rows("power") },
      ...{
        stockSigning: { c8: row("stock.c8") },
        echo: { c8: row("echo.c8") },
        answeredBefore: { c8: { rps, p50, p99 } },
      },
      ...{ fdatasync: figures.fdatasync, quorum2of3: { p50: quorum.p50Ms, p99: quorum.p99Ms, failed: quorum.failed } },
      stages: { http: figures.rounds.get("echo.c8")?.cpuMicros, ...stages },
      goals: Object.fromEntries(goals.map((goal) => [goal.key, { ...goal, met: isMet(goal) }])),
    },
  };
}

function print(figures: Figures, stages: Stages, goals: readonly Goal[]): void {
  const rows = [...figures.rounds, ["answered before.c8", figures.again] as const].map(([key, found]) => {
    const { requestsPerSecond, p50Ms, p99Ms, cpuMicros, generatorShare } = found;
    return [key, ...[requestsPerSecond, p50Ms, p99Ms, cpuMicros].map(figure), `${(100 * generatorShare).toFixed(0)} %`];
  });
  const http = figures.rounds.get("echo.c8")?.cpuMicros ?? NaN;
  const cost = Object.entries({ "HTTP (the echo)": http, ...stages }).map(([name, micros]) => [name, figure(micros)]);
  process.stdout.write(`POST /v1/attestations, an epoch of one signer, every payment asked about for the first time
${table([["", "requests/s", "p50 ms", "p99 ms", "CPU us a request", "generator's core"], ...rows])}

${table([["stage", "CPU us"], ...cost])}
  fdatasync of a page in the same directory: ${figure(figures.fdatasync)} ms

${table([["goal", "Sluice", "wanted", "ratio", "met", ""], ...goals.map(goalRow)])}
`);
}

async function measure(world: World, chosen: Options): Promise<number> {
  const { directory } = world;
  progress("authorizing payments on the chain");
  const site = await deploySite(world, 1, 1);
  const file = join(directory, "bodies");
  const payments = await authorizePayments(world, site, chosen.payments, chosen.seed, file);
  const figures = await measureService(directory, site, file, { ...chosen, payments });
  progress("stages");
  const settings = await planNode({ home: join(directory, "process"), site, attester: 0 });
  const bodies = (await readFile(file, "utf8")).split("\n", STAGE_PAYMENTS);
  const stages = await measureStages(settings, directory, bodies, site.keys[0]?.privateKey ?? "");
  progress("a quorum of 2 of 3");
  const quorum = await measureQuorum(world, 10 * RATE, RATE, chosen.seed);
  const goals = goalsOf(figures, quorum);
  const result = resultOf(figures, quorum, stages, goals);
  print(figures, stages, goals);
  process.stdout.write(`  seed ${chosen.seed}, ${payments} payments, medians of ${chosen.rounds} rounds
  written to ${await writeResult("oracle", result)}\n`);
  if (chosen.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  const missed = goals.filter((goal) => !isMet(goal));
  for (const { key, sluice } of missed) process.stderr.write(`goal missed: ${key} is ${figure(sluice)}\n`);
  return missed.length === 0 ? 0 : 1;
}

const chosen = options();
const directory = await mkdtemp(join(tmpdir(), "sluice-bench-oracle-"));
const world = await startWorld(directory);
try {
  process.exitCode = await measure(world, chosen);
} finally {
  await world.close();
  await rm(directory, { recursive: true, force: true });
}
process.exit();
