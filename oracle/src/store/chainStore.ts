import type { Kysely, Transaction } from "kysely";

import type { BlockRow, ChainTables, EventRow, HistoryRow, PaymentRow } from "./schema.ts";

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

/** Where a row stands on the chain. */
interface Place {
  readonly block: number;
  readonly log: number;
}

/** Payments handed over at once while history is rebuilt. */
const PAGE = 5_000;
/** Blocks without events are forgotten in strides, so that most blocks pay nothing for it. */
const PRUNE_STRIDE = 256;

/** Everything read from the chain, in one file, changed only together with the cursor. */
export class ChainStore {
  readonly #database: Kysely<ChainTables>;
  readonly #keepBlocks: number;

  /** @param keepBlocks Blocks without events that are kept below the newest one, to find a fork point by. */
  constructor(database: Kysely<ChainTables>, keepBlocks: number) {
    this.#database = database;
    this.#keepBlocks = keepBlocks;
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

  async apply(blocks: readonly StoredBlock[]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const { block, payments, events } of blocks) {
        await transaction.insertInto("blocks").values(block).execute();
        for (const payment of payments) await transaction.insertInto("payments").values(payment).execute();
        for (const event of events) await transaction.insertInto("events").values(event).execute();
        if (block.number % PRUNE_STRIDE === 0) await this.#prune(transaction, block.number);
      }
    });
  }

  async #prune(transaction: Transaction<ChainTables>, newest: number): Promise<void> {
    const below = newest - this.#keepBlocks;
    await transaction.deleteFrom("blocks").where("eventful", "=", 0).where("number", "<", below).execute();
  }

  /** Forgets every block above the number and all that happened in them. */
  async rollbackTo(number: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom("events").where("block", ">", number).execute();
      await transaction.deleteFrom("payments").where("block", ">", number).execute();
      await transaction.deleteFrom("decisions").where("as_of", ">", number).execute();
      await transaction.deleteFrom("shadow_decisions").where("as_of", ">", number).execute();
      await transaction.deleteFrom("blocks").where("number", ">", number).execute();
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

  /** Every payment, and every event of some kinds, in order; about a page at a time. */
  async *historyUpTo(block: number, kinds: readonly string[]): AsyncGenerator<HistoryRow[]> {
    let after: Place = { block: -1, log: -1 };
    for await (const payments of this.paymentsUpTo(block)) {
      const last = payments.at(-1);
      if (last === undefined) return;
      const through = { block: last.block, log: last.log_index };
      const rows: (readonly [Place, HistoryRow])[] = payments.map((payment) => [
        { block: payment.block, log: payment.log_index },
        { payment },
      ]);
      for await (const page of this.#eventsBetween(kinds, after, through)) rows.push(...page);
      rows.sort(([a], [b]) => a.block - b.block || a.log - b.log);
      yield rows.map(([, row]) => row);
      after = through;
    }
    const end = { block, log: Number.MAX_SAFE_INTEGER };
    for await (const page of this.#eventsBetween(kinds, after, end)) yield page.map(([, row]) => row);
  }

  /** Events of some kinds after a place, up to another, with the time of their blocks; a page at a time. */
  async *#eventsBetween(
    kinds: readonly string[],
    from: Place,
    through: Place,
  ): AsyncGenerator<(readonly [Place, HistoryRow])[]> {
    for (let after = from; ;) {
      const found = await this.#database
        .selectFrom("events")
        .innerJoin("blocks", "blocks.number", "events.block")
        .selectAll("events")
        .select("blocks.timestamp")
        .where("kind", "in", kinds)
        .where((where) => where(where.refTuple("block", "log_index"), ">", where.tuple(after.block, after.log)))
        .where((where) => where(where.refTuple("block", "log_index"), "<=", where.tuple(through.block, through.log)))
        .orderBy("block")
        .orderBy("log_index")
        .limit(PAGE)
        .execute();
      const last = found.at(-1);
      if (last === undefined) return;
      yield found.map(({ timestamp, ...event }) => [
        { block: event.block, log: event.log_index },
        { event, timestamp },
      ]);
      after = { block: last.block, log: last.log_index };
    }
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
