import { History } from "../facts/history.ts";
import type { EventRow, HistoryRow, PaymentRow } from "../store/schema.ts";
import { Arbiters } from "./arbiters.ts";
import { microOfText, type TokenTable } from "./epochs.ts";
import { authorizedEvent, HISTORY_KINDS, historyEvent, type Known } from "./historyEvents.ts";
import { fieldOfTerms } from "./terms.ts";

interface Page {
  readonly tokens: TokenTable;
  readonly history: History;
  /** What its events are read with. */
  readonly known: Known;
}

/** What one block brings. */
export interface BlockRows {
  readonly block: { readonly timestamp: number };
  readonly payments: readonly PaymentRow[];
  readonly events: readonly EventRow[];
}

const KINDS: ReadonlySet<string> = new Set(HISTORY_KINDS);

/** Epochs with the same token table see the same history. */
function keyOf(tokens: TokenTable): string {
  const rows = [...tokens].map(([token, row]) => `${token}/${row.shift}`);
  return rows.sort().join(",");
}

function append({ tokens, history, known }: Page, row: HistoryRow, arbiters: Arbiters): void {
  if ("payment" in row) {
    const { payment } = row;
    arbiters.add(payment);
    history.append(authorizedEvent(payment, microOfText(tokens, payment.token, payment.amount)));
    return;
  }
  const event = historyEvent(row.event, row.timestamp, known);
  if (event === undefined) return;
  // An escrow moves money of its own payments only; what names another is no reason to stop reading the chain.
  if ("id" in event && history.tokenOf(event.id) === undefined) return;
  history.append(event);
}

function logIndexOf(row: HistoryRow): number {
  return "payment" in row ? row.payment.log_index : row.event.log_index;
}

/** Payments and events of a block in the order of their logs. */
function rowsOf({ block, payments, events }: BlockRows): HistoryRow[] {
  const kept = events.filter(({ kind }) => KINDS.has(kind));
  const rows: HistoryRow[] = [
    ...payments.map((payment) => ({ payment: { ...payment, arbiter: fieldOfTerms(payment.terms, "arbiter") } })),
    ...kept.map((event) => ({ event, timestamp: block.timestamp })),
  ];
  return rows.sort((a, b) => logIndexOf(a) - logIndexOf(b));
}

/** History in micro-units, one fold for each token table: amounts mean what the judging epoch says they mean. */
export class HistoryBook {
  readonly #pages = new Map<string, Page>();
  readonly #arbiters = new Arbiters();

  has(tokens: TokenTable): boolean {
    return this.#pages.has(keyOf(tokens));
  }

  /** Adds a fold, brought up to date by the caller's rows. */
  async add(tokens: TokenTable, pages: AsyncIterable<readonly HistoryRow[]>): Promise<void> {
    const history = new History();
    const known: Known = {
      microOf: (id, amount) => microOfText(tokens, history.tokenOf(id) ?? "", amount),
      arbiterOf: (id) => this.#arbiters.of(id),
    };
    const page: Page = { tokens, history, known };
    for await (const rows of pages) for (const row of rows) append(page, row, this.#arbiters);
    this.#pages.set(keyOf(tokens), page);
  }

  append(block: BlockRows): void {
    const rows = rowsOf(block);
    for (const page of this.#pages.values()) for (const row of rows) append(page, row, this.#arbiters);
  }

  rollbackTo(block: number): void {
    for (const page of this.#pages.values()) page.history.rollbackTo(block);
  }

  history(tokens: TokenTable): History {
    const page = this.#pages.get(keyOf(tokens));
    if (page === undefined) throw new RangeError("no history was folded for this token table");
    return page.history;
  }
}
