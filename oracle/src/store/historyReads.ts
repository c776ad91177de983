import { type QueryExecutorProvider, sql } from "kysely";

import { placeInTerms } from "../chain/terms.ts";
import { dialectOf } from "./dialect.ts";
import { type BlockSpan, historyByThread } from "./historyThread.ts";
import type { HistoryEventRow, HistoryPayment, HistoryRow } from "./schema.ts";

/** Where a row stands on the chain. */
interface Place {
  readonly block: number;
  readonly log: number;
}

/** Rows handed over at once while history is rebuilt. */
const PAGE = 10_000;
/** Beyond every log index that a chain can give. */
const MOST_LOG = 2 ** 31;
/** Where the arbiter's digits begin in stored terms; SQL counts from 1. */
const ARBITER_AT = 1 + placeInTerms("arbiter")[0];
/** From so many payments on a thread reads them: for fewer it costs more than it saves. */
const THREAD_FROM = 20_000;

type TimedEvent = HistoryEventRow & { readonly timestamp: number };

function placeOf({ block, log_index: log }: { readonly block: number; readonly log_index: number }): Place {
  return { block, log };
}

/** Two ordered lists as one. */
function merged(payments: readonly HistoryPayment[], events: readonly TimedEvent[]): HistoryRow[] {
  const rows: HistoryRow[] = [];
  let next = 0;
  const takeEvents = (before: { readonly block: number; readonly log_index: number } | undefined): void => {
    for (let event = events[next]; event !== undefined; event = events[++next]) {
      const later = before !== undefined && (event.block - before.block || event.log_index - before.log_index) >= 0;
      if (later) return;
      rows.push({ event, timestamp: event.timestamp });
    }
  };
  for (const payment of payments) {
    takeEvents(payment);
    rows.push({ payment });
  }
  takeEvents(undefined);
  return rows;
}

/** The file behind a connection, where a thread of its own pays for what it holds above a block. */
async function longFile(database: QueryExecutorProvider, after: number): Promise<string | undefined> {
  if (dialectOf(database) !== "sqlite") return undefined;
  const many = sql`select 1 from payments where block > ${after} limit 1 offset ${THREAD_FROM}`;
  const { rows } = await many.execute(database);
  if (rows.length === 0) return undefined;
  const files = await sql<{ name: string; file: string }>`pragma database_list`.execute(database);
  return files.rows.find(({ name, file }) => name === "main" && file !== "")?.file;
}

/** Every payment, and every event of some kinds, in order; about a page at a time. */
export async function* historyUpTo(
  database: QueryExecutorProvider,
  blocks: BlockSpan,
  kinds: readonly string[],
): AsyncGenerator<HistoryRow[]> {
  const file = await longFile(database, blocks.after);
  yield* file === undefined ? historyByQueries(database, blocks, kinds) : historyByThread(file, blocks, kinds);
}

/** The same by queries of the connection, whatever the database. */
export async function* historyByQueries(
  database: QueryExecutorProvider,
  { after: above, block }: BlockSpan,
  kinds: readonly string[],
): AsyncGenerator<HistoryRow[]> {
  let after: Place = { block: above, log: MOST_LOG };
  for (;;) {
    const payments = await paymentsAfter(database, after, block);
    const last = payments.at(-1);
    // The last page of payments is followed by whatever happened after it.
    const through = last === undefined || payments.length < PAGE ? undefined : placeOf(last);
    const span = { after, through: through ?? { block, log: MOST_LOG } };
    const events: TimedEvent[] = [];
    for await (const page of eventsWithin(database, span, kinds)) events.push(...page);
    yield merged(payments, events);
    if (through === undefined) return;
    after = through;
  }
}

async function paymentsAfter(database: QueryExecutorProvider, after: Place, block: number): Promise<HistoryPayment[]> {
  const query = sql<HistoryPayment>`
    select id, payer, payee, token, amount, substr(terms, ${sql.lit(ARBITER_AT)}, 40) as arbiter,
      block, log_index, timestamp
    from payments
    where (block, log_index) > (${after.block}, ${after.log}) and block <= ${block}
    order by block, log_index limit ${PAGE}`;
  return (await query.execute(database)).rows;
}

/** Events of some kinds after a place, up to another, with the time of their blocks; a page at a time. */
async function* eventsWithin(
  database: QueryExecutorProvider,
  span: { readonly after: Place; readonly through: Place },
  kinds: readonly string[],
): AsyncGenerator<TimedEvent[]> {
  const { through } = span;
  for (let { after } = span; ;) {
    // In the order of the primary key: by the index over kinds every page would sort all that is left.
    const query = sql<TimedEvent>`
      select events.block, log_index, kind, subject, body, blocks.timestamp
      from events join blocks on blocks.number = events.block
      where (block, log_index) > (${after.block}, ${after.log})
        and (block, log_index) <= (${through.block}, ${through.log})
        and kind || '' in (${sql.join(kinds)})
      order by block, log_index limit ${PAGE}`;
    const { rows } = await query.execute(database);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = placeOf(last);
  }
}
