import type { HistoryState, Role } from "./state.ts";
import { type Entry, TileView } from "./tileView.ts";

export { type Entry, type FlowEntry, type FraudRun, TileView } from "./tileView.ts";

/** On which lists an account stands: bits. */
export const SANCTIONED = 1;
export const REPORTED = 2;

/** Lists an account stood on after the oldest events: bits. */
function listsOf(state: HistoryState, account: number, events: number): number {
  const { sanctioned, reported } = state.labels;
  return (sanctioned.wasOn(account, events) ? SANCTIONED : 0) | (reported.wasOn(account, events) ? REPORTED : 0);
}

/** What matters to a payment as of a block, without the payment itself. Each tile is looked up when it is first asked for. */
export class HistoryView {
  readonly #state: HistoryState;
  readonly #events: number;
  readonly #judged: number;
  /** Number of the payer's account, -1 for one without history. */
  readonly payerAccount: number;
  readonly payeeAccount: number;
  #payee: TileView | undefined;
  #payer: TileView | undefined;
  #pair: TileView | undefined;
  #payeeOut: TileView | undefined;
  #payerIn: TileView | undefined;

  constructor(state: HistoryState, payment: { id: string; payer: string; payee: string }, events: number) {
    this.#state = state;
    this.#events = events;
    this.#judged = state.ledger.find(payment.id);
    this.payerAccount = state.ledger.accounts.find(payment.payer);
    this.payeeAccount = state.ledger.accounts.find(payment.payee);
  }

  /** Payments to the payee. */
  get payee(): TileView {
    return (this.#payee ??= this.payeeTileOf(this.payeeAccount));
  }

  /** Payments by the payer. */
  get payer(): TileView {
    return (this.#payer ??= this.payerTileOf(this.payerAccount));
  }

  /** Payments by the payer to the payee. */
  get pair(): TileView {
    const { ledger, pairs } = this.#state;
    return (this.#pair ??= this.#view(pairs, ledger.pairs.find(this.payerAccount, this.payeeAccount)));
  }

  /** Payments by the payee. */
  get payeeOut(): TileView {
    return (this.#payeeOut ??= this.payerTileOf(this.payeeAccount));
  }

  /** Payments to the payer. */
  get payerIn(): TileView {
    return (this.#payerIn ??= this.payeeTileOf(this.payerAccount));
  }

  /** Lists the payer stands on: bits. */
  get payerLists(): number {
    return listsOf(this.#state, this.payerAccount, this.#events);
  }

  get payeeLists(): number {
    return listsOf(this.#state, this.payeeAccount, this.#events);
  }

  /** Number of an account, -1 for an unknown one. */
  accountOf(name: string): number {
    return this.#state.ledger.accounts.find(name);
  }

  /** Payments by any account. */
  payerTileOf(account: number): TileView {
    return this.#view(this.#state.payers, account);
  }

  /** Payments to any account. */
  payeeTileOf(account: number): TileView {
    return this.#view(this.#state.payees, account);
  }

  /** Payments by the payer of an entry, as they were just before that entry was authorized. */
  payerTileBefore(entry: Entry): TileView {
    const { ledger, payers } = this.#state;
    return this.#view(payers, ledger.payer.get(entry.row), Math.min(this.#events, ledger.event.get(entry.row)));
  }

  #view(role: Role, tile: number, events = this.#events): TileView {
    return new TileView(this.#state, { role, tile, events, judged: this.#judged });
  }
}

/** An account as of a block: what it received and what it paid. */
export class AccountView {
  readonly in: TileView;
  readonly out: TileView;
  /** Lists it stands on: bits. */
  readonly lists: number;

  constructor(state: HistoryState, name: string, events: number) {
    const tile = state.ledger.accounts.find(name);
    this.in = new TileView(state, { role: state.payees, tile, events, judged: -1 });
    this.out = new TileView(state, { role: state.payers, tile, events, judged: -1 });
    this.lists = listsOf(state, tile, events);
  }
}
