import { type Kysely, type QueryExecutorProvider, sql, type Transaction } from "kysely";

import { dialectOf } from "./dialect.ts";
import { historyUpTo } from "./historyReads.ts";
import { type BulkTable, insertRows } from "./insertRows.ts";
import { type BlockRow, type ChainTables, type EventRow, type HistoryRow, type PaymentRow } from "./schema.ts";

export interface BlockRef {
  readonly number: number;
  readonly hash: string;
  readonly timestamp: number;
}

/** A block with what the gate and escrow did in it, as it is stored. */
export interface StoredBlock {
  readonly block: BlockRow;
  readonly payments: readonly PaymentRow[];
  readonly events: readonly EventRow[];
}

/** What a store holds above a block. */
export interface StoredAfter {
  /** The hash stored for the block itself. */
  readonly at: string | undefined;
  readonly blocks: readonly StoredBlock[];
  /** How often blocks had been taken back by then. */
  readonly rollbacks: string;
}

export type OnWrite = (transaction: Transaction<ChainTables>) => Promise<void>;

/** Rows handed over at once while history is rebuilt. */
const PAGE = 10_000;
/** Blocks without events are forgotten in strides, so that most blocks pay nothing for it. */
const PRUNE_STRIDE = 256;

async function rollbacksOf(database: QueryExecutorProvider): Promise<string> {
  const { rows } = await sql<{ value: string }>`select value from meta where name = 'rollbacks'`.execute(database);
  return rows[0]?.value ?? "0";
}

const BLOCKS: BulkTable<BlockRow> = {
  name: "blocks",
  columns: { number: "integer", hash: "text", parent: "text", timestamp: "integer", eventful: "integer" },
};
const PAYMENTS: BulkTable<PaymentRow> = {
  name: "payments",
  columns: {
    ...{ id: "text", payer: "text", payee: "text", token: "text", amount: "text", terms: "text" },
    ...{ block: "integer", log_index: "integer", timestamp: "integer" },
  },
};
const EVENTS: BulkTable<EventRow> = {
  name: "events",
  columns: {
    ...{ block: "integer", log_index: "integer", kind: "text" },
    ...{ subject: "text", body: "text", transaction_hash: "text" },
  },
};

/** Everything read from the chain, in one file, changed only together with the cursor. */
export class ChainStore {
  readonly #database: Kysely<ChainTables>;
  readonly #keepBlocks: number;
  readonly #onWrite: OnWrite | undefined;

  /**
   * @param keepBlocks Blocks without events that are kept below the newest one, to find a fork point by.
   * @param onWrite Part of every transaction that adds or removes blocks; what it throws undoes the transaction.
   */
  constructor(database: Kysely<ChainTables>, keepBlocks: number, onWrite?: OnWrite) {
    this.#database = database;
    this.#keepBlocks = keepBlocks;
    this.#onWrite = onWrite;
  }

  /** The newest block that was read, undefined before the first. */
  async cursor(): Promise<BlockRef | undefined> {
    return this.#database
      .selectFrom("blocks")
      .select(["number", "hash", "timestamp"])
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  /** Adds blocks that follow the newest, wholly or not at all. */
  async apply(blocks: readonly StoredBlock[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await this.#onWrite?.(transaction);
      await insertRows(
        transaction,
        BLOCKS,
        blocks.map(({ block }) => block),
      );
      await insertRows(
        transaction,
        PAYMENTS,
        blocks.flatMap(({ payments }) => payments),
      );
      await insertRows(
        transaction,
        EVENTS,
        blocks.flatMap(({ events }) => events),
      );
      const stride = blocks.findLast(({ block }) => block.number % PRUNE_STRIDE === 0);
      if (stride !== undefined) await this.#prune(transaction, stride.block.number);
    });
  }

