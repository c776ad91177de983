import { Column, firstWhereNearEnd } from "./column.ts";
import type { AuthorizedEvent, EventPlace } from "./events.ts";
import { HistoryError } from "./events.ts";
import { Interner, PairInterner } from "./interner.ts";
import type { Port } from "./port.ts";
import { MAX_MICRO } from "./units.ts";

/** In columns of places: nowhere. */
export const NOWHERE = 0xffffffff;

/** Largest block, time and log index: columns of places have four bytes. */
const MOST = 2 ** 32 - 1;

const FAILED = 1;
const CALL = 2;
/** The payment was or is known as fraud: look into the labels. */
const MARKED = 4;

function checkPlace(place: EventPlace): void {
  for (const field of ["block", "logIndex", "time"] as const) {
    if (Number.isSafeInteger(place[field]) && place[field] >= 0 && place[field] <= MOST) continue;
    throw new HistoryError(`${field} of an event is ${place[field]}, not a natural number below 2^32`);
  }
}

/** Throws unless the value is an amount in micro-units. */
export function checkMicro(micro: number, id: string): void {
  if (Number.isSafeInteger(micro) && micro >= 0 && micro <= MAX_MICRO) return;
  throw new HistoryError(`micro of ${id} is ${micro}, outside 0 to 2^48 - 1`);
}

/** All events and payments in columns, in their order; a payment's number is its row. */
export class Ledger {
  readonly accounts = new Interner();
  readonly pairs = new PairInterner();
  readonly #ids = new Interner();
  /** By number of the id: row + 1, 0 for none. */
  readonly #rowOfId = new Column("u32");
  readonly payer = new Column("u32");
  readonly payee = new Column("u32");
  readonly pair = new Column("u32");
  readonly #tokens = new Interner();
  /** Not persisted: texts that were asked for before. */
  readonly #tokenTexts: string[] = [];
  /** Not persisted: the token that was named last. */
  #lastToken = -1;
  /** Not persisted: its text. */
  #lastTokenText = "";
  /** Not persisted: the id that was found last; an event asks for its payment several times. */
  #foundId = "";
  /** Not persisted: its row. */
  #foundRow = -1;
  readonly #token = new Column("u32");
  readonly #id = new Column("u32");
  readonly #flags = new Column("u8");
  /** Whether any payment ever failed or called: in a history of payments none does. */
  #flagged = false;
  /** By row: the event that authorized it. */
  readonly event = new Column("u32");
  readonly #eventBlock = new Column("u32");
  readonly #eventTime = new Column("u32");
  readonly #eventLogIndex = new Column("u32");

  get rows(): number {
    return this.payer.length;
  }

  get events(): number {
    return this.#eventBlock.length;
  }

  blockOfEvent(event: number): number {
    return this.#eventBlock.get(event);
  }

  timeOfEvent(event: number): number {
    return this.#eventTime.get(event);
  }

