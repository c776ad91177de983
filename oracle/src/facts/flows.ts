import { Column, firstWhereNearEnd } from "./column.ts";
import type { Ledger } from "./ledger.ts";
import { ListPool } from "./lists.ts";
import type { Port } from "./port.ts";
import { addTo, between, NOTHING, type Total } from "./sums.ts";

/** What can happen to a payment's money after its authorization. A refund coded as fraud counts under both names. */
export const FLOW_KINDS = ["captured", "refunded", "fraudRefunded", "ruledForPayer", "ruledForPayee"] as const;
export type FlowKind = (typeof FLOW_KINDS)[number];

/** One happening, and which lists it stands in. */
export interface Flow {
  readonly kind: FlowKind;
  readonly row: number;
  readonly micro: number;
  /** Number of the event. */
  readonly event: number;
}

/** Under which names each kind counts. */
const NAMES: Readonly<Record<FlowKind, readonly FlowKind[]>> = {
  captured: ["captured"],
  refunded: ["refunded"],
  fraudRefunded: ["refunded", "fraudRefunded"],
  ruledForPayer: ["ruledForPayer"],
  ruledForPayee: ["ruledForPayee"],
};

/** Everything that happened to payments after their authorization, in order, with a chain through those of one payment. */
export class FlowLog {
  readonly #kind = new Column("u8");
  readonly #row = new Column("u32");
  readonly #micro = new Column("f64");
  readonly #event = new Column("u32");
  /** 1 + the flow before it of the same payment, 0 for none. */
  readonly #before = new Column("u32");
  /** By row: 1 + its newest flow. */
  readonly #newest = new Column("u32");

  get length(): number {
    return this.#row.length;
  }

