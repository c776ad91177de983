import type { History } from "../facts/history.ts";
import type { EventRow, HistoryRow, PaymentRow } from "../store/schema.ts";
import type { TokenTable } from "./epochs.ts";
import { Fold, keyOf } from "./fold.ts";
import { HISTORY_KINDS } from "./historyEvents.ts";
import { fieldOfTerms } from "./terms.ts";

/** What one block brings. */
export interface BlockRows {
  readonly block: { readonly timestamp: number };
  readonly payments: readonly PaymentRow[];
  readonly events: readonly EventRow[];
}

const KINDS: ReadonlySet<string> = new Set(HISTORY_KINDS);

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
  readonly #folds = new Map<string, Fold>();

  has(tokens: TokenTable): boolean {
    return this.#folds.has(keyOf(tokens));
  }

  /** Every fold, each as far as the last block that was appended. */
  get folds(): readonly Fold[] {
    return [...this.#folds.values()];
  }

  /** Adds a fold, brought up to date by the caller's rows. */
  async add(tokens: TokenTable, pages: AsyncIterable<readonly HistoryRow[]>): Promise<void> {
    await this.resume(new Fold(tokens), pages);
  }

  /** The same with a fold that holds what came before the rows. */
  async resume(fold: Fold, pages: AsyncIterable<readonly HistoryRow[]>): Promise<void> {
    for await (const rows of pages) for (const row of rows) fold.append(row);
    this.#folds.set(fold.key, fold);
  }

  append(block: BlockRows): void {
    const rows = rowsOf(block);
    for (const fold of this.#folds.values()) for (const row of rows) fold.append(row);
  }

  rollbackTo(block: number): void {
    for (const fold of this.#folds.values()) fold.history.rollbackTo(block);
  }

  history(tokens: TokenTable): History {
    const fold = this.#folds.get(keyOf(tokens));
    if (fold === undefined) throw new RangeError("no history was folded for this token table");
    return fold.history;
  }
}
