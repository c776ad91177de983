import { History } from "../facts/history.ts";
import type { Port } from "../facts/port.ts";
import type { HistoryRow } from "../store/schema.ts";
import { Arbiters } from "./arbiters.ts";
import { microOfText, type TokenTable } from "./epochs.ts";
import { authorizedEvent, historyEvent, type Known } from "./historyEvents.ts";

/** Epochs with the same token table see the same history. */
export function keyOf(tokens: TokenTable): string {
  const rows = [...tokens].map(([token, row]) => `${token}/${row.shift}`);
  return rows.sort().join(",");
}

/** History as one token table sees it, and what its rows are read with. */
export class Fold {
  readonly history = new History();
  readonly #tokens: TokenTable;
  readonly #arbiters = new Arbiters();
  /** Not persisted: it reads the fields beside it. */
  readonly #known: Known;

  constructor(tokens: TokenTable) {
    this.#tokens = tokens;
    this.#known = {
      microOf: (id, amount) => microOfText(tokens, this.history.tokenOf(id) ?? "", amount),
      arbiterOf: (id) => this.#arbiters.of(id),
    };
  }

  /** What a snapshot of it is named by. */
  get key(): string {
    return keyOf(this.#tokens);
  }

  append(row: HistoryRow): void {
    const { history } = this;
    if ("payment" in row) {
      const { payment } = row;
      this.#arbiters.add(payment);
      history.append(authorizedEvent(payment, microOfText(this.#tokens, payment.token, payment.amount)));
      return;
    }
    const event = historyEvent(row.event, row.timestamp, this.#known);
    if (event === undefined) return;
    // An escrow moves money of its own payments only; what names another is no reason to stop reading the chain.
    if ("id" in event && history.tokenOf(event.id) === undefined) return;
    history.append(event);
  }

  /** Writes all of it to the port, or fills an empty fold with what was written. */
  persist(port: Port): void {
    this.history.persist(port);
    this.#arbiters.persist(port);
  }
}