  /** How many events lie at or below the block. */
  eventsAt(block: number): number {
    return firstWhereNearEnd(this.events, (event) => this.#eventBlock.get(event) > block);
  }

  id(row: number): string {
    return this.#ids.text(this.#id.get(row));
  }

  token(row: number): string {
    const token = this.#token.get(row);
    // Tokens are few and asked for with every event.
    return (this.#tokenTexts[token] ??= this.#tokens.text(token));
  }

  /** The payment's row, -1 for an unknown one. */
  find(id: string): number {
    if (this.#foundRow >= 0 && id === this.#foundId) return this.#foundRow;
    const number = this.#ids.find(id);
    const row = number < 0 ? -1 : this.#rowOfId.get(number) - 1;
    this.#foundId = id;
    this.#foundRow = row;
    return row;
  }

  failed(row: number): boolean {
    return this.#flagged && (this.#flags.get(row) & FAILED) !== 0;
  }

  call(row: number): boolean {
    return this.#flagged && (this.#flags.get(row) & CALL) !== 0;
  }

  /** Whether a label was ever put on the payment; most were not, and need no look into the labels. */
  marked(row: number): boolean {
    return (this.#flags.get(row) & MARKED) !== 0;
  }

  mark(row: number): void {
    this.#flags.set(row, this.#flags.get(row) | MARKED);
  }

  /**
   * Throws unless an event may follow those before it.
   *
   * @param sameLog Whether it may stand in the log of the newest event: a charge is authorization and capture in one log.
   */
  checkOrder(place: EventPlace, sameLog = false): void {
    checkPlace(place);
    if (this.events === 0) return;
    const { block, logIndex, time } = place;
    const last = this.events - 1;
    const [lastBlock, lastTime] = [this.#eventBlock.get(last), this.#eventTime.get(last)];
    const lastLogIndex = this.#eventLogIndex.get(last);
    const lowest = sameLog ? lastLogIndex : lastLogIndex + 1;
    if (block < lastBlock || (block === lastBlock && logIndex < lowest)) {
      throw new HistoryError(`event at (${block}, ${logIndex}) follows one at (${lastBlock}, ${lastLogIndex})`);
    }
    if (time < lastTime || (block === lastBlock && time !== lastTime)) {
      throw new HistoryError(`time ${time} at block ${block} contradicts ${lastTime} at ${lastBlock}`);
    }
  }

  /** Notes when an event happened and answers its number. */
  addEvent(place: EventPlace): number {
    const event = this.events;
    this.#eventBlock.push(place.block);
    this.#eventTime.push(place.time);
    this.#eventLogIndex.push(place.logIndex);
    return event;
  }

  /** Forgets the newest event. */
  dropEvent(): void {
    const events = this.events - 1;
    for (const column of [this.#eventBlock, this.#eventTime, this.#eventLogIndex]) column.truncate(events);
  }

  /** A number for the id of a payment that comes next, -1 where there is a payment of that id. */
  claim(id: string): number {
    const number = this.#ids.add(id);
    return this.#rowOfId.get(number) > 0 ? -1 : number;
  }

  /** Adds a payment with a claimed id and answers its row. */
  addPayment(event: AuthorizedEvent, id: number, number: number): number {
    const row = this.rows;
    const payer = this.accounts.add(event.payer);
    const payee = this.accounts.add(event.payee);
    this.#rowOfId.set(id, row + 1);
    this.#id.push(id);
    this.#token.push(this.#tokenNumber(event.token));
    this.payer.push(payer);
    this.payee.push(payee);
    this.#flags.push((event.failed === true ? FAILED : 0) | (event.call === true ? CALL : 0));
    this.#flagged ||= event.failed === true || event.call === true;
    this.event.push(number);
    return row;
  }

  /** Most payments are in the token of the one before. */
  #tokenNumber(token: string): number {
    if (this.#lastToken < 0 || token !== this.#lastTokenText) {
      this.#lastToken = this.#tokens.add(token);
      this.#lastTokenText = token;
    }
    return this.#lastToken;
  }

  persist(port: Port): void {
    for (const names of [this.accounts, this.pairs, this.#ids, this.#tokens]) names.persist(port);
    const ofPayments = [
      this.#rowOfId,
      this.payer,
      this.payee,
      this.pair,
      this.#token,
      this.#id,
      this.#flags,
      this.event,
    ];
    for (const column of ofPayments) column.persist(port);
    this.#flagged = port.number(Number(this.#flagged)) === 1;
    for (const column of [this.#eventBlock, this.#eventTime, this.#eventLogIndex]) column.persist(port);
  }

  /** Forgets the newest payment. */
  dropPayment(): void {
    const row = this.rows - 1;
    this.#rowOfId.set(this.#id.get(row), 0);
    this.#foundRow = -1;
    const columns = [this.#id, this.#token, this.payer, this.payee, this.pair, this.#flags, this.event];
    for (const column of columns) column.truncate(row);
  }
}
