import { Column, firstWhereNearEnd } from "./column.ts";
import type { Ledger } from "./ledger.ts";
import { persistMap, persistNumbers, type Port } from "./port.ts";
import { RankTree } from "./rankTree.ts";

/** On-off states by key, as of any event: the events at which each changed. Only what was ever on costs memory. */
export class Switches {
  readonly #changes = new Map<number, number[]>();

  /** Sets the state; answers whether that changed it. */
  set(key: number, on: boolean, event: number): boolean {
    const changes = this.#changes.get(key);
    if (((changes?.length ?? 0) % 2 === 1) === on) return false;
    if (changes === undefined) this.#changes.set(key, [event]);
    else changes.push(event);
    return true;
  }

  /** Takes back the change that the event made; answers whether it made one. */
  undo(key: number, event: number): boolean {
    const changes = this.#changes.get(key);
    if (changes?.at(-1) !== event) return false;
    changes.pop();
    if (changes.length === 0) this.#changes.delete(key);
    return true;
  }

  persist(port: Port): void {
    persistMap(
      port,
      this.#changes,
      () => [],
      (changes) => persistNumbers(port, changes),
    );
  }

  /** The state now. */
  isOn(key: number): boolean {
    return (this.#changes.get(key)?.length ?? 0) % 2 === 1;
  }

  /** The state after the oldest `events` events. */
  wasOn(key: number, events: number): boolean {
    const changes = this.#changes.get(key);
    if (changes === undefined) return false;
    return firstWhereNearEnd(changes.length, (index) => (changes[index] ?? 0) >= events) % 2 === 1;
  }
}

/** Numbers by which a tile's count rose or fell, each with the event that did it. */
class Marks {
  readonly events = new Column("u32");
  readonly indices = new RankTree();

  add(event: number, index: number): void {
    this.events.push(event);
    this.indices.push(index);
  }

  pop(): void {
    const length = this.events.length - 1;
    this.events.truncate(length);
    this.indices.truncate(length);
  }

  persist(port: Port): void {
    this.events.persist(port);
    this.indices.persist(port);
  }

  /** How many marks of the oldest `events` events lie at indices [from, to). */
  count(events: number, from: number, to: number): number {
    const known = firstWhereNearEnd(this.events.length, (index) => this.events.get(index) >= events);
    return this.indices.count(0, known, to) - this.indices.count(0, known, from);
  }
}

interface TileMarks {
  readonly put: Marks;
  readonly lifted: Marks;
}

/** Known frauds of tiles: which indices were marked, and at which event each mark was put or lifted. */
export class FraudMarks {
  readonly #tiles = new Map<number, TileMarks>();

  /** Whether the tile ever held a known fraud. */
  has(tile: number): boolean {
    return this.#tiles.has(tile);
  }

  add(tile: number, index: number, on: boolean, event: number): void {
    let marks = this.#tiles.get(tile);
    if (marks === undefined) {
      marks = { put: new Marks(), lifted: new Marks() };
      this.#tiles.set(tile, marks);
    }
    (on ? marks.put : marks.lifted).add(event, index);
  }

  /** Takes back the newest mark of the tile. */
  undo(tile: number, on: boolean): void {
    const marks = this.#tiles.get(tile);
    if (marks === undefined) return;
    (on ? marks.put : marks.lifted).pop();
    if (marks.put.events.length === 0) this.#tiles.delete(tile);
  }

  persist(port: Port): void {
    const blank = (): TileMarks => ({ put: new Marks(), lifted: new Marks() });
    persistMap(port, this.#tiles, blank, ({ put, lifted }) => {
      put.persist(port);
      lifted.persist(port);
    });
  }

  /** Known frauds at indices [from, to), as known after the oldest `events` events. */
  count(tile: number, events: number, from: number, to: number): number {
    const marks = this.#tiles.get(tile);
    if (marks === undefined || from >= to) return 0;
    const put = marks.put.count(events, from, to);
    return marks.lifted.events.length === 0 ? put : put - marks.lifted.count(events, from, to);
  }
}

interface Steps {
  readonly events: Column;
  readonly counts: Column;
}

/** Counts by tile that rise and fall, as of any event. */
export class Counters {
  readonly #steps = new Map<number, Steps>();

  add(tile: number, change: 1 | -1, event: number): void {
    let steps = this.#steps.get(tile);
    if (steps === undefined) {
      steps = { events: new Column("u32"), counts: new Column("u32") };
      this.#steps.set(tile, steps);
    }
    const before = steps.counts.length === 0 ? 0 : steps.counts.get(steps.counts.length - 1);
    steps.events.push(event);
    steps.counts.push(before + change);
  }

  /** Takes back the newest change of the tile. */
  undo(tile: number): void {
    const steps = this.#steps.get(tile);
    if (steps === undefined) return;
    const length = steps.events.length - 1;
    steps.events.truncate(length);
    steps.counts.truncate(length);
    if (length === 0) this.#steps.delete(tile);
  }

  persist(port: Port): void {
    const blank = (): Steps => ({ events: new Column("u32"), counts: new Column("u32") });
    persistMap(port, this.#steps, blank, ({ events, counts }) => {
      events.persist(port);
      counts.persist(port);
    });
  }

  /** The count after the oldest `events` events. */
  at(tile: number, events: number): number {
    const steps = this.#steps.get(tile);
    if (steps === undefined) return 0;
    const known = firstWhereNearEnd(steps.events.length, (index) => steps.events.get(index) >= events);
    return known === 0 ? 0 : steps.counts.get(known - 1);
  }
}

/** What is known about payments and accounts: frauds and lists. Undone in the reverse order of what was done. */
export class Labels {
  readonly #ledger: Ledger;
  /** Confirmations that stay: rulings, refunds coded as fraud, labels of a data set. By row. */
  readonly #confirmed = new Map<number, number>();
  readonly #listedFraud = new Switches();
  readonly #known = new Switches();
  readonly sanctioned = new Switches();
  readonly reported = new Switches();
  /** On either list. */
  readonly listed = new Switches();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** A confirmation that stays; answers whether the payment became a known fraud by it. */
  confirm(row: number, event: number): boolean {
    this.#confirmed.set(row, (this.#confirmed.get(row) ?? 0) + 1);
    return this.#settle(row, event);
  }

  undoConfirm(row: number, event: number): boolean {
    const left = (this.#confirmed.get(row) ?? 1) - 1;
    if (left === 0) this.#confirmed.delete(row);
    else this.#confirmed.set(row, left);
    return this.#known.undo(row, event);
  }

  /** An entry of the fraud list; answers whether it changed what is known. */
  listFraud(row: number, on: boolean, event: number): boolean {
    this.#listedFraud.set(row, on, event);
    return this.#settle(row, event);
  }

  undoListFraud(row: number, event: number): boolean {
    this.#listedFraud.undo(row, event);
    return this.#known.undo(row, event);
  }

  /** Whether the payment was known as fraud after the oldest `events` events. */
  isKnownFraud(row: number, events: number): boolean {
    return this.#ledger.marked(row) && this.#known.wasOn(row, events);
  }

  persist(port: Port): void {
    persistMap(
      port,
      this.#confirmed,
      () => 0,
      (count) => port.number(count),
    );
    for (const switches of [this.#listedFraud, this.#known, this.sanctioned, this.reported, this.listed]) {
      switches.persist(port);
    }
  }

  #settle(row: number, event: number): boolean {
    this.#ledger.mark(row);
    return this.#known.set(row, this.#confirmed.has(row) || this.#listedFraud.isOn(row), event);
  }
}
