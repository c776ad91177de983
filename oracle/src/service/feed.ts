import { setImmediate as nextTurn } from "node:timers/promises";

import type { Kysely, Transaction } from "kysely";

import { itemsAfter, type ChainItem, type ChainPlace } from "../store/chainFeed.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { ChainTables } from "../store/schema.ts";
import type { FeedRow, ServiceTables } from "../store/serviceSchema.ts";

/** Kinds of rows that are no log: the place where the feed begins, and a reorganisation. */
const STARTED = "started";
export const ROLLED_BACK = "rolledBack";

const PAGE = 500;
const END_OF_BLOCK = Number.MAX_SAFE_INTEGER;
const MOST_ATTEMPTS = 5;

export interface FeedDeps {
  readonly service: Kysely<ServiceTables>;
  readonly chain: Kysely<ChainTables>;
  readonly blocks: Pick<ChainStore, "block" | "cursor">;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** Rows kept; older ones are forgotten. */
  readonly keep: number;
  /** Told after rows were added. */
  readonly onChange?: () => void;
  /** Told in the transaction that adds rows. */
  readonly added?: (transaction: Transaction<ServiceTables>, rows: readonly FeedRow[]) => Promise<void>;
}

export interface FeedFilter {
  /** All where empty. */
  readonly kinds: readonly string[];
}

/** Another process of the node wrote first. */
class Overtaken extends Error {}

/**
 * What happened on chain as one numbered list that only grows: clients read it from any number on and miss nothing. Where a
 * reorganisation takes back what was told, a row of kind `rolledBack` says from which block on it no longer counts.
 */
export class Feed {
  readonly #deps: FeedDeps;
  readonly #waiting = new Set<() => void>();
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #version = 0;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Rises with every change this process made. */
  get version(): number {
    return this.#version;
  }

  /** Adds what the chain store has and the list lacks. Whoever calls while that runs shares the next run. */
  async sync(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Rows after a number, oldest first. */
  async since(seq: number, most: number, { kinds }: FeedFilter): Promise<FeedRow[]> {
    let query = this.#deps.service.selectFrom("feed").selectAll().where("seq", ">", seq);
    if (kinds.length > 0) query = query.where("kind", "in", [...kinds, ROLLED_BACK]);
    return query.where("kind", "!=", STARTED).orderBy("seq").limit(most).execute();
  }

  async row(seq: number): Promise<FeedRow | undefined> {
    return this.#deps.service.selectFrom("feed").selectAll().where("seq", "=", seq).executeTakeFirst();
  }

  /** Numbers of the oldest row kept and of the newest; zeros while there is none. */
  async bounds(): Promise<{ oldest: number; newest: number }> {
    const row = await this.#deps.service
      .selectFrom("feed")
      .select((one) => [one.fn.min("seq").as("oldest"), one.fn.max("seq").as("newest")])
      .executeTakeFirst();
    return { oldest: Number(row?.oldest ?? 0), newest: Number(row?.newest ?? 0) };
  }

  /** Ends once the version is another, after the time, or when the feed stops, whichever is first. */
  async changed(version: number, milliseconds: number): Promise<void> {
    if (this.#stopped || version !== this.#version) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#waiting.add(end);
    });
  }

  /** Adds nothing more, and lets go of everybody who waits. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Ends once nothing is being added. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  #wake(): void {
    this.#version += 1;
    for (const end of [...this.#waiting]) end();
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      let attempts = 0;
      while (!this.#stopped) {
        try {
          if (!(await this.#step())) break;
          // SQLite answers within the turn: a long way to catch up must not keep requests waiting.
          await nextTurn();
        } catch (error) {
          if (!(error instanceof Overtaken) || ++attempts >= MOST_ATTEMPTS) throw error;
        }
      }
    }
  }

  /** One page, or one rollback. Answers whether there is more. */
  async #step(): Promise<boolean> {
    const last = await this.#newest();
    if (last === undefined) return this.#begin();
    if (!(await this.#stands(last))) {
      await this.#rollBack(last);
      return true;
    }
    const isLog = last.log_index >= 0;
    const place: ChainPlace = { block: last.block, logIndex: isLog ? last.log_index : END_OF_BLOCK };
    const items = await itemsAfter(this.#deps.chain, place, PAGE);
    if (items.length === 0) return false;
    await this.#add(last.seq, items);
    return true;
  }

  async #newest(): Promise<FeedRow | undefined> {
    return this.#deps.service.selectFrom("feed").selectAll().orderBy("seq", "desc").limit(1).executeTakeFirst();
  }

  /** The list begins where the node stands: the past is in the pages of payments. */
  async #begin(): Promise<boolean> {
    const cursor = await this.#deps.blocks.cursor();
    if (cursor === undefined) return false;
    const place = { kind: STARTED, block: cursor.number, blockHash: cursor.hash, logIndex: -1 };
    await this.#add(0, [{ ...place, subject: "", body: "{}", transactionHash: "" }]);
    return false;
  }

  /** Whether the block of a row is still on the chain. Of blocks without events only the newest are kept. */
  async #stands(row: FeedRow): Promise<boolean> {
    const block = await this.#deps.blocks.block(row.block);
    if (block !== undefined) return block.hash === row.block_hash;
    if (row.log_index >= 0) return false;
    const cursor = await this.#deps.blocks.cursor();
    return cursor !== undefined && cursor.number >= row.block;
  }

  async #rollBack(last: FeedRow): Promise<void> {
    const fork = await this.#forkBelow(last.seq);
    const body = JSON.stringify({ toBlock: fork.block });
    const place = { block: fork.block, blockHash: fork.block_hash, logIndex: -1 };
    await this.#add(last.seq, [{ ...place, kind: ROLLED_BACK, subject: "", body, transactionHash: "" }]);
  }

  /** The newest row that still stands, or what is before everything. */
  async #forkBelow(seq: number): Promise<Pick<FeedRow, "block" | "block_hash">> {
    for (let below = seq; ;) {
      const rows = await this.#deps.service
        .selectFrom("feed")
        .selectAll()
        .where("seq", "<", below)
        .orderBy("seq", "desc")
        .limit(PAGE)
        .execute();
      for (const row of rows) if (await this.#stands(row)) return row;
      const last = rows.at(-1);
      if (last === undefined) return { block: -1, block_hash: "" };
      below = last.seq;
    }
  }

  async #add(after: number, items: readonly ChainItem[]): Promise<void> {
    const { service, clock, keep, added } = this.#deps;
    const at = clock();
    const rows = items.map((item, index) => ({
      ...{ seq: after + 1 + index, kind: item.kind, block: item.block, block_hash: item.blockHash, at },
      ...{ log_index: item.logIndex, subject: item.subject, body: item.body, transaction_hash: item.transactionHash },
    }));
    await service.transaction().execute(async (transaction) => {
      const inserted = await transaction
        .insertInto("feed")
        .values(rows)
        .onConflict((clash) => clash.column("seq").doNothing())
        .executeTakeFirst();
      if (Number(inserted.numInsertedOrUpdatedRows) !== rows.length) throw new Overtaken();
      await added?.(transaction, rows);
      await transaction
        .deleteFrom("feed")
        .where("seq", "<=", after + rows.length - keep)
        .execute();
    });
    this.#wake();
    this.#deps.onChange?.();
  }
}
