import { Column, type ColumnKind } from "./column.ts";
import { persistNumbers, type Port } from "./port.ts";

/**
 * Many append-only lists of records in shared columns. A list that is full moves to a place of twice its size and leaves
 * its old one to another list, so that a list of one record costs one record.
 */
export class ListPool {
  readonly #columns: readonly Column[];
  readonly #offsets = new Column("u32");
  readonly #lengths = new Column("u32");
  /** 1 + binary logarithm of the list's capacity, 0 for none. */
  readonly #orders = new Column("u8");
  /** Places left behind, by order. */
  readonly #free: number[][] = [];
  #end = 0;

  constructor(kinds: readonly ColumnKind[]) {
    this.#columns = kinds.map((kind) => new Column(kind));
  }

  /** One field of all records; a record's place is its slot. */
  column(index: number): Column {
    const column = this.#columns[index];
    if (column === undefined) throw new RangeError(`a record has no field ${index}`);
    return column;
  }

  length(list: number): number {
    return this.#lengths.get(list);
  }

  /** Where record `index` of a list lies in the columns, until the list is next appended to. */
  slot(list: number, index: number): number {
    return this.#offsets.get(list) + index;
  }

  /** Makes room for one more record and answers its slot. Lists need not be created. */
  push(list: number): number {
    const length = this.#lengths.get(list);
    const order = this.#orders.get(list);
    if (order === 0 || length === 2 ** (order - 1)) this.#move(list, length, order);
    this.#lengths.set(list, length + 1);
    return this.#offsets.get(list) + length;
  }

  pop(list: number): void {
    this.#lengths.set(list, this.#lengths.get(list) - 1);
  }

  persist(port: Port): void {
    for (const column of [...this.#columns, this.#offsets, this.#lengths, this.#orders]) column.persist(port);
    const orders = port.number(this.#free.length);
    for (let order = 0; order < orders; order++) persistNumbers(port, (this.#free[order] ??= []));
    this.#end = port.number(this.#end);
  }

  #move(list: number, length: number, order: number): void {
    const from = this.#offsets.get(list);
    const to = this.#take(order + 1);
    if (order > 0) {
      for (const column of this.#columns) column.move(from, length, to);
      (this.#free[order] ??= []).push(from);
    }
    this.#offsets.set(list, to);
    this.#orders.set(list, order + 1);
  }

  #take(order: number): number {
    const free = this.#free[order]?.pop();
    if (free !== undefined) return free;
    const offset = this.#end;
    this.#end += 2 ** (order - 1);
    return offset;
  }
}
