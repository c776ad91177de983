import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { computeAddress } from "ethers";

import { table } from "../../scripts/demo/report.ts";
import { freePorts } from "../../scripts/stack/ports.ts";
import { TcpProxy } from "../../test/oracle/support/tcpProxy.ts";
import { Generator } from "../oracle/generator.ts";
import type { Measured } from "../oracle/load.ts";
import { startNode, type Server } from "../oracle/processes.ts";
import { measureQuorum } from "../oracle/quorum.ts";
import { PATH } from "../oracle/rounds.ts";
import { authorizePayments, deploySite, startWorld, type Site, type World } from "../oracle/world.ts";
import { writeResult } from "../report.ts";

const usage = `usage: npm run bench:network [-- --payments 1000 --rate 20 --seed 1 --json]
  Five nodes of quorum three, each a process, behind TCP proxies with 80 ms round trips of which one connection in a hundred is
  reset; then a 2|3 partition that heals; then two of three over loopback at 100 requests a second. Writes
  bench/results/network.json. Exits with 1 where a goal is missed.
  --json  prints that object last`;

const NODES = 5;
const QUORUM = 3;
const MINORITY = 2;
const DELAY_MS = 40;
const RESETS = 0.01;
const WARM_UP = 100;
const CONNECTIONS = 32;
const LOOPBACK_RATE = 100;
const GOAL_MS = { links: 400, loopback: 40 };

interface Options {
  readonly payments: number;
  readonly rate: number;
  readonly seed: number;
  readonly json: boolean;
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        payments: { type: "string", default: "1000" },
        rate: { type: "string", default: "20" },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
      },
    });
    const [payments, rate, seed] = [Number(values.payments), Number(values.rate), Number(values.seed)];
    if (!(payments >= 100) || !(rate > 0) || !Number.isSafeInteger(seed)) throw new TypeError("a number is wrong");
    return { payments, rate, seed, json: values.json };
  } catch {
    process.stderr.write(`${usage}\n`);
    process.exit(2);
  }
}

/** Every node reaches every other one through a link of its own. */
class Network {
  readonly servers: Server[] = [];
  readonly #links: TcpProxy[][] = [];

  async start(world: World, site: Site, settled: number, seed: number): Promise<void> {
    const ports = await freePorts(NODES);
    for (let from = 0; from < NODES; from++) {
      const row: TcpProxy[] = [];
      for (const [to, port] of ports.entries()) {
        const link = new TcpProxy({ delayMs: DELAY_MS, resets: RESETS, seed: seed + NODES * from + to });
        link.to(`http://127.0.0.1:${port}`);
        row.push(await link.listen());
      }
      this.#links.push(row);
    }
    for (const [attester, port] of ports.entries()) {
      const peers = (this.#links[attester] ?? [])
        .map(({ url }, to) => ({ url, signer: computeAddress(site.keys[to]?.publicKey ?? "") }))
        .filter((_, to) => to !== attester);
      const home = join(world.directory, `node-${attester}`);
      const changes = { port, peers, peerTimeoutMs: 1_000 };
      this.servers.push(await startNode({ home, site, attester, changes, settled }));
    }
  }

  get resets(): number {
    return this.#links.flat().reduce((sum, link) => sum + link.resets, 0);
  }

  /** Cuts the links between the first two nodes and the other three, or joins them again. */
  set cut(isCut: boolean) {
    this.#links.forEach((row, from) => {
      row.forEach((link, to) => (link.cut = isCut && from < MINORITY !== to < MINORITY));
    });
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop();
    for (const link of this.#links.flat()) await link.close();
  }
}

interface Partition {
  readonly minority: number;
  readonly majority: number;
  readonly healedAfterMs: number;
}

async function ask(server: Server | undefined, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server?.url}${PATH}`, { method: "POST", headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** HTTP status of both sides while they are apart, and how long the minority needs after the links are there again. */
async function partition(network: Network, bodies: readonly string[]): Promise<Partition> {
  const [apart = "", ...later] = bodies;
  network.cut = true;
  const minority = await ask(network.servers[0], apart);
  const majority = await ask(network.servers[NODES - 1], apart);
  network.cut = false;
  const healed = performance.now();
  for (const body of later) {
    if ((await ask(network.servers[0], body)) === 200) {
      return { minority, majority, healedAfterMs: performance.now() - healed };
    }
  }
  throw new Error("the minority did not heal");
}

async function measureLinks(world: World, { payments, rate, seed }: Options) {
  const site = await deploySite(world, NODES, QUORUM);
  const file = join(world.directory, "network-bodies");
  const spare = 50;
  const made = await authorizePayments(world, site, payments + WARM_UP + spare, seed, file);
  const bodies = (await readFile(file, "utf8")).trimEnd().split("\n");
  const network = new Network();
  const generator = await Generator.start(file);
  try {
    await network.start(world, site, made, seed);
    const load = { url: network.servers[0]?.url ?? "", path: PATH, connections: CONNECTIONS, rate };
    await generator.run({ ...load, from: 0, count: WARM_UP });
    const measured = await generator.run({ ...load, from: WARM_UP, count: payments });
    const { resets } = network;
    return { measured, resets, partition: await partition(network, bodies.slice(-spare)) };
  } finally {
    await generator.stop();
    await network.stop();
  }
}

function rowOf(what: string, { requestsPerSecond, p50Ms, p99Ms, maxMs, failed }: Measured, goal: number): string[] {
  const figures = [requestsPerSecond, p50Ms, p99Ms, maxMs].map((figure) => figure.toFixed(1));
  return [what, ...figures, String(failed), String(goal), p99Ms <= goal ? "yes" : "NO"];
}

async function main(): Promise<void> {
  const asked = options();
  const directory = await mkdtemp(join(tmpdir(), "sluice-network-"));
  const world = await startWorld(directory);
  try {
    const links = await measureLinks(world, asked);
    const loopback = await measureQuorum(world, 2_000, LOOPBACK_RATE, asked.seed);
    const rows = [
      ["quorum", "requests/s", "p50 ms", "p99 ms", "max ms", "failed", "goal p99 ms", "met"],
      rowOf("3 of 5 through the links", links.measured, GOAL_MS.links),
      rowOf("2 of 3 over loopback", loopback, GOAL_MS.loopback),
    ];
    process.stdout.write(`${table(rows)}\n`);
    const { minority, majority, healedAfterMs } = links.partition;
    process.stdout.write(
      `${links.resets} connections reset; apart, the minority answered ${minority}, the majority ${majority}; healed after ${healedAfterMs.toFixed(0)} ms\n`,
    );
    const result = {
      ...{ "network.quorum3of5": links.measured, "oracle.quorum2of3": loopback, resets: links.resets },
      ...{ partition: links.partition, seed: asked.seed },
    };
    await writeResult("network", result);
    if (asked.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    const inTime = links.measured.p99Ms <= GOAL_MS.links && loopback.p99Ms <= GOAL_MS.loopback;
    const whole = links.measured.failed + loopback.failed === 0 && minority === 503 && majority === 200;
    process.exitCode = inTime && whole ? 0 : 1;
  } finally {
    await world.close();
    await rm(directory, { recursive: true });
  }
}

await main();
