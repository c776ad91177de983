import type { HistoryRow } from "./schema.ts";

/** Rows of history on their way from one thread to another: few large values cross at little cost, many small ones do not. */
export interface HistoryPage {
  /** By row: 0 for a payment, otherwise 1 + the place of the event's kind among those that were asked for. */
  readonly kinds: Uint8Array;
  /** Block, log index and timestamp of each row. */
  readonly places: Float64Array;
  /** Every text of the rows, one behind the other. */
  readonly text: string;
  /** Where each of them ends. */
  readonly ends: Uint32Array;
}

/** Id, payer, payee, token, amount and the arbiter's digits. */
export type PaymentTexts = readonly [string, string, string, string, string, string];

/** The kind of which the amount travels in place of the body: every other event is one. */
export const CAPTURED = "captured";

/** Collects the rows of one page. */
export class PageWriter {
  readonly #kinds: Uint8Array;
  readonly #places: Float64Array;
  readonly #texts: string[] = [];
  readonly #ends: number[] = [];
  #rows = 0;
  #end = 0;

  /** @param capacity Most rows of the page. */
  constructor(capacity: number) {
    this.#kinds = new Uint8Array(capacity);
    this.#places = new Float64Array(3 * capacity);
  }

  get rows(): number {
    return this.#rows;
  }

  addPayment(texts: PaymentTexts, block: number, logIndex: number, timestamp: number): void {
    for (const text of texts) this.#text(text);
    this.#row(0, block, logIndex, timestamp);
  }

  /**
   * @param kind Place of the event's kind among those that were asked for.
   * @param said The amount of a capture, the body of anything else.
   */
  addEvent(kind: number, subject: string, said: string, place: readonly [number, number, number]): void {
    this.#text(subject);
    this.#text(said);
    this.#row(1 + kind, ...place);
  }

  page(): HistoryPage {
    return {
      kinds: this.#kinds.slice(0, this.#rows),
      places: this.#places.slice(0, 3 * this.#rows),
      text: this.#texts.join(""),
      ends: Uint32Array.from(this.#ends),
    };
  }

  #text(text: string): void {
    this.#texts.push(text);
    this.#end += text.length;
    this.#ends.push(this.#end);
  }

  #row(kind: number, block: number, logIndex: number, timestamp: number): void {
    const at = 3 * this.#rows;
    this.#kinds[this.#rows] = kind;
    this.#places[at] = block;
    this.#places[at + 1] = logIndex;
    this.#places[at + 2] = timestamp;
    this.#rows += 1;
  }
}

/** The rows of a page, in order. */
export function rowsOfPage({ kinds, places, text, ends }: HistoryPage, names: readonly string[]): HistoryRow[] {
  let [next, from] = [0, 0];
  const take = (): string => {
    const to = ends[next++] ?? from;
    const taken = text.slice(from, to);
    from = to;
    return taken;
  };
  return Array.from(kinds, (kind, row): HistoryRow => {
    const [block, log_index] = [places[3 * row] ?? 0, places[3 * row + 1] ?? 0];
    const timestamp = places[3 * row + 2] ?? 0;
    if (kind === 0) {
      const [id, payer, payee, token, amount, arbiter] = [take(), take(), take(), take(), take(), take()];
      return { payment: { id, payer, payee, token, amount, arbiter, block, log_index, timestamp } };
    }
    const name = names[kind - 1] ?? "";
    const [subject, said] = [take(), take()];
    const event = { block, log_index, kind: name, subject };
    return { event: name === CAPTURED ? { ...event, body: "", amount: said } : { ...event, body: said }, timestamp };
  });
}