  at(flow: number): Flow {
    const kind = FLOW_KINDS[this.#kind.get(flow)];
    if (kind === undefined) throw new RangeError(`no flow ${flow}`);
    return { kind, row: this.#row.get(flow), micro: this.#micro.get(flow), event: this.#event.get(flow) };
  }

  eventOf(flow: number): number {
    return this.#event.get(flow);
  }

  add({ kind, row, micro, event }: Flow): number {
    const flow = this.length;
    this.#kind.push(FLOW_KINDS.indexOf(kind));
    this.#row.push(row);
    this.#micro.push(micro);
    this.#event.push(event);
    this.#before.push(this.#newest.get(row));
    this.#newest.set(row, flow + 1);
    return flow;
  }

  pop(): Flow {
    const flow = this.length - 1;
    const gone = this.at(flow);
    this.#newest.set(gone.row, this.#before.get(flow));
    for (const column of [this.#kind, this.#row, this.#micro, this.#event, this.#before]) column.truncate(flow);
    return gone;
  }

  persist(port: Port): void {
    const columns = [this.#kind, this.#row, this.#micro, this.#event, this.#before, this.#newest];
    for (const column of columns) column.persist(port);
  }

  /** Whether anything happened to a payment. */
  has(row: number): boolean {
    return row >= 0 && this.#newest.get(row) > 0;
  }

  /** The flows of one payment, newest first. */
  *ofPayment(row: number): Generator<Flow> {
    for (let flow = this.#newest.get(row); flow > 0; flow = this.#before.get(flow - 1)) yield this.at(flow - 1);
  }
}

/** Which flows are asked for. */
export interface FlowQuestion {
  readonly name: FlowKind;
  /** Only what the oldest `events` events brought. */
  readonly events: number;
  /** Seconds, of the event: [from, to). */
  readonly from: number;
  readonly to: number;
  /** Row of a payment to leave out, -1 for none. */
  readonly without: number;
}

function placeOf(account: number, name: FlowKind): number {
  return account * FLOW_KINDS.length + FLOW_KINDS.indexOf(name);
}

/** The flows of all accounts in one role, by account and name, with running totals. */
export class Flows {
  readonly #ledger: Ledger;
  readonly #log: FlowLog;
  /** By account and name: 1 + the list, 0 for none. */
  readonly #lists = new Column("u32");
  #size = 0;
  readonly #pool = new ListPool(["u32", "u32", "f64"]);
  readonly #flow = this.#pool.column(0);
  readonly #sumHigh = this.#pool.column(1);
  readonly #sumLow = this.#pool.column(2);

  constructor(ledger: Ledger, log: FlowLog) {
    this.#ledger = ledger;
    this.#log = log;
  }

  append(account: number, flow: number, { kind, micro }: Pick<Flow, "kind" | "micro">): void {
    for (const name of NAMES[kind]) this.#append(account, name, flow, micro);
  }

  pop(account: number, kind: FlowKind): void {
    for (const name of NAMES[kind]) {
      const list = this.#listOf(account, name);
      if (list !== undefined) this.#pool.pop(list);
    }
  }

  persist(port: Port): void {
    this.#lists.persist(port);
    this.#size = port.number(this.#size);
    this.#pool.persist(port);
  }

  /** Number and sum of an account's flows. */
  within(account: number, question: FlowQuestion): { count: number; sum: number } {
    const list = this.#listOf(account, question.name);
    if (list === undefined) return { count: 0, sum: 0 };
    const known = this.#known(list, question.events);
    const start = this.#firstFrom(list, known, question.from);
    const end = this.#firstFrom(list, known, question.to);
    if (start >= end) return { count: 0, sum: 0 };
    const less = this.#log.has(question.without) ? this.#own(question) : { count: 0, sum: 0 };
    const sum = between(this.#totalAt(list, start), this.#totalAt(list, end), less.sum);
    return { count: end - start - less.count, sum };
  }

  /** The oldest of an account's flows in the window, at most so many, in order; those of the payment left out are missing. */
  list(account: number, { name, events, from, to, without }: FlowQuestion, most: number): Flow[] {
    const list = this.#listOf(account, name);
    if (list === undefined) return [];
    const known = this.#known(list, events);
    const end = this.#firstFrom(list, known, to);
    const found: Flow[] = [];
    for (let index = this.#firstFrom(list, known, from); index < end && found.length < most; index++) {
      const flow = this.#log.at(this.#flow.get(this.#pool.slot(list, index)));
      if (flow.row !== without) found.push(flow);
    }
    return found;
  }

  /** Time of the newest flow of that name among the oldest events, those of one payment left out. */
  lastTime(account: number, name: FlowKind, events: number, without: number): number | undefined {
    const list = this.#listOf(account, name);
    if (list === undefined) return undefined;
    for (let index = this.#known(list, events) - 1; index >= 0; index--) {
      const { row, event } = this.#log.at(this.#flow.get(this.#pool.slot(list, index)));
      if (row !== without) return this.#ledger.timeOfEvent(event);
    }
    return undefined;
  }

  #listOf(account: number, name: FlowKind): number | undefined {
    const list = this.#lists.get(placeOf(account, name));
    return list === 0 ? undefined : list - 1;
  }

  #append(account: number, name: FlowKind, flow: number, micro: number): void {
    let list = this.#listOf(account, name);
    if (list === undefined) {
      list = this.#size++;
      this.#lists.set(placeOf(account, name), list + 1);
    }
    const sum = addTo(this.#totalAt(list, this.#pool.length(list)), micro);
    const slot = this.#pool.push(list);
    this.#flow.set(slot, flow);
    this.#sumHigh.set(slot, sum.high);
    this.#sumLow.set(slot, sum.low);
  }

  #eventAt(list: number, index: number): number {
    return this.#log.eventOf(this.#flow.get(this.#pool.slot(list, index)));
  }

  #known(list: number, events: number): number {
    return firstWhereNearEnd(this.#pool.length(list), (index) => this.#eventAt(list, index) >= events);
  }

  #firstFrom(list: number, length: number, time: number): number {
    return firstWhereNearEnd(length, (index) => this.#ledger.timeOfEvent(this.#eventAt(list, index)) >= time);
  }

  /** Running total of the oldest `length` flows of a list. */
  #totalAt(list: number, length: number): Total {
    if (length === 0) return NOTHING;
    const slot = this.#pool.slot(list, length - 1);
    return { low: this.#sumLow.get(slot), high: this.#sumHigh.get(slot) };
  }

  #own({ name, events, from, to, without }: FlowQuestion): { count: number; sum: number } {
    const found = { count: 0, sum: 0 };
    for (const flow of this.#log.ofPayment(without)) {
      const time = this.#ledger.timeOfEvent(flow.event);
      if (flow.event >= events || time < from || time >= to || !NAMES[flow.kind].includes(name)) continue;
      found.count += 1;
      found.sum += flow.micro;
    }
    return found;
  }
}
