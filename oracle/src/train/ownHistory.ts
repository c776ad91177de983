import type { Kysely } from "kysely";

import { HistoryBook } from "../chain/book.ts";
import { microOf, type TokenTable } from "../chain/epochs.ts";
import { HISTORY_KINDS } from "../chain/historyEvents.ts";
import type { Example } from "../evaluate/types.ts";
import { LABEL_DELAY } from "../facts/context.ts";
import { completeFacts, computeFacts } from "../facts/facts.ts";
import type { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";
import { amountBucket } from "../facts/units.ts";
import { ChainStore } from "../store/chainStore.ts";
import type { ChainTables, PaymentRow } from "../store/schema.ts";
import { newestTokens } from "../store/shadowStore.ts";

/** A node's own payments with what is known about them. */
export interface OwnHistory {
  /** In order of authorization; labelled by rulings, refunds coded as fraud and list entries. */
  readonly examples: readonly Example[];
  /** Payments younger than the label delay about which nothing is known; they teach nothing yet. */
  readonly tooYoung: number;
  readonly fromBlock: number;
  readonly toBlock: number;
}

/** A data directory that holds nothing to train on. */
export class OwnHistoryError extends Error {
  override readonly name = "OwnHistoryError";
}

function knownFrauds(history: History, payees: Iterable<string>, block: number): Set<string> {
  const found = new Set<string>();
  for (const payee of payees) {
    const { in: tile } = history.accountView(payee, block);
    for (const entry of tile.newestKnownFrauds(Infinity, tile.count)) found.add(history.idOf(entry));
  }
  return found;
}

function exampleOf(
  row: PaymentRow,
  tokens: TokenTable,
  history: History,
  schema: FactSchema,
  illicit: boolean,
): Example {
  const micro = microOf(tokens, row.token, BigInt(row.amount));
  const at = { block: row.block, timestamp: row.timestamp };
  const facts = completeFacts(computeFacts(schema, { ...row, micro }, history, at), {
    amountBucket: amountBucket(micro),
    tokenClass: tokens.get(row.token)?.tokenClass ?? 0,
    native: /^0x0{40}$/.test(row.token),
  });
  return { id: row.id, group: row.payee, time: row.timestamp, payer: row.payer, micro, facts, illicit };
}

/**
 * Reads a node's chain store: facts of every payment as of its authorization, labels as known today.
 *
 * @param schema The facts to compute.
 */
export async function ownHistory(database: Kysely<ChainTables>, schema: FactSchema): Promise<OwnHistory> {
  const store = new ChainStore(database, 0);
  const cursor = await store.cursor();
  const table = await newestTokens(database);
  if (cursor === undefined || table.length === 0) {
    throw new OwnHistoryError("the data directory knows no epoch: run the node on its chain first");
  }
  const tokens: TokenTable = new Map(table.map((row) => [row.token, { shift: row.shift, tokenClass: row.class }]));
  const book = new HistoryBook();
  await book.add(tokens, store.historyUpTo(cursor.number, HISTORY_KINDS));
  const history = book.history(tokens);
  const rows: PaymentRow[] = [];
  for await (const page of store.paymentsUpTo(cursor.number)) {
    rows.push(...page.filter(({ token }) => tokens.has(token)));
  }
  const frauds = knownFrauds(history, new Set(rows.map(({ payee }) => payee)), cursor.number);
  const known = rows.filter(({ id, timestamp }) => frauds.has(id) || timestamp <= cursor.timestamp - LABEL_DELAY);
  return {
    examples: known.map((row) => exampleOf(row, tokens, history, schema, frauds.has(row.id))),
    tooYoung: rows.length - known.length,
    fromBlock: rows[0]?.block ?? cursor.number,
    toBlock: cursor.number,
  };
}
