import type { BlockRef, ChainStore } from "../store/chainStore.ts";
import type { PaymentRow } from "../store/schema.ts";
import type { ChainState } from "./state.ts";

/** Payments kept, about a kilobyte each; blocks are far smaller. */
const MOST = 20_000;

/** Rows as a map keeps them: when it is full, whoever came first goes. */
function keep<Key, Row>(rows: Map<Key, Row>, key: Key, row: Row, most: number): void {
  rows.set(key, row);
  if (rows.size <= most) return;
  const [oldest] = rows.keys();
  if (oldest !== undefined) rows.delete(oldest);
}

/**
 * Payments and blocks that were read before, in memory: an authorized payment never changes, a block only by a reorganisation. A
 * rollback empties it, as every change of the state's generation does. What is not in the store is never remembered.
 */
export class RecentRows {
  readonly #store: Pick<ChainStore, "payment" | "block">;
  readonly #state: Pick<ChainState, "generation">;
  readonly #most: number;
  readonly #payments = new Map<string, PaymentRow>();
  readonly #blocks = new Map<number, BlockRef>();
  #generation: number;

  constructor(store: Pick<ChainStore, "payment" | "block">, state: Pick<ChainState, "generation">, most = MOST) {
    this.#store = store;
    this.#state = state;
    this.#most = most;
    this.#generation = state.generation;
  }

  async payment(id: string): Promise<PaymentRow | undefined> {
    return this.#read(this.#payments, id, () => this.#store.payment(id));
  }

  async block(number: number): Promise<BlockRef | undefined> {
    return this.#read(this.#blocks, number, () => this.#store.block(number));
  }

  async #read<Key, Row>(rows: Map<Key, Row>, key: Key, load: () => Promise<Row | undefined>): Promise<Row | undefined> {
    this.#forgetOtherForks();
    const known = rows.get(key);
    if (known !== undefined) return known;
    const { generation } = this.#state;
    const row = await load();
    // What was read before a rollback may be of the other fork.
    if (row !== undefined && generation === this.#state.generation) {
      this.#forgetOtherForks();
      keep(rows, key, row, this.#most);
    }
    return row;
  }

  #forgetOtherForks(): void {
    if (this.#generation === this.#state.generation) return;
    this.#generation = this.#state.generation;
    this.#payments.clear();
    this.#blocks.clear();
  }
}
