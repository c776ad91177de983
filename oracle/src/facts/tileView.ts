import { firstWhere } from "./column.ts";
import type { FlowKind } from "./flows.ts";
import { NOWHERE } from "./ledger.ts";
import { sortAscending } from "./integers.ts";
import type { HistoryState, Role } from "./state.ts";

/** One authorized payment as a view gives it. */
export interface Entry {
  /** The payment's number in this history; the order of rows is that of authorizations, in all tiles. */
  readonly row: number;
  /** Its place in the tile. */
  readonly index: number;
  /** Number of the account on the other side: the same number is the same account. */
  readonly counterparty: number;
  readonly micro: number;
  /** lg8 of the amount, 0 for nothing. */
  readonly level: number;
  /** Seconds, of the block. */
  readonly time: number;
  readonly failed: boolean;
  readonly call: boolean;
}

/** Something that happened to the money of one payment of a tile. */
export interface FlowEntry {
  /** The payment's number in this history. */
  readonly row: number;
  readonly micro: number;
  /** Seconds, of the happening's block. */
  readonly time: number;
}

/** The newest run of known frauds, and what came before it. */
export interface FraudRun {
  readonly count: number;
  /** The oldest payment of the run, undefined for an empty run. */
  readonly began: Entry | undefined;
  /** The newest payment that is not known as fraud. */
  readonly lastGood: Entry | undefined;
}

/** Which tile, as of when, and without which payment. */
interface Place {
  readonly role: Role;
  /** -1 for an account or pair without payments. */
  readonly tile: number;
  /** Only what the oldest `events` events brought. */
  readonly events: number;
  /** Row of the judged payment, or -1. */
  readonly judged: number;
}

/**
 * A tile as of a block, without the one payment that is being judged. Times are seconds of the payments; windows are
 * [from, to). Every question costs at most log² of the tile's length, and as much as it answers.
 */
export class TileView {
  readonly #state: HistoryState;
  readonly #place: Place;
  /** Payments as of the block, the judged one included. */
  readonly #length: number;
  /** Index of the judged payment where it lies below the length, or -1. */
  readonly #own: number;
  /** The judged payment where it stands in this tile, at whatever index. */
  readonly #ownRow: number;

  /** Times asked for before, and the first index at or after each: facts share their windows. */
  readonly #times: number[] = [];
  readonly #indices: number[] = [];

  constructor(state: HistoryState, place: Place) {
    this.#state = state;
    this.#place = place;
    const { role, tile, events, judged } = place;
    this.#length = tile < 0 ? 0 : role.tiles.lengthAt(tile, events);
    const here = judged >= 0 && role.tileOf.get(judged) === tile && role.tiles.holds(judged);
    this.#ownRow = here ? judged : -1;
    const index = here ? role.tiles.at.get(judged) : NOWHERE;
    this.#own = index < this.#length ? index : -1;
  }

  get count(): number {
    return this.#own < 0 ? this.#length : this.#length - 1;
  }

  /** The oldest payment, if there is one. */
  first(): Entry | undefined {
    return this.#at(this.#own === 0 ? 1 : 0, this.#length);
  }

  /** The newest payment, if there is one. */
  last(): Entry | undefined {
    return this.#newest(0, this.#length);
  }

  /** The newest payments, oldest of them first. */
  recent(most: number): Entry[] {
    return this.#newestOf(this.#length, most);
  }

