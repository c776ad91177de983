import { Column } from "./column.ts";
import {
  type AuthorizedEvent,
  type EventPlace,
  HistoryError,
  type HistoryEvent,
  type ListedEvent,
  REFUND_REASON_FRAUD,
} from "./events.ts";
import type { FlowKind } from "./flows.ts";
import { checkMicro } from "./ledger.ts";
import { persistMap, type Port } from "./port.ts";
import { HistoryState } from "./state.ts";
import { AccountView, HistoryView } from "./views.ts";

export * from "./events.ts";

/**
 * Payments below this many micro-units leave no trace in history: dust cannot frame a payee, make a new account look old,
 * or push real payments out of the windows.
 */
export const DUST_FLOOR_MICRO = 1_000;

export interface HistoryOptions {
  /** Payments below it leave no trace; the dust floor unless said otherwise. */
  readonly floorMicro?: number;
}

const AUTHORIZED = 0;
const FLOW = 1;
const LABELLED = 2;
const LISTED = 3;

/** Payment history of one chain, folded into one tile a payee, a payer and a pair. Not shared between chains. */
export class History {
  readonly #state = new HistoryState();
  readonly #floor: number;
  /** By event: how it is taken back. */
  readonly #kinds = new Column("u8");
  /** Rows of labelled payments, and batches of list entries, by event. */
  readonly #labelled = new Map<number, number>();
  readonly #batches = new Map<number, ListedEvent>();

  constructor(options: HistoryOptions = {}) {
    this.#floor = options.floorMicro ?? DUST_FLOOR_MICRO;
  }

  /** Events held, those without a trace included. */
  get size(): number {
    return this.#state.ledger.events;
  }

  /** The payment's id. */
  idOf(entry: { readonly row: number }): string {
    return this.#state.ledger.id(entry.row);
  }

  /** When money of a payment was captured, up to and including the block; seconds, oldest first. */
  captureTimes(id: string, block: number): number[] {
    const { ledger, log } = this.#state;
    const events = ledger.eventsAt(block);
    const times: number[] = [];
    for (const { kind, event } of log.ofPayment(ledger.find(id))) {
      if (kind === "captured" && event < events) times.push(ledger.timeOfEvent(event));
    }
    return times.reverse();
  }

  /** The token of a payment, undefined for an unknown one. */
  tokenOf(id: string): string | undefined {
    const row = this.#state.ledger.find(id);
    return row < 0 ? undefined : this.#state.ledger.token(row);
  }

  /** Adds the next event; order is (block, logIndex). Throws HistoryError on anything else. */
  append(event: HistoryEvent): void {
    this.#state.ledger.checkOrder(event, this.#isChargesOwn(event));
    switch (event.kind) {
      case "authorized":
        return this.#authorize(event);
      case "captured":
        return this.#flow(event, event.id, "captured", event.micro);
      case "refunded": {
        const fraud = event.reasonCode === REFUND_REASON_FRAUD;
        return this.#flow(event, event.id, fraud ? "fraudRefunded" : "refunded", event.micro);
      }
      case "ruled": {
        const { id, toPayee, toPayer } = event;
        if (toPayer > toPayee) return this.#flow(event, id, "ruledForPayer", toPayer);
        return this.#flow(event, id, "ruledForPayee", toPayee);
      }
      case "labelled":
        return this.#label(event, event.id);
      case "listed":
      case "unlisted":
        return this.#list(event);
    }
  }

  /** Forgets every event above the block, as after a reorganisation of the chain. */
  rollbackTo(block: number): void {
    const { ledger } = this.#state;
    while (ledger.events > 0 && ledger.blockOfEvent(ledger.events - 1) > block) this.#takeBack(ledger.events - 1);
  }

  /** Block of the newest event, undefined before the first. */
  get newestBlock(): number | undefined {
    const { events } = this.#state.ledger;
    return events === 0 ? undefined : this.#state.ledger.blockOfEvent(events - 1);
  }

