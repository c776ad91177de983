/** One authorized payment as a tile keeps it. */
export interface Entry {
  readonly id: string;
  readonly counterparty: string;
  readonly micro: number;
  /** lg8 of the amount. */
  readonly level: number;
  readonly block: number;
  /** Seconds, of the block. */
  readonly time: number;
}

/** First index in [0, length) whose value exceeds the limit; the values never fall. */
function upperBound(length: number, limit: number, valueAt: (index: number) => number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (valueAt(middle) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Append-only history of one account in one role, with a cumulative count of distinct counterparties. Any past block is a
 * prefix of it, so that a query needs a binary search and no undo journal.
 */
export class Tile {
  readonly #entries: Entry[] = [];
  readonly #distinct: number[] = [];

  get length(): number {
    return this.#entries.length;
  }

  append(entry: Entry, firstOfCounterparty: boolean): void {
    const before = this.#distinct.at(-1) ?? 0;
    this.#entries.push(entry);
    this.#distinct.push(before + (firstOfCounterparty ? 1 : 0));
  }

  pop(): void {
    this.#entries.pop();
    this.#distinct.pop();
  }

  at(index: number): Entry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`no entry ${index} in a tile of ${this.length}`);
    return entry;
  }

  /** How many entries lie at or below the block. */
  lengthAt(block: number): number {
    return upperBound(this.length, block, (index) => this.at(index).block);
  }

  /** First index among the oldest `length` entries whose time is later than the given one. */
  firstAfter(time: number, length: number): number {
    return upperBound(length, time, (index) => this.at(index).time);
  }

  /** Distinct counterparties among the oldest `length` entries. */
  distinctAt(length: number): number {
    return length === 0 ? 0 : (this.#distinct[length - 1] ?? 0);
  }

  /** Whether the entry was the first of its counterparty in this tile. */
  isFirst(index: number): boolean {
    return this.distinctAt(index + 1) > this.distinctAt(index);
  }
}

/** A tile as of a block, without the one payment that is being judged. */
export class TileView {
  readonly #tile: Tile;
  /** Entries at or below the block, the judged payment included. */
  readonly #length: number;
  /** Index of the judged payment, or -1. */
  readonly #own: number;

  constructor(tile: Tile, length: number, own: number) {
    this.#tile = tile;
    this.#length = length;
    this.#own = own >= 0 && own < length ? own : -1;
  }

  get count(): number {
    return this.#own < 0 ? this.#length : this.#length - 1;
  }

  /** The oldest entry, if there is one. */
  first(): Entry | undefined {
    const index = this.#own === 0 ? 1 : 0;
    return index < this.#length ? this.#tile.at(index) : undefined;
  }

  /** The newest entries, oldest of them first. */
  recent(most: number): Entry[] {
    const entries: Entry[] = [];
    for (let index = this.#length - 1; index >= 0 && entries.length < most; index--) {
      if (index !== this.#own) entries.push(this.#tile.at(index));
    }
    return entries.reverse();
  }

  /** Entries later than the given time. */
  countSince(time: number): number {
    const from = this.#tile.firstAfter(time, this.#length);
    return this.#length - from - (this.#own >= from ? 1 : 0);
  }

  /**
   * Counterparties whose first entry is later than the given time.
   *
   * @param pair The view of the judged payment's own pair: without that payment, the pair's next one becomes its first.
   */
  newCounterpartiesSince(time: number, pair: TileView): number {
    const from = this.#tile.firstAfter(time, this.#length);
    const firsts = this.#tile.distinctAt(this.#length) - this.#tile.distinctAt(from);
    if (this.#own < 0 || !this.#tile.isFirst(this.#own)) return firsts;
    const counted = this.#own >= from ? 1 : 0;
    const heir = pair.first();
    return firsts - counted + (heir !== undefined && heir.time > time ? 1 : 0);
  }
}