  /** Levels of the newest payments, ascending. */
  recentLevels(most: number): number[] {
    const { role, tile } = this.#place;
    const levels: number[] = [];
    for (let index = this.#length - 1; index >= 0 && levels.length < most; index--) {
      if (index !== this.#own) levels.push(role.tiles.level(tile, index));
    }
    return sortAscending(levels);
  }

  /** The newest payments before a time, oldest of them first. */
  recentBefore(time: number, most: number): Entry[] {
    return this.#newestOf(this.#from(time), most);
  }

  /** The newest payments in a window, oldest of them first. */
  recentIn(from: number, to: number, most: number): Entry[] {
    return this.#newestOf(this.#from(to), most, this.#from(from));
  }

  /** The oldest payments, in order. */
  oldest(most: number): Entry[] {
    const entries: Entry[] = [];
    for (let index = 0; index < this.#length && entries.length < most; index++) {
      if (index !== this.#own) entries.push(this.#entry(index));
    }
    return entries;
  }

  /** Payments in a window. */
  countIn(from: number, to: number): number {
    return this.#size(this.#from(from), this.#from(to));
  }

  /** Payments later than a time. */
  countSince(time: number): number {
    return this.#size(this.#from(time + 1), this.#length);
  }

  /** Sum of the payments in a window; saturates at 2^53 - 1. */
  sumIn(from: number, to: number): number {
    const [start, end] = [this.#from(from), this.#from(to)];
    const { role, tile } = this.#place;
    const less = this.#holdsOwn(start, end) ? role.tiles.micro(tile, this.#own) : 0;
    return role.tiles.sum(tile, start, end, less);
  }

  /** The oldest payment in a window. */
  firstIn(from: number, to: number): Entry | undefined {
    const start = this.#from(from);
    return this.#at(start === this.#own ? start + 1 : start, this.#from(to));
  }

  /** The newest payment in a window. */
  lastIn(from: number, to: number): Entry | undefined {
    return this.#newest(this.#from(from), this.#from(to));
  }

  /** Distinct counterparties in a window. */
  distinctCounterparties(from: number, to: number): number {
    const [start, end] = [this.#from(from), this.#from(to)];
    if (start >= end) return 0;
    const distinct = this.#place.role.tiles.distinct(this.#place.tile, start, end);
    return this.#holdsOwn(start, end) && !this.#hasSibling(start, end) ? distinct - 1 : distinct;
  }

  /** Counterparties whose first payment in this tile lies in a window. */
  newCounterparties(from: number, to: number): number {
    const [start, end] = [this.#from(from), this.#from(to)];
    if (start >= end) return 0;
    const { role, tile } = this.#place;
    const firsts = role.tiles.firsts(tile, start, end);
    if (this.#own < 0 || !role.tiles.isFirst(tile, this.#own)) return firsts;
    // Without the judged payment the next one of its pair is the first.
    const heir = this.#sibling(1);
    const inherits = heir >= start && heir < end ? 1 : 0;
    return firsts - (this.#holdsOwn(start, end) ? 1 : 0) + inherits;
  }

  /** Whether the payment was known as fraud. */
  isKnownFraud(entry: Entry): boolean {
    return this.#state.labels.isKnownFraud(entry.row, this.#place.events);
  }

  /** Known frauds among the payments in a window. */
  knownFrauds(from: number, to: number): number {
    return this.#frauds(this.#from(from), this.#from(to));
  }

  /** The newest known frauds among payments before a time, oldest of them first. */
  newestKnownFrauds(before: number, most: number): Entry[] {
    const found: Entry[] = [];
    let end = this.#from(before);
    for (let left = Math.min(most, this.#frauds(0, end)); left > 0; left--) {
      const high = end;
      // The last index from which on there is a fraud: one less than the first from which on there is none.
      end = firstWhere(0, high, (index) => this.#frauds(index, high) === 0) - 1;
      found.push(this.#entry(end));
    }
    return found.reverse();
  }

  /** The oldest known fraud in a window. */
  oldestKnownFraud(from: number, to: number): Entry | undefined {
    const [start, end] = [this.#from(from), this.#from(to)];
    if (this.#frauds(start, end) === 0) return undefined;
    return this.#entry(firstWhere(start, end, (index) => this.#frauds(start, index + 1) > 0));
  }

  /** The newest run of consecutive known frauds among the payments before a time. */
  fraudRun(before: number): FraudRun {
    const end = this.#from(before);
    const start = firstWhere(0, end, (index) => this.#frauds(index, end) === this.#size(index, end));
    const count = this.#size(start, end);
    const began = count === 0 ? undefined : this.#at(start === this.#own ? start + 1 : start, end);
    return { count, began, lastGood: this.#newest(0, start) };
  }

  /** How often something happened to money of these payments in a window of the happenings' times. */
  countOf(name: FlowKind, from: number, to: number): number {
    return this.#flows(name, from, to).count;
  }

  /** How much money it happened to. */
  sumOf(name: FlowKind, from: number, to: number): number {
    return this.#flows(name, from, to).sum;
  }

  /** The oldest such happenings in a window, in order. */
  flowsIn(name: FlowKind, from: number, to: number, most: number): FlowEntry[] {
    const { role, tile, events } = this.#place;
    const flows = role.flows.list(tile, { name, events, from, to, without: this.#ownRow }, most);
    return flows.map(({ row, micro, event }) => ({ row, micro, time: this.#state.ledger.timeOfEvent(event) }));
  }

  /** When it happened last. */
  lastTimeOf(name: FlowKind): number | undefined {
    const { role, tile, events } = this.#place;
    return role.flows.lastTime(tile, name, events, this.#ownRow);
  }

  /** Distinct counterparties that are on a list. */
  get listedCounterparties(): number {
    const { role, tile, events } = this.#place;
    const listed = role.listed.at(tile, events);
    if (listed === 0 || !this.#holdsOwn(0, this.#length) || this.#hasSibling(0, this.#length)) return listed;
    return this.#isListed(role.counterparty.get(this.#ownRow)) ? listed - 1 : listed;
  }

  /** Whether the account on the other side is on a list. */
  isListed(entry: Entry): boolean {
    return this.#isListed(entry.counterparty);
  }

  /** Payments that failed; in account streams only. */
  get failedCount(): number {
    const own = this.#own >= 0 && this.#state.ledger.failed(this.#ownRow) ? 1 : 0;
    return this.#place.role.failed.at(this.#place.tile, this.#place.events) - own;
  }

  /** Payments that called a contract; in account streams only. */
  get callCount(): number {
    const own = this.#own >= 0 && this.#state.ledger.call(this.#ownRow) ? 1 : 0;
    return this.#place.role.calls.at(this.#place.tile, this.#place.events) - own;
  }

  #isListed(account: number): boolean {
    return this.#state.labels.listed.wasOn(account, this.#place.events);
  }

  /** First index at or after the time. */
  #from(time: number): number {
    const known = this.#times.indexOf(time);
    if (known >= 0) return this.#indices[known] ?? 0;
    const index = this.#place.role.tiles.firstFrom(this.#place.tile, this.#length, time);
    this.#times.push(time);
    this.#indices.push(index);
    return index;
  }

  #holdsOwn(start: number, end: number): boolean {
    return this.#own >= start && this.#own < end;
  }

  #size(start: number, end: number): number {
    return start >= end ? 0 : end - start - (this.#holdsOwn(start, end) ? 1 : 0);
  }

  #frauds(start: number, end: number): number {
    const { role, tile, events } = this.#place;
    if (!role.frauds.has(tile)) return 0;
    const known = role.frauds.count(tile, events, start, end);
    const own = known > 0 && this.#holdsOwn(start, end) && this.#state.labels.isKnownFraud(this.#ownRow, events);
    return own ? known - 1 : known;
  }

  #flows(name: FlowKind, from: number, to: number): { count: number; sum: number } {
    const { role, tile, events } = this.#place;
    return role.flows.within(tile, { name, events, from, to, without: this.#ownRow });
  }

  /** Index in this tile of the payment of the judged one's pair that lies so many places after it, -1 for none. */
  #sibling(places: number): number {
    const { ledger, pairs } = this.#state;
    const pair = ledger.pair.get(this.#ownRow);
    const index = pairs.tiles.at.get(this.#ownRow) + places;
    if (index < 0 || index >= pairs.tiles.length(pair)) return -1;
    const found = this.#place.role.tiles.at.get(pairs.tiles.row(pair, index));
    return found < this.#length ? found : -1;
  }

  /** Whether the judged payment's pair has another payment at [start, end). */
  #hasSibling(start: number, end: number): boolean {
    return [-1, 1].some((places) => {
      const index = this.#sibling(places);
      return index >= start && index < end;
    });
  }

  #newest(start: number, end: number): Entry | undefined {
    const index = end - 1 === this.#own ? end - 2 : end - 1;
    return index < start ? undefined : this.#entry(index);
  }

  #newestOf(end: number, most: number, start = 0): Entry[] {
    const entries: Entry[] = [];
    for (let index = end - 1; index >= start && entries.length < most; index--) {
      if (index !== this.#own) entries.push(this.#entry(index));
    }
    return entries.reverse();
  }

  #at(index: number, end: number): Entry | undefined {
    return index < end ? this.#entry(index) : undefined;
  }

  #entry(index: number): Entry {
    const { role, tile } = this.#place;
    const { ledger } = this.#state;
    const row = role.tiles.row(tile, index);
    return {
      row,
      index,
      counterparty: role.tiles.counterparty(tile, index),
      micro: role.tiles.micro(tile, index),
      level: role.tiles.level(tile, index),
      time: role.tiles.time(tile, index),
      failed: ledger.failed(row),
      call: ledger.call(row),
    };
  }
}