  async #prune(transaction: Transaction<ChainTables>, newest: number): Promise<void> {
    const below = newest - this.#keepBlocks;
    await transaction.deleteFrom("blocks").where("eventful", "=", 0).where("number", "<", below).execute();
  }

  /** Forgets every block above the number and all that happened in them. */
  async rollbackTo(number: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await this.#onWrite?.(transaction);
      await sql`insert into meta (name, value) values ('rollbacks', '1')
        on conflict (name) do update set value = cast(cast(meta.value as bigint) + 1 as text)`.execute(transaction);
      await transaction.deleteFrom("events").where("block", ">", number).execute();
      await transaction.deleteFrom("payments").where("block", ">", number).execute();
      await transaction.deleteFrom("decisions").where("as_of", ">", number).execute();
      await transaction.deleteFrom("shadow_decisions").where("as_of", ">", number).execute();
      await transaction.deleteFrom("blocks").where("number", ">", number).execute();
    });
  }

  /** How often blocks were taken back: what was read across a change of it may be of two forks. */
  async rollbacks(): Promise<string> {
    return rollbacksOf(this.#database);
  }

  /** The hash stored for a number, and the blocks above it, oldest first, all as of one moment. */
  async after(number: number, most: number): Promise<StoredAfter> {
    const read = this.#database.transaction();
    const moment = dialectOf(this.#database) === "postgres" ? read.setIsolationLevel("repeatable read") : read;
    return moment.execute(async (transaction) => {
      const rollbacks = await rollbacksOf(transaction);
      const numbered = transaction.selectFrom("blocks").selectAll();
      const at = await numbered.where("number", "=", number).executeTakeFirst();
      const blocks = await numbered.where("number", ">", number).orderBy("number").limit(most).execute();
      const last = blocks.at(-1)?.number ?? number;
      const within = <T extends "payments" | "events">(table: T) =>
        sql<ChainTables[T]>`select * from ${sql.table(table)} where block > ${number} and block <= ${last}
          order by block, log_index`.execute(transaction);
      const payments = Map.groupBy((await within("payments")).rows, ({ block }) => block);
      const events = Map.groupBy((await within("events")).rows, ({ block }) => block);
      const stored = blocks.map((block) => ({
        block,
        payments: payments.get(block.number) ?? [],
        events: events.get(block.number) ?? [],
      }));
      return { at: at?.hash, blocks: stored, rollbacks };
    });
  }

  /** Stored blocks below a number, newest first. */
  async blocksBelow(number: number, most: number): Promise<BlockRef[]> {
    return this.#database
      .selectFrom("blocks")
      .select(["number", "hash", "timestamp"])
      .where("number", "<", number)
      .orderBy("number", "desc")
      .limit(most)
      .execute();
  }

  async block(number: number): Promise<BlockRef | undefined> {
    return this.#database
      .selectFrom("blocks")
      .select(["number", "hash", "timestamp"])
      .where("number", "=", number)
      .executeTakeFirst();
  }

  /** The newest block up to a number that is kept for ever. */
  async eventfulUpTo(number: number): Promise<BlockRef | undefined> {
    return this.#database
      .selectFrom("blocks")
      .select(["number", "hash", "timestamp"])
      .where("number", "<=", number)
      .where("eventful", "=", 1)
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
  }

  async payment(id: string): Promise<PaymentRow | undefined> {
    return this.#database.selectFrom("payments").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Every payment in order of authorization, a page at a time. */
  async *paymentsUpTo(block: number): AsyncGenerator<PaymentRow[]> {
    let after = { block: -1, log: -1 };
    for (;;) {
      const page = await this.#database
        .selectFrom("payments")
        .selectAll()
        .where("block", "<=", block)
        .where((where) =>
          where.or([
            where("block", ">", after.block),
            where.and([where("block", "=", after.block), where("log_index", ">", after.log)]),
          ]),
        )
        .orderBy("block")
        .orderBy("log_index")
        .limit(PAGE)
        .execute();
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = { block: last.block, log: last.log_index };
    }
  }

  /**
   * Every payment, and every event of some kinds, in order; about a page at a time.
   *
   * @param after The newest block to leave out; none unless said otherwise.
   */
  historyUpTo(block: number, kinds: readonly string[], after = -1): AsyncGenerator<HistoryRow[]> {
    return historyUpTo(this.#database, { after, block }, kinds);
  }

  /** Events about a payment, oldest first. */
  async eventsOf(subject: string): Promise<EventRow[]> {
    return this.#database
      .selectFrom("events")
      .selectAll()
      .where("subject", "=", subject)
      .orderBy("block")
      .orderBy("log_index")
      .execute();
  }

  /** Events of some kinds, oldest first. */
  async eventsOfKind(kinds: readonly string[]): Promise<EventRow[]> {
    return this.#database
      .selectFrom("events")
      .selectAll()
      .where("kind", "in", kinds)
      .orderBy("block")
      .orderBy("log_index")
      .execute();
  }

  async hasEvent(subject: string, kind: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom("events")
      .select("block")
      .where("subject", "=", subject)
      .where("kind", "=", kind)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Ids of payments for which no band was ever posted, oldest first. */
  async withoutBand(): Promise<string[]> {
    const rows = await this.#database
      .selectFrom("payments")
      .select("id")
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom("events")
              .select("events.block")
              .whereRef("events.subject", "=", "payments.id")
              .where("events.kind", "=", "posted"),
          ),
        ),
      )
      .orderBy("block")
      .orderBy("log_index")
      .execute();
    return rows.map((row) => row.id);
  }
}
