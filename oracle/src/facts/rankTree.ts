import { Column, firstWhere } from "./column.ts";
import type { Port } from "./port.ts";

const RUN_BITS = 6;
/** Values that lie unsorted at the end, at most, and are looked at one by one. */
const RUN = 1 << RUN_BITS;

/**
 * An append-only list of numbers that answers how many values at some positions lie below a limit, in O(log²). Runs of 64,
 * 128, 256, … values, each beginning at a multiple of its size, are kept sorted beside the list itself.
 */
export class RankTree {
  readonly #values = new Column("u32");
  /** Sorted runs of RUN * 2^level values, one behind the other. */
  readonly #levels: Column[] = [];

  get length(): number {
    return this.#values.length;
  }

  push(value: number): void {
    this.#values.push(value);
    for (let level = 0; this.length % (RUN << level) === 0; level++) this.#addRun(level);
  }

  truncate(length: number): void {
    this.#values.truncate(length);
    this.#levels.forEach((column, level) => column.truncate(length - (length % (RUN << level))));
  }

  persist(port: Port): void {
    this.#values.persist(port);
    const levels = port.number(this.#levels.length);
    for (let level = 0; level < levels; level++) (this.#levels[level] ??= new Column("u32")).persist(port);
  }

  /** How many of the values at positions [from, to) are below the limit. */
  count(from: number, to: number, limit: number): number {
    let found = 0;
    let position = from;
    while (position < to) {
      const level = this.#levelAt(position, to);
      if (level < 0) {
        if (this.#values.get(position) < limit) found += 1;
        position += 1;
        continue;
      }
      const size = RUN << level;
      found += this.#countRun(level, position, size, limit);
      position += size;
    }
    return found;
  }

  /** The largest run that begins at the position and ends by `to`, -1 for none. */
  #levelAt(position: number, to: number): number {
    let level = -1;
    for (let size = RUN; position % size === 0 && position + size <= to; size *= 2) level += 1;
    return level;
  }

  #countRun(level: number, start: number, size: number, limit: number): number {
    const column = this.#levels[level];
    if (column === undefined) return 0;
    return firstWhere(start, start + size, (index) => column.get(index) >= limit) - start;
  }

  #addRun(level: number): void {
    const column = (this.#levels[level] ??= new Column("u32"));
    const size = RUN << level;
    const start = this.length - size;
    if (level === 0) {
      for (let index = start; index < start + size; index++) column.set(index, this.#values.get(index));
      column.sort(start, start + size);
      return;
    }
    const halves = this.#levels[level - 1];
    if (halves !== undefined) merge(halves, start, size / 2, column);
  }
}

/** Merges two neighbouring sorted runs into the same positions of another column. */
function merge(halves: Column, start: number, half: number, into: Column): void {
  let left = start;
  let right = start + half;
  for (let index = start; index < start + 2 * half; index++) {
    const takeLeft = left < start + half && (right === start + 2 * half || halves.get(left) <= halves.get(right));
    into.set(index, halves.get(takeLeft ? left++ : right++));
  }
}
