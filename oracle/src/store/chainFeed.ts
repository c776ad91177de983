import type { Kysely, Transaction } from "kysely";

import type { ChainTables } from "./schema.ts";

/** Where a row stands on the chain. */
export interface ChainPlace {
  readonly block: number;
  readonly logIndex: number;
}

/** Something that happened on chain, with the hash of its block. */
export interface ChainItem extends ChainPlace {
  readonly kind: string;
  readonly blockHash: string;
  readonly subject: string;
  /** JSON text. */
  readonly body: string;
  readonly transactionHash: string;
}

type Reader = Kysely<ChainTables> | Transaction<ChainTables>;

function after<T extends ChainPlace>(a: T, b: ChainPlace): boolean {
  return a.block > b.block || (a.block === b.block && a.logIndex > b.logIndex);
}

async function authorizations(reader: Reader, { block, logIndex }: ChainPlace, most: number): Promise<ChainItem[]> {
  const rows = await reader
    .selectFrom("payments")
    .innerJoin("blocks", "blocks.number", "payments.block")
    .select(["id", "payer", "payee", "token", "amount", "block", "log_index", "blocks.hash"])
    .where((where) => where(where.refTuple("payments.block", "payments.log_index"), ">", where.tuple(block, logIndex)))
    .orderBy("payments.block")
    .orderBy("payments.log_index")
    .limit(most)
    .execute();
  return rows.map(({ id, payer, payee, token, amount, ...row }) => ({
    ...{ kind: "authorized", block: row.block, logIndex: row.log_index, blockHash: row.hash, subject: id },
    ...{ body: JSON.stringify({ id, payer, payee, token, amount }), transactionHash: "" },
  }));
}

async function events(reader: Reader, { block, logIndex }: ChainPlace, most: number): Promise<ChainItem[]> {
  const rows = await reader
    .selectFrom("events")
    .innerJoin("blocks", "blocks.number", "events.block")
    .selectAll("events")
    .select("blocks.hash")
    .where((where) => where(where.refTuple("events.block", "events.log_index"), ">", where.tuple(block, logIndex)))
    .orderBy("events.block")
    .orderBy("events.log_index")
    .limit(most)
    .execute();
  return rows.map(({ kind, subject, body, hash, log_index, transaction_hash, ...row }) => ({
    ...{ kind, subject, body, block: row.block, logIndex: log_index, blockHash: hash },
    transactionHash: transaction_hash,
  }));
}

/**
 * What happened after a place, in order, of one moment of the store. A payment and an event of one log are never parted: of
 * the two lists only what both have read is given.
 */
export async function itemsAfter(chain: Kysely<ChainTables>, place: ChainPlace, most: number): Promise<ChainItem[]> {
  const [first, second] = await chain
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (reader) => [await authorizations(reader, place, most), await events(reader, place, most)] as const);
  const ends = [first, second].flatMap((list) => (list.length < most ? [] : list.slice(-1)));
  const items = [...first, ...second].filter((item) => ends.every((end) => !after(item, end)));
  return items.sort((a, b) => a.block - b.block || a.logIndex - b.logIndex);
}
