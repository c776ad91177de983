import type { Column } from "./column.ts";
import { FlowLog, Flows } from "./flows.ts";
import { Counters, FraudMarks, Labels } from "./labels.ts";
import { Ledger, NOWHERE } from "./ledger.ts";
import type { Port } from "./port.ts";
import { type Placed, Tiles } from "./tile.ts";

/** The tiles of one role, payee, payer or pair, and what is counted beside them. */
export class Role {
  readonly tiles: Tiles;
  /** By row: the tile the payment stands in. */
  readonly tileOf: Column;
  /** By row: the account on the other side. */
  readonly counterparty: Column;
  readonly frauds = new FraudMarks();
  /** Distinct counterparties that are on a list. Kept for accounts, not for pairs. */
  readonly listed = new Counters();
  readonly failed = new Counters();
  readonly calls = new Counters();
  readonly flows: Flows;
  readonly #ledger: Ledger;

  constructor(ledger: Ledger, log: FlowLog, tileOf: Column, counterparty: Column) {
    this.#ledger = ledger;
    this.tiles = new Tiles(ledger);
    this.tileOf = tileOf;
    this.counterparty = counterparty;
    this.flows = new Flows(ledger, log);
  }

  append(placed: Placed, previous: number, event: number): void {
    const { row } = placed;
    const tile = this.tileOf.get(row);
    this.tiles.append(tile, placed, this.counterparty.get(row), previous);
    if (this.#ledger.failed(row)) this.failed.add(tile, 1, event);
    if (this.#ledger.call(row)) this.calls.add(tile, 1, event);
  }

  pop(row: number): void {
    const tile = this.tileOf.get(row);
    this.tiles.pop(tile, row);
    if (this.#ledger.failed(row)) this.failed.undo(tile);
    if (this.#ledger.call(row)) this.calls.undo(tile);
  }

  persist(port: Port): void {
    this.tiles.persist(port);
    this.frauds.persist(port);
    for (const counters of [this.listed, this.failed, this.calls]) counters.persist(port);
    this.flows.persist(port);
  }
}

/** Everything a history holds: the payments in columns, three roles, labels, lists, and what happened to the money. */
export class HistoryState {
  readonly ledger = new Ledger();
  readonly log = new FlowLog();
  readonly labels = new Labels(this.ledger);
  readonly payees = new Role(this.ledger, this.log, this.ledger.payee, this.ledger.payer);
  readonly payers = new Role(this.ledger, this.log, this.ledger.payer, this.ledger.payee);
  readonly pairs = new Role(this.ledger, this.log, this.ledger.pair, this.ledger.payer);

  get roles(): readonly Role[] {
    return [this.payees, this.payers, this.pairs];
  }

  persist(port: Port): void {
    this.ledger.persist(port);
    this.log.persist(port);
    this.labels.persist(port);
    for (const role of [this.payees, this.payers, this.pairs]) role.persist(port);
  }

  /** Puts a payment into its three tiles. */
  place(placed: Placed, event: number): void {
    const { row } = placed;
    const { ledger, payees, payers, pairs } = this;
    const [payer, payee] = [ledger.payer.get(row), ledger.payee.get(row)];
    const pair = ledger.pairs.add(payer, payee);
    ledger.pair.push(pair);
    const known = pairs.tiles.length(pair);
    const before = known === 0 ? -1 : pairs.tiles.row(pair, known - 1);
    payees.append(placed, before < 0 ? -1 : payees.tiles.at.get(before), event);
    payers.append(placed, before < 0 ? -1 : payers.tiles.at.get(before), event);
    pairs.append(placed, known - 1, event);
    if (known > 0) return;
    if (this.labels.listed.isOn(payer)) payees.listed.add(payee, 1, event);
    if (this.labels.listed.isOn(payee)) payers.listed.add(payer, 1, event);
  }

  /** A payment that enters no tile. */
  leaveOut(row: number): void {
    this.ledger.pair.push(NOWHERE);
    for (const role of this.roles) role.tiles.at.set(row, NOWHERE);
  }

  /** Takes the newest payment out again. */
  displace(row: number): void {
    const { ledger, payees, payers, pairs } = this;
    if (!pairs.tiles.holds(row)) return;
    const [payer, payee, pair] = [ledger.payer.get(row), ledger.payee.get(row), ledger.pair.get(row)];
    for (const role of this.roles) role.pop(row);
    if (pairs.tiles.length(pair) > 0) return;
    if (this.labels.listed.isOn(payer)) payees.listed.undo(payee);
    if (this.labels.listed.isOn(payee)) payers.listed.undo(payer);
  }

  /** Marks a payment in its tiles as a known fraud, or no longer. */
  markFraud(row: number, on: boolean, event: number): void {
    for (const role of this.roles) role.frauds.add(role.tileOf.get(row), role.tiles.at.get(row), on, event);
  }

  unmarkFraud(row: number, on: boolean): void {
    for (const role of this.roles) role.frauds.undo(role.tileOf.get(row), on);
  }

  /** Counts an account that came onto a list, or left all, in the tiles of everybody it ever dealt with. */
  countListed(account: number, change: 1 | -1, event: number): void {
    for (const payee of this.#dealtWith(this.payers, account)) this.payees.listed.add(payee, change, event);
    for (const payer of this.#dealtWith(this.payees, account)) this.payers.listed.add(payer, change, event);
  }

  uncountListed(account: number): void {
    for (const payee of this.#dealtWith(this.payers, account)) this.payees.listed.undo(payee);
    for (const payer of this.#dealtWith(this.payees, account)) this.payers.listed.undo(payer);
  }

  *#dealtWith(role: Role, account: number): Generator<number> {
    for (let index = 0; index < role.tiles.length(account); index++) {
      if (role.tiles.isFirst(account, index)) yield role.tiles.counterparty(account, index);
    }
  }
}
