import type { Hold, Port, Values } from "./port.ts";

const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

/** What stands for a chunk that holds nothing. */
const EMPTY = { u8: new Uint8Array(0), u16: new Uint16Array(0), u32: new Uint32Array(0), f64: new Float64Array(0) };

/** What a column holds: unsigned integers of 1, 2 or 4 bytes, or doubles, which hold integers to 2^53. */
export type ColumnKind = keyof typeof ARRAYS;

const BITS = 16;
/** Values in a chunk. */
const CHUNK = 1 << BITS;
/** So many values are sooner copied one by one than as a part of an array. */
const FEW = 16;
/** Columns of at most so many values are copied into a snapshot, longer ones are held. */
const COPIED = 512;

/** Chunks that lie in a snapshot, and which of them have been replaced by a copy since. */
interface Held {
  readonly hold: Hold;
  readonly own: Set<number>;
}

/**
 * A list of numbers in typed arrays of 65,536 each, so that growing copies nothing; the first one begins small and doubles.
 * What was never set is zero.
 */
export class Column {
  readonly #kind: ColumnKind;
  readonly #chunks: Values[] = [];
  #length = 0;
  /** Not persisted: it says that a snapshot is under way. */
  #held: Held | undefined;

  constructor(kind: ColumnKind) {
    this.#kind = kind;
  }

  get length(): number {
    return this.#length;
  }

  get(index: number): number {
    const chunk = this.#chunks[index >>> BITS];
    return chunk === undefined ? 0 : (chunk[index & (CHUNK - 1)] ?? 0);
  }

  /** Sets a value at any place; the column becomes at least as long. */
  set(index: number, value: number): void {
    const place = index & (CHUNK - 1);
    let chunk = this.#chunks[index >>> BITS];
    if (chunk === undefined || place >= chunk.length) chunk = this.#grow(index >>> BITS, place + 1);
    else if (this.#held !== undefined) chunk = this.#writable(index >>> BITS, chunk);
    chunk[place] = value;
    if (index >= this.#length) this.#length = index + 1;
  }

  push(value: number): void {
    this.set(this.#length, value);
  }

  /** Forgets what lies at and beyond the length. */
  truncate(length: number): void {
    if (length >= this.#length) return;
    const last = length >>> BITS;
    const chunk = this.#chunks[last];
    if (chunk !== undefined) this.#writable(last, chunk).fill(0, length & (CHUNK - 1));
    this.#chunks.length = Math.min(this.#chunks.length, last + 1);
    this.#length = length;
  }

  /** Copies some values to a place behind them. */
  move(from: number, count: number, to: number): void {
    if (count <= FEW) {
      for (let index = 0; index < count; index++) this.set(to + index, this.get(from + index));
      return;
    }
    for (let done = 0; done < count;) {
      const [source, target] = [from + done, to + done];
      const piece = Math.min(count - done, CHUNK - (source & (CHUNK - 1)), CHUNK - (target & (CHUNK - 1)));
      const end = (target & (CHUNK - 1)) + piece;
      const known = this.#chunks[target >>> BITS];
      const isShort = known === undefined || end > known.length;
      const chunk = isShort ? this.#grow(target >>> BITS, end) : this.#writable(target >>> BITS, known);
      const start = source & (CHUNK - 1);
      const values = this.#chunks[source >>> BITS]?.subarray(start, start + piece);
      if (values === undefined) chunk.fill(0, target & (CHUNK - 1), end);
      else chunk.set(values, target & (CHUNK - 1));
      done += piece;
    }
    this.#length = Math.max(this.#length, to + count);
  }

  /** Puts a run of values, which lies within one chunk, into ascending order. */
  sort(from: number, to: number): void {
    const start = from & (CHUNK - 1);
    const chunk = this.#chunks[from >>> BITS];
    if (chunk === undefined) return;
    const values = this.#writable(from >>> BITS, chunk);
    values.subarray(start, start + to - from).sort();
  }

  persist(port: Port): void {
    this.#length = port.number(this.#length);
    const isFew = this.#length <= COPIED;
    let hold: Hold | undefined;
    const chunks = port.number(this.#chunks.length);
    for (let index = 0; index < chunks; index++) {
      const begin = index << BITS;
      const known = this.#chunks[index] ?? EMPTY[this.#kind];
      const used = port.number(Math.min(known.length, Math.max(0, this.#length - begin)));
      const chunk = port.reading ? this.#blank(index, used) : known;
      this.#chunks[index] = chunk;
      if (isFew) port.copied(chunk.subarray(0, used));
      else hold = port.held(chunk.subarray(0, used));
    }
    this.#held = hold === undefined ? undefined : { hold, own: new Set() };
  }

  /** A chunk with room for so many values; nothing where there are none. */
  #blank(index: number, used: number): Values {
    if (used === 0) return EMPTY[this.#kind];
    let capacity = index === 0 ? 4 : CHUNK;
    while (capacity < used) capacity *= 2;
    return new ARRAYS[this.#kind](capacity);
  }

  /** The chunk, or a copy in its place where a snapshot holds it. */
  #writable(index: number, chunk: Values): Values {
    const held = this.#held;
    if (held === undefined) return chunk;
    if (!held.hold.active) {
      this.#held = undefined;
      return chunk;
    }
    if (held.own.has(index)) return chunk;
    held.own.add(index);
    return (this.#chunks[index] = chunk.slice());
  }

  /** The chunk, with room for so many values. */
  #grow(index: number, needed: number): Values {
    while (this.#chunks.length < index) this.#chunks.push(EMPTY[this.#kind]);
    const chunk = this.#blank(index, needed);
    chunk.set(this.#chunks[index] ?? EMPTY[this.#kind]);
    this.#chunks[index] = chunk;
    return chunk;
  }
}

/** First index in [low, high) for which the condition holds, or high; once it holds it holds for all that follow. */
export function firstWhere(low: number, high: number, holds: (index: number) => boolean): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** The same, looking near the end first: most questions are about the newest entries. */
export function firstWhereNearEnd(high: number, holds: (index: number) => boolean): number {
  let to = high;
  let step = 1;
  while (to > 0) {
    const probe = Math.max(0, high - step);
    if (!holds(probe)) return firstWhere(probe + 1, to, holds);
    to = probe;
    step *= 2;
  }
  return 0;
}
