import { EvaluateError } from "./errors.ts";

/** A labelled payment stream in columns, rising in time: a million payments take about 40 MB. */
export interface PaymentStream {
  readonly length: number;
  /** Seconds; the first day begins at a multiple of 86,400. */
  readonly time: Float64Array;
  readonly micro: Float64Array;
  /** Indices into `payers` and `payees`. */
  readonly payer: Uint32Array;
  readonly payee: Uint32Array;
  /** 1 for a fraud. */
  readonly fraud: Uint8Array;
  /** Index into `scenarios`; 0 where there is none. */
  readonly scenario: Uint8Array;
  readonly payers: readonly string[];
  readonly payees: readonly string[];
  readonly scenarios: readonly (string | undefined)[];
}

/** One payment on its way into a stream. */
export interface StreamRow {
  readonly time: number;
  readonly micro: number;
  readonly payer: string;
  readonly payee: string;
  readonly fraud: boolean;
  readonly scenario?: string;
}

/** Names in order of appearance, each with its number. */
class Names {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.list.length);
    return this.list.push(name) - 1;
  }
}

/** Scenarios fit into a byte. */
const MOST_SCENARIOS = 255;

/** Collects rows into columns; they may come in any order. */
export class StreamBuilder {
  #capacity = 1 << 16;
  #length = 0;
  #columns = columnsOf(this.#capacity);
  readonly #payers = new Names();
  readonly #payees = new Names();
  readonly #scenarios = new Names();

  add(row: StreamRow): void {
    if (this.#length === this.#capacity) this.#grow();
    const at = this.#length++;
    const columns = this.#columns;
    columns.time[at] = row.time;
    columns.micro[at] = row.micro;
    columns.payer[at] = this.#payers.numberOf(row.payer);
    columns.payee[at] = this.#payees.numberOf(row.payee);
    columns.fraud[at] = row.fraud ? 1 : 0;
    if (row.scenario === undefined) return;
    const scenario = this.#scenarios.numberOf(row.scenario) + 1;
    if (scenario > MOST_SCENARIOS) {
      throw new EvaluateError(`more than ${MOST_SCENARIOS} scenarios: is the scenario column really one?`);
    }
    columns.scenario[at] = scenario;
  }

  /** The stream in order of time; rows of one second keep the order they came in. */
  finish(): PaymentStream {
    const length = this.#length;
    const { time, micro, payer, payee, fraud, scenario } = this.#columns;
    const order = Uint32Array.from({ length }, (_, index) => index);
    const rising = order.every((at) => at === 0 || (time[at - 1] ?? 0) <= (time[at] ?? 0));
    if (!rising) order.sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0) || a - b);
    const reorder = <T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T => {
      order.forEach((source, target) => (to[target] = from[source] ?? 0));
      return to;
    };
    return {
      length,
      time: reorder(time, new Float64Array(length)),
      micro: reorder(micro, new Float64Array(length)),
      payer: reorder(payer, new Uint32Array(length)),
      payee: reorder(payee, new Uint32Array(length)),
      fraud: reorder(fraud, new Uint8Array(length)),
      scenario: reorder(scenario, new Uint8Array(length)),
      payers: this.#payers.list,
      payees: this.#payees.list,
      scenarios: [undefined, ...this.#scenarios.list],
    };
  }

  #grow(): void {
    const old = this.#columns;
    this.#capacity *= 2;
    this.#columns = columnsOf(this.#capacity);
    this.#columns.time.set(old.time);
    this.#columns.micro.set(old.micro);
    this.#columns.payer.set(old.payer);
    this.#columns.payee.set(old.payee);
    this.#columns.fraud.set(old.fraud);
    this.#columns.scenario.set(old.scenario);
  }
}

interface Columns {
  time: Float64Array;
  micro: Float64Array;
  payer: Uint32Array;
  payee: Uint32Array;
  fraud: Uint8Array;
  scenario: Uint8Array;
}

function columnsOf(capacity: number): Columns {
  return {
    time: new Float64Array(capacity),
    micro: new Float64Array(capacity),
    payer: new Uint32Array(capacity),
    payee: new Uint32Array(capacity),
    fraud: new Uint8Array(capacity),
    scenario: new Uint8Array(capacity),
  };
}

/** First index whose time is not before the given one. */
export function firstAt(stream: PaymentStream, time: number): number {
  let low = 0;
  let high = stream.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stream.time[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Payments and frauds in [from, to). */
export function countsIn(stream: PaymentStream, from: number, to: number): { payments: number; frauds: number } {
  const [first, end] = [firstAt(stream, from), firstAt(stream, to)];
  let frauds = 0;
  for (let at = first; at < end; at++) frauds += stream.fraud[at] ?? 0;
  return { payments: end - first, frauds };
}
