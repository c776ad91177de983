import { OracleError } from "../errors.ts";
import type { StoredBlock } from "../store/chainStore.ts";
import { RpcRefusal } from "./refusal.ts";

/** Events a range should bring: enough that a request is worth its round trip, so few that the ranges ahead stay small. */
const WANTED_EVENTS = 2_500;
/** Ranges in flight, ahead of the one that is being stored. Memory holds so many ranges and no more. */
const AHEAD = 3;

/** How many blocks a range of logs should span: as the endpoint allows, and as the chain is busy. */
export class RangeSizer {
  readonly #most: number;
  #span: number;
  /** A span of this many blocks was refused. */
  #refused = Number.POSITIVE_INFINITY;

  constructor(mostBlocks: number) {
    this.#most = mostBlocks;
    this.#span = mostBlocks;
  }

  get span(): number {
    return this.#span;
  }

  /** A range brought so many events. */
  brought(blocks: number, events: number): void {
    const wanted = events === 0 ? 2 * blocks : Math.round((blocks * WANTED_EVENTS) / events);
    // At most twice as far as what has just worked, and well below what was refused; that is forgotten little by little.
    this.#span = Math.max(1, Math.floor(Math.min(wanted, 2 * blocks, this.#most, 0.75 * this.#refused)));
    this.#refused *= 1.01;
  }

  /** The endpoint would not answer about so many blocks at once. */
  refused(blocks: number): void {
    this.#refused = Math.max(2, Math.min(this.#refused, blocks));
    this.#span = Math.max(1, Math.min(this.#span, Math.floor(blocks / 2)));
  }
}

export type ReadRange = (from: number, to: number) => Promise<StoredBlock[]>;

function eventCount(blocks: readonly StoredBlock[]): number {
  return blocks.reduce((sum, block) => sum + block.payments.length + block.events.length, 0);
}

/** A range, in halves where the endpoint refuses the whole. */
async function readSplit(read: ReadRange, from: number, to: number, sizer: RangeSizer): Promise<StoredBlock[]> {
  const span = to - from + 1;
  try {
    const blocks = await read(from, to);
    sizer.brought(span, eventCount(blocks));
    return blocks;
  } catch (error) {
    if (!(error instanceof RpcRefusal) || error.kind !== "tooLarge") throw error;
    if (span === 1)
      throw new OracleError("RPC_UNAVAILABLE", `the RPC endpoint refuses block ${from}: ${error.message}`);
    sizer.refused(span);
  }
  const middle = from + Math.floor(span / 2);
  const first = await readSplit(read, from, middle - 1, sizer);
  return [...first, ...(await readSplit(read, middle, to, sizer))];
}

/**
 * Reads a long stretch of blocks range by range, some ranges ahead of whoever takes them.
 *
 * @returns The blocks of one range after another, in order.
 */
export async function* readAhead(
  read: ReadRange,
  from: number,
  to: number,
  sizer: RangeSizer,
): AsyncGenerator<StoredBlock[]> {
  const ahead: Promise<StoredBlock[]>[] = [];
  let next = from;
  const fill = (): void => {
    while (next <= to && ahead.length < AHEAD) {
      const last = Math.min(to, next + sizer.span - 1);
      const range = readSplit(read, next, last, sizer);
      // Whoever takes it is told; nobody has to take it, where an earlier range failed.
      range.catch(() => undefined);
      ahead.push(range);
      next = last + 1;
    }
  };
  try {
    for (fill(); ahead.length > 0; fill()) {
      const range = ahead.shift();
      if (range !== undefined) yield await range;
    }
  } finally {
    // No request outlives the reading.
    await Promise.allSettled(ahead);
  }
}
