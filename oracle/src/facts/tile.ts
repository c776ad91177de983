import { Column, firstWhereNearEnd } from "./column.ts";
import type { Ledger } from "./ledger.ts";
import { NOWHERE } from "./ledger.ts";
import { ListPool } from "./lists.ts";
import { persistMap, type Port } from "./port.ts";
import { RankTree } from "./rankTree.ts";
import { levelOf } from "./units.ts";
import { addTo, between, NOTHING, type Total } from "./sums.ts";

/** A tile of this many payments gets a tree; in a smaller one distinct counterparties are counted one by one. */
const TREE_FROM = 256;

/** A payment on its way into its tiles. */
export interface Placed {
  readonly row: number;
  readonly micro: number;
  /** Seconds. */
  readonly time: number;
}

/**
 * The tiles of all accounts in one role, or of all pairs: a tile is the append-only list of its payments, with running
 * totals. Any past block is a prefix of it, so that a query needs a binary search and no undo journal. A payment's place
 * in its tile is its index.
 */
export class Tiles {
  /** By row: the payment's index in its tile, NOWHERE for a payment that left no trace. */
  readonly at = new Column("u32");
  readonly #ledger: Ledger;
  /** What the entries of one tile say lies side by side: reading the newest of them touches little memory. */
  readonly #lists = new ListPool(["u32", "u32", "u32", "u32", "f64", "u32", "u32", "u16"]);
  readonly #rows = this.#lists.column(0);
  /** 1 + index of the counterparty's previous payment in the tile, 0 for its first. */
  readonly #previous = this.#lists.column(1);
  /** Distinct counterparties up to and including the payment. */
  readonly #distinct = this.#lists.column(2);
  readonly #sumHigh = this.#lists.column(3);
  readonly #sumLow = this.#lists.column(4);
  readonly #counterparty = this.#lists.column(5);
  readonly #time = this.#lists.column(6);
  readonly #level = this.#lists.column(7);
  readonly #trees = new Map<number, RankTree>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  length(tile: number): number {
    return this.#lists.length(tile);
  }

  row(tile: number, index: number): number {
    return this.#rows.get(this.#lists.slot(tile, index));
  }

  /** The account on the other side of a payment. */
  counterparty(tile: number, index: number): number {
    return this.#counterparty.get(this.#lists.slot(tile, index));
  }

  time(tile: number, index: number): number {
    return this.#time.get(this.#lists.slot(tile, index));
  }

  /** lg8 of the amount, 0 for nothing. */
  level(tile: number, index: number): number {
    return this.#level.get(this.#lists.slot(tile, index));
  }

  micro(tile: number, index: number): number {
    return this.sum(tile, index, index + 1, 0);
  }

  /**
   * Adds a payment to a tile.
   *
   * @param previous Index in this tile of the counterparty's payment before it, -1 for none.
   */
  append(tile: number, { row, micro, time }: Placed, counterparty: number, previous: number): void {
    const index = this.#lists.length(tile);
    const distinct = this.#distinctAt(tile, index) + (previous < 0 ? 1 : 0);
    const sum = addTo(this.#totalAt(tile, index), micro);
    const slot = this.#lists.push(tile);
    this.#rows.set(slot, row);
    this.#previous.set(slot, previous + 1);
    this.#distinct.set(slot, distinct);
    this.#sumHigh.set(slot, sum.high);
    this.#sumLow.set(slot, sum.low);
    this.#counterparty.set(slot, counterparty);
    this.#time.set(slot, time);
    this.#level.set(slot, levelOf(micro));
    this.at.set(row, index);
    this.#growTree(tile, index, previous + 1);
  }

  /** Takes the newest payment out of its tile. */
  pop(tile: number, row: number): void {
    this.#lists.pop(tile);
    this.at.truncate(row);
    const length = this.#lists.length(tile);
    if (length < TREE_FROM) this.#trees.delete(tile);
    else this.#trees.get(tile)?.truncate(length);
  }

  persist(port: Port): void {
    this.at.persist(port);
    this.#lists.persist(port);
    persistMap(
      port,
      this.#trees,
      () => new RankTree(),
      (tree) => tree.persist(port),
    );
  }

  #growTree(tile: number, index: number, previous: number): void {
    if (index + 1 < TREE_FROM) return;
    const known = this.#trees.get(tile);
    if (known !== undefined) {
      known.push(previous);
      return;
    }
    const tree = new RankTree();
    for (let i = 0; i <= index; i++) tree.push(this.#previous.get(this.#lists.slot(tile, i)));
    this.#trees.set(tile, tree);
  }

  /** How many payments of the tile are among the oldest `events` events. */
  lengthAt(tile: number, events: number): number {
    return firstWhereNearEnd(this.length(tile), (index) => this.#ledger.event.get(this.row(tile, index)) >= events);
  }

  /** First index among the oldest `length` whose time is not before the given one. */
  firstFrom(tile: number, length: number, time: number): number {
    const first = this.#lists.slot(tile, 0);
    return firstWhereNearEnd(length, (index) => this.#time.get(first + index) >= time);
  }

  /** Whether the payment was the first of its counterparty in this tile. */
  isFirst(tile: number, index: number): boolean {
    return this.#previous.get(this.#lists.slot(tile, index)) === 0;
  }

  /** Counterparties whose first payment is among those at [from, to). */
  firsts(tile: number, from: number, to: number): number {
    return this.#distinctAt(tile, to) - this.#distinctAt(tile, from);
  }

  /** Distinct counterparties among the payments at [from, to): those whose previous one lies before `from`. */
  distinct(tile: number, from: number, to: number): number {
    const tree = this.#trees.get(tile);
    if (tree !== undefined) return tree.count(from, to, from + 1);
    let found = 0;
    for (let index = from; index < to; index++) {
      if (this.#previous.get(this.#lists.slot(tile, index)) <= from) found += 1;
    }
    return found;
  }

  /** Sum of the payments at [from, to), less an amount that is part of it. */
  sum(tile: number, from: number, to: number, less: number): number {
    return from >= to ? 0 : between(this.#totalAt(tile, from), this.#totalAt(tile, to), less);
  }

  /** Running total of the oldest `length` payments. */
  #totalAt(tile: number, length: number): Total {
    if (length === 0) return NOTHING;
    const slot = this.#lists.slot(tile, length - 1);
    return { low: this.#sumLow.get(slot), high: this.#sumHigh.get(slot) };
  }

  #distinctAt(tile: number, length: number): number {
    return length === 0 ? 0 : this.#distinct.get(this.#lists.slot(tile, length - 1));
  }

  /** Whether a payment of this row stands in its tile. */
  holds(row: number): boolean {
    return this.at.get(row) !== NOWHERE;
  }
}
