import { Tile, TileView } from "./tile.ts";
import { lg8, MAX_MICRO } from "./units.ts";

/**
 * Payments below this many micro-units leave no trace in history: dust cannot frame a payee, make a new account look old,
 * or push real payments out of the windows.
 */
export const DUST_FLOOR_MICRO = 1_000;

/** A payment was authorized. Addresses and id are lower-case 0x strings. */
export interface AuthorizedEvent {
  readonly kind: "authorized";
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly token: string;
  /** Amount in micro-units, see `microUnits`. */
  readonly micro: number;
  readonly block: number;
  readonly logIndex: number;
  /** Timestamp of the block in seconds. */
  readonly time: number;
}

/** Everything history is folded from; further kinds join this union. */
export type HistoryEvent = AuthorizedEvent;

/** The three tiles of a payment as of a block, without the payment itself. */
export interface HistoryView {
  readonly payee: TileView;
  readonly payer: TileView;
  readonly pair: TileView;
}

/** An event out of order, twice, or with a value outside its range. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
}

interface Indices {
  readonly payee: number;
  readonly payer: number;
  readonly pair: number;
}

const EMPTY = new Tile();
const NOWHERE: Indices = { payee: -1, payer: -1, pair: -1 };

function pairKey(payer: string, payee: string): string {
  return `${payer}>${payee}`;
}

function tileOf(tiles: Map<string, Tile>, key: string): Tile {
  let tile = tiles.get(key);
  if (tile === undefined) {
    tile = new Tile();
    tiles.set(key, tile);
  }
  return tile;
}

function popFrom(tiles: Map<string, Tile>, key: string): void {
  const tile = tiles.get(key);
  tile?.pop();
  if (tile?.length === 0) tiles.delete(key);
}

function check(event: HistoryEvent, last: HistoryEvent | undefined): void {
  if (!Number.isSafeInteger(event.micro) || event.micro < 0 || event.micro > MAX_MICRO) {
    throw new HistoryError(`micro of ${event.id} is ${event.micro}, outside 0 to 2^48 - 1`);
  }
  for (const field of ["block", "logIndex", "time"] as const) {
    if (!Number.isSafeInteger(event[field]) || event[field] < 0) {
      throw new HistoryError(`${field} of ${event.id} is ${event[field]}, not a natural number`);
    }
  }
  if (last === undefined) return;
  const later = event.block > last.block || (event.block === last.block && event.logIndex > last.logIndex);
  if (!later) {
    throw new HistoryError(
      `event at (${event.block}, ${event.logIndex}) follows one at (${last.block}, ${last.logIndex})`,
    );
  }
  if (event.time < last.time || (event.block === last.block && event.time !== last.time)) {
    throw new HistoryError(`time ${event.time} at block ${event.block} contradicts ${last.time} at ${last.block}`);
  }
}

/** Payment history of one chain, folded into one tile a payee, a payer and a pair. Not shared between chains. */
export class History {
  readonly #events: HistoryEvent[] = [];
  readonly #payees = new Map<string, Tile>();
  readonly #payers = new Map<string, Tile>();
  readonly #pairs = new Map<string, Tile>();
  readonly #indices = new Map<string, Indices>();

  /** Events held, those too small for the tiles included. */
  get size(): number {
    return this.#events.length;
  }

  /** Adds the next event; order is (block, logIndex). Throws HistoryError on anything else. */
  append(event: HistoryEvent): void {
    check(event, this.#events.at(-1));
    if (this.#indices.has(event.id)) throw new HistoryError(`payment ${event.id} was authorized before`);
    this.#events.push(event);
    if (event.micro < DUST_FLOOR_MICRO) {
      this.#indices.set(event.id, NOWHERE);
      return;
    }
    const payee = tileOf(this.#payees, event.payee);
    const payer = tileOf(this.#payers, event.payer);
    const pair = tileOf(this.#pairs, pairKey(event.payer, event.payee));
    this.#indices.set(event.id, { payee: payee.length, payer: payer.length, pair: pair.length });
    const { id, micro, block, time } = event;
    const entry = { id, micro, level: lg8(micro), block, time };
    const firstOfPair = pair.length === 0;
    payee.append({ ...entry, counterparty: event.payer }, firstOfPair);
    payer.append({ ...entry, counterparty: event.payee }, firstOfPair);
    pair.append({ ...entry, counterparty: event.payer }, firstOfPair);
  }

  /** Forgets every event above the block, as after a reorganisation of the chain. */
  rollbackTo(block: number): void {
    for (let last = this.#events.at(-1); last !== undefined && last.block > block; last = this.#events.at(-1)) {
      this.#events.pop();
      this.#indices.delete(last.id);
      if (last.micro < DUST_FLOOR_MICRO) continue;
      popFrom(this.#payees, last.payee);
      popFrom(this.#payers, last.payer);
      popFrom(this.#pairs, pairKey(last.payer, last.payee));
    }
  }

  /** The tiles that matter to a payment, up to and including the block, without the payment itself. */
  viewOf(payment: { id: string; payer: string; payee: string }, block: number): HistoryView {
    const own = this.#indices.get(payment.id) ?? NOWHERE;
    const view = (tile: Tile, index: number): TileView => new TileView(tile, tile.lengthAt(block), index);
    return {
      payee: view(this.#payees.get(payment.payee) ?? EMPTY, own.payee),
      payer: view(this.#payers.get(payment.payer) ?? EMPTY, own.payer),
      pair: view(this.#pairs.get(pairKey(payment.payer, payment.payee)) ?? EMPTY, own.pair),
    };
  }
}
