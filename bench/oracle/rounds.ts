import type { Generator } from "./generator.ts";
import type { Measured } from "./load.ts";
import type { Server } from "./processes.ts";

export const PATH = "/v1/attestations";

/** One row of the bench: a server under so many connections. */
export interface Cell {
  readonly key: string;
  readonly server: Server;
  readonly connections: number;
  /** Requests a round. */
  readonly count: number;
}

export interface Round extends Measured {
  /** Microseconds of the server's CPU a request. */
  readonly cpuMicros: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Hands out request bodies, each once a server: whoever is asked again need not write to its guard. */
export class Slices {
  readonly #used = new Map<Server, number>();

  take(server: Server, count: number): number {
    const from = this.#used.get(server) ?? 0;
    this.#used.set(server, from + count);
    return from;
  }
}

export async function runCell(generator: Generator, cell: Cell, from: number): Promise<Round> {
  const { server, connections, count } = cell;
  const before = await server.cpuSeconds();
  const measured = await generator.run({ url: server.url, path: PATH, connections, from, count });
  return { ...measured, cpuMicros: (1e6 * ((await server.cpuSeconds()) - before)) / count };
}

/** Every cell once a round, one after the other, so that a busy machine hits all alike; then the medians. */
export async function runRounds(
  generator: Generator,
  cells: readonly Cell[],
  slices: Slices,
  rounds: number,
): Promise<Map<string, Round>> {
  const found = new Map<string, Round[]>(cells.map(({ key }) => [key, []]));
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells) {
      const from = slices.take(cell.server, cell.count);
      found.get(cell.key)?.push(await runCell(generator, cell, from));
    }
  }
  return new Map([...found].map(([key, runs]) => [key, medianOf(runs)]));
}

function medianOf(runs: readonly Round[]): Round {
  const of = (pick: (run: Round) => number): number => median(runs.map(pick));
  return {
    requestsPerSecond: of((run) => run.requestsPerSecond),
    ...{ p50Ms: of((run) => run.p50Ms), p99Ms: of((run) => run.p99Ms), maxMs: of((run) => run.maxMs), failed: 0 },
    ...{ generatorShare: of((run) => run.generatorShare), cpuMicros: of((run) => run.cpuMicros) },
  };
}
