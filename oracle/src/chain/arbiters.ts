import { Column } from "../facts/column.ts";
import { Interner } from "../facts/interner.ts";
import type { Port } from "../facts/port.ts";
import type { HistoryPayment } from "../store/schema.ts";
import { arbiterFromDigits } from "./terms.ts";

/**
 * Who may rule on which payment. A payment's id is the hash of its terms, so what was once read holds on every fork and
 * nothing is taken back. Payments without an arbiter take no room.
 */
export class Arbiters {
  readonly #payments = new Interner();
  readonly #names = new Interner();
  /** By payment: number of its arbiter's name. */
  readonly #arbiter = new Column("u32");

  add({ id, arbiter: digits }: Pick<HistoryPayment, "id" | "arbiter">): void {
    const arbiter = arbiterFromDigits(digits);
    if (arbiter === undefined || this.#payments.find(id) >= 0) return;
    this.#payments.add(id);
    this.#arbiter.push(this.#names.add(arbiter));
  }

  persist(port: Port): void {
    this.#payments.persist(port);
    this.#names.persist(port);
    this.#arbiter.persist(port);
  }

  /** The payment's arbiter, undefined where it has none or was never authorized. */
  of(id: string): string | undefined {
    const payment = this.#payments.find(id);
    return payment < 0 ? undefined : this.#names.text(this.#arbiter.get(payment));
  }
}
