import { History } from "../facts/history.ts";
import type { PaymentRow } from "../store/schema.ts";
import { microOf, type TokenTable } from "./epochs.ts";

interface Page {
  readonly tokens: TokenTable;
  readonly history: History;
}

/** Epochs with the same token table see the same history. */
function keyOf(tokens: TokenTable): string {
  const rows = [...tokens].map(([token, row]) => `${token}/${row.shift}`);
  return rows.sort().join(",");
}

function append(page: Page, row: PaymentRow): void {
  page.history.append({
    kind: "authorized",
    id: row.id,
    payer: row.payer,
    payee: row.payee,
    token: row.token,
    micro: microOf(page.tokens, row.token, BigInt(row.amount)),
    block: row.block,
    logIndex: row.log_index,
    time: row.timestamp,
  });
}

/** History in micro-units, one fold for each token table: amounts mean what the judging epoch says they mean. */
export class HistoryBook {
  readonly #pages = new Map<string, Page>();

  has(tokens: TokenTable): boolean {
    return this.#pages.has(keyOf(tokens));
  }

  /** Adds a fold, brought up to date by the caller's payments. */
  async add(tokens: TokenTable, payments: AsyncIterable<readonly PaymentRow[]>): Promise<void> {
    const page: Page = { tokens, history: new History() };
    for await (const rows of payments) for (const row of rows) append(page, row);
    this.#pages.set(keyOf(tokens), page);
  }

  append(rows: readonly PaymentRow[]): void {
    for (const page of this.#pages.values()) for (const row of rows) append(page, row);
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
