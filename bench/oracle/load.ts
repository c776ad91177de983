import { readFile } from "node:fs/promises";

import { Connection, requestBytes, type Answer } from "./connection.ts";

/**
 * The load generator, a process of its own: `load.ts FILE` holds the request bodies of a file, one a line, and runs the loads its
 * parent asks for, one after the other.
 */
export interface Load {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  /** Line of the first body. */
  readonly from: number;
  readonly count: number;
  /** Requests a second, whatever the answers do; without it each connection asks again as soon as it is answered. */
  readonly rate?: number;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Answers other than 200, of a load at a fixed rate; any other load fails with the first of them. */
  readonly failed: number;
  /** Share of one core that the generator took. */
  readonly generatorShare: number;
}

const BUSY_MS = 1;

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

function checked(answer: Answer): void {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
}

/** Each connection asks again as soon as it is answered; milliseconds an answer took, in the order of the bodies. */
async function closedLoop(connections: readonly Connection[], requests: readonly Buffer[]): Promise<Float64Array> {
  const took = new Float64Array(requests.length);
  let next = 0;
  const work = async (connection: Connection): Promise<void> => {
    for (let index = next++; index < requests.length; index = next++) {
      const begun = performance.now();
      checked(await connection.send(requests[index] ?? Buffer.alloc(0)));
      took[index] = performance.now() - begun;
    }
  };
  await Promise.all(connections.map(work));
  return took;
}

/** Requests fall due at a fixed rate; the time of one counts from when it was due, so that a slow answer cannot hide the wait behind it. */
async function openLoop(
  connections: readonly Connection[],
  requests: readonly Buffer[],
  rate: number,
): Promise<{ took: Float64Array; failed: number }> {
  const took = new Float64Array(requests.length);
  const free = [...connections];
  const asked: Promise<void>[] = [];
  let failed = 0;
  const begun = performance.now();
  for (let index = 0; index < requests.length;) {
    const due = begun + (1000 * index) / rate;
    // In turn: one that rests too long is closed by the server.
    const connection = performance.now() >= due ? free.shift() : undefined;
    if (connection === undefined) {
      await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      continue;
    }
    const place = index++;
    asked.push(
      connection.send(requests[place] ?? Buffer.alloc(0)).then((answer) => {
        if (answer.status !== 200) failed += 1;
        took[place] = performance.now() - due;
        free.push(connection);
      }),
    );
  }
  await Promise.all(asked);
  return { took, failed };
}

async function run(load: Load, bodies: readonly string[]): Promise<Measured> {
  const url = new URL(load.url);
  const requests = bodies.slice(load.from, load.from + load.count).map((body) => requestBytes(url, load.path, body));
  if (requests.length !== load.count) throw new Error(`there are only ${bodies.length} bodies`);
  const connections = await Promise.all(Array.from({ length: load.connections }, () => Connection.open(url)));
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const { took, failed } =
    load.rate === undefined
      ? { took: await closedLoop(connections, requests), failed: 0 }
      : await openLoop(connections, requests, load.rate);
  const elapsedMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  took.sort();
  return {
    requestsPerSecond: (1000 * took.length) / elapsedMs,
    ...{ p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99), maxMs: took.at(-1) ?? NaN, failed },
    generatorShare: (user + system) / 1000 / elapsedMs,
  };
}

const [file = ""] = process.argv.slice(2);
const bodies = (await readFile(file, "utf8")).trimEnd().split("\n");
process.on("message", (load: Load) => {
  run(load, bodies).then(
    (measured) => process.send?.({ measured }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.send?.({ ready: bodies.length });