  /**
   * Writes everything the history holds to the port, or fills an empty history with what was written.
   *
   * @throws HistoryError where it was written with another floor.
   */
  persist(port: Port): void {
    if (port.number(this.#floor) !== this.#floor) throw new HistoryError("a history with another floor was written");
    this.#state.persist(port);
    this.#kinds.persist(port);
    persistMap(
      port,
      this.#labelled,
      () => 0,
      (row) => port.number(row),
    );
    const nothing: ListedEvent = { kind: "listed", list: "fraud", entries: [], block: 0, logIndex: 0, time: 0 };
    persistMap(
      port,
      this.#batches,
      () => nothing,
      // What a port answers is what this wrote.
      (batch) => JSON.parse(port.text(JSON.stringify(batch))) as ListedEvent,
    );
  }

  /** What matters to a payment, up to and including the block, without the payment itself. */
  viewOf(payment: { id: string; payer: string; payee: string }, block: number): HistoryView {
    return new HistoryView(this.#state, payment, this.#state.ledger.eventsAt(block));
  }

  /** What an account received and paid, up to and including the block. */
  accountView(account: string, block: number): AccountView {
    return new AccountView(this.#state, account, this.#state.ledger.eventsAt(block));
  }

  /** Whether the event is the capture of the payment whose authorization is the newest event. */
  #isChargesOwn(event: HistoryEvent): boolean {
    if (event.kind !== "captured") return false;
    const { ledger } = this.#state;
    const row = ledger.find(event.id);
    return row >= 0 && ledger.event.get(row) === ledger.events - 1;
  }

  #add(place: EventPlace, kind: number): number {
    this.#kinds.push(kind);
    return this.#state.ledger.addEvent(place);
  }

  #authorize(event: AuthorizedEvent): void {
    const { ledger } = this.#state;
    checkMicro(event.micro, event.id);
    const id = ledger.claim(event.id);
    if (id < 0) throw new HistoryError(`payment ${event.id} was authorized before`);
    const number = this.#add(event, AUTHORIZED);
    const row = ledger.addPayment(event, id, number);
    if (event.micro < this.#floor) this.#state.leaveOut(row);
    else this.#state.place({ row, micro: event.micro, time: event.time }, number);
  }

  #flow(place: EventPlace, id: string, kind: FlowKind, micro: number): void {
    const { ledger, labels, log, payees, payers } = this.#state;
    checkMicro(micro, id);
    const row = this.#rowOf(id);
    const event = this.#add(place, FLOW);
    const happened = { kind, row, micro, event };
    const flow = log.add(happened);
    if (!payees.tiles.holds(row)) return;
    payees.flows.append(ledger.payee.get(row), flow, happened);
    payers.flows.append(ledger.payer.get(row), flow, happened);
    if (isLabel(kind) && labels.confirm(row, event)) this.#state.markFraud(row, true, event);
  }

  #label(place: EventPlace, id: string): void {
    const row = this.#rowOf(id);
    const event = this.#add(place, LABELLED);
    if (!this.#state.payees.tiles.holds(row)) return;
    this.#labelled.set(event, row);
    if (this.#state.labels.confirm(row, event)) this.#state.markFraud(row, true, event);
  }

  #list(batch: ListedEvent): void {
    const event = this.#add(batch, LISTED);
    this.#batches.set(event, batch);
    const on = batch.kind === "listed";
    for (const entry of batch.entries) {
      if (batch.list === "fraud") this.#listPayment(entry, on, event);
      else this.#listAccount(entry, batch.list, on, event);
    }
  }

  #listPayment(id: string, on: boolean, event: number): void {
    const row = this.#state.ledger.find(id);
    if (row < 0 || !this.#state.payees.tiles.holds(row)) return;
    if (this.#state.labels.listFraud(row, on, event)) this.#state.markFraud(row, on, event);
  }

  #listAccount(name: string, list: "sanctioned" | "reported", on: boolean, event: number): void {
    const { ledger, labels } = this.#state;
    const account = ledger.accounts.add(name);
    labels[list].set(account, on, event);
    const listed = labels.sanctioned.isOn(account) || labels.reported.isOn(account);
    if (labels.listed.set(account, listed, event)) this.#state.countListed(account, listed ? 1 : -1, event);
  }

  #rowOf(id: string): number {
    const row = this.#state.ledger.find(id);
    if (row < 0) throw new HistoryError(`payment ${id} was never authorized`);
    return row;
  }

  #takeBack(event: number): void {
    const { ledger } = this.#state;
    const kind = this.#kinds.get(event);
    if (kind === AUTHORIZED) {
      this.#state.displace(ledger.rows - 1);
      ledger.dropPayment();
    } else if (kind === FLOW) this.#takeBackFlow(event);
    else if (kind === LABELLED) this.#takeBackLabel(event);
    else this.#takeBackList(event);
    this.#kinds.truncate(event);
    ledger.dropEvent();
  }

  #takeBackFlow(event: number): void {
    const { ledger, labels, log, payees, payers } = this.#state;
    const { kind, row } = log.pop();
    if (!payees.tiles.holds(row)) return;
    payees.flows.pop(ledger.payee.get(row), kind);
    payers.flows.pop(ledger.payer.get(row), kind);
    if (isLabel(kind) && labels.undoConfirm(row, event)) this.#state.unmarkFraud(row, true);
  }

  #takeBackLabel(event: number): void {
    const row = this.#labelled.get(event);
    if (row === undefined) return;
    this.#labelled.delete(event);
    if (this.#state.labels.undoConfirm(row, event)) this.#state.unmarkFraud(row, true);
  }

  #takeBackList(event: number): void {
    const { ledger, labels } = this.#state;
    const batch = this.#batches.get(event);
    if (batch === undefined) return;
    this.#batches.delete(event);
    for (const entry of batch.entries.toReversed()) {
      if (batch.list === "fraud") {
        const row = ledger.find(entry);
        if (row >= 0 && labels.undoListFraud(row, event)) this.#state.unmarkFraud(row, batch.kind === "listed");
        continue;
      }
      const account = ledger.accounts.find(entry);
      labels[batch.list].undo(account, event);
      if (labels.listed.undo(account, event)) this.#state.uncountListed(account);
    }
  }
}

/** Which happenings say that the payment was fraud. */
function isLabel(kind: FlowKind): boolean {
  return kind === "fraudRefunded" || kind === "ruledForPayer";
}
