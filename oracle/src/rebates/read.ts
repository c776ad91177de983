import { type Kysely, sql } from "kysely";

import { placeInTerms } from "../chain/terms.ts";
import { listEventOf } from "../compliance/listEvents.ts";
import type { ChainTables, EventRow } from "../store/schema.ts";
import { CODE_KINDS, codeChangeOf } from "./codeReferrals.ts";
import { LISTS, NO_REFERRAL, type AuthorizedPayment, type Place, type RebateEvent } from "./events.ts";
import type { PlaceInBlock } from "./suffixes.ts";

/** An event with its place, so that a period can end before it. */
export interface PlacedEvent {
  readonly block: number;
  readonly event: RebateEvent;
}

/** Rows read at once. */
const PAGE = 10_000;
const KINDS = ["captured", "refunded", "ruled", "listBatch", ...CODE_KINDS] as const;
const CODES: ReadonlySet<string> = new Set(CODE_KINDS);

interface PaymentFields extends Omit<AuthorizedPayment, "kind" | "logIndex"> {
  readonly log_index: number;
}
type TimedEvent = EventRow & { readonly timestamp: number };
interface RowPlace {
  readonly block: number;
  readonly log_index: number;
}

/** Places of a token's payments in (after, upTo] whose terms name no referral, in order. */
export async function unreferred(
  database: Kysely<ChainTables>,
  token: string,
  { after, upTo }: { readonly after: number; readonly upTo: number },
): Promise<PlaceInBlock[]> {
  const query = sql<PlaceInBlock>`
    select block, log_index as "logIndex", blocks.hash as "blockHash"
    from payments join blocks on blocks.number = payments.block
    where token = ${token} and block > ${after} and block <= ${upTo} and ${digits("referral")} = ${NO_REFERRAL}
    order by block, log_index`;
  return (await query.execute(database)).rows;
}

/** Digits of a field of stored terms. SQL counts from 1. */
function digits(field: Parameters<typeof placeInTerms>[0]) {
  const [from, to] = placeInTerms(field);
  return sql`'0x' || lower(substr(terms, ${sql.lit(from + 1)}, ${sql.lit(to - from)}))`;
}

/** Pages of rows after each other, row by row. */
async function* rowsOf<Row extends RowPlace>(page: (after: Place) => Promise<readonly Row[]>): AsyncGenerator<Row[]> {
  for (let after: Place = { block: -1, logIndex: -1 }; ;) {
    const rows = await page(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield [...rows];
    if (rows.length < PAGE) return;
    after = { block: last.block, logIndex: last.log_index };
  }
}

function payments(database: Kysely<ChainTables>, token: string, upTo: number): AsyncGenerator<PaymentFields[]> {
  return rowsOf(async ({ block, logIndex }) => {
    const query = sql<PaymentFields>`
      select id, payer, payee, ${digits("operator")} as operator, ${digits("feeReceiver")} as "feeReceiver",
        ${digits("arbiter")} as arbiter, ${digits("referral")} as referral, block, log_index, timestamp as time
      from payments
      where (block, log_index) > (${block}, ${logIndex}) and block <= ${upTo} and token = ${token}
      order by block, log_index limit ${PAGE}`;
    return (await query.execute(database)).rows;
  });
}

function events(database: Kysely<ChainTables>, upTo: number): AsyncGenerator<TimedEvent[]> {
  return rowsOf(async ({ block, logIndex }) => {
    // In the order of the primary key: by the index over kinds every page would sort all that is left.
    const query = sql<TimedEvent>`
      select events.block, log_index, kind, subject, body, transaction_hash, blocks.timestamp
      from events join blocks on blocks.number = events.block
      where (block, log_index) > (${block}, ${logIndex}) and block <= ${upTo} and kind || '' in (${sql.join(KINDS)})
      order by block, log_index limit ${PAGE}`;
    return (await query.execute(database)).rows;
  });
}

function textOf(body: object, name: string): string {
  const value: unknown = Reflect.get(body, name);
  if (typeof value !== "string") throw new RangeError(`${name} is no text in a stored event`);
  return value;
}

/** A stored event as the engine takes it. */
function eventOf(row: TimedEvent): RebateEvent {
  const { subject: id, timestamp: time } = row;
  if (row.kind === "listBatch") {
    const { kind, removal, entries } = listEventOf(row);
    return { kind: "listed", list: LISTS[kind] ?? "reported", removal, entries };
  }
  if (CODES.has(row.kind)) return codeChangeOf(row);
  const body: unknown = JSON.parse(row.body);
  if (typeof body !== "object" || body === null) throw new RangeError("a stored event has no body");
  const amount = (name: string): bigint => BigInt(textOf(body, name));
  if (row.kind === "captured") {
    return { kind: "captured", id, amount: amount("amount"), protocolFee: amount("protocolFee"), time };
  }
  if (row.kind === "refunded") {
    return { kind: "refunded", id, amount: amount("amount"), reasonCode: Number(textOf(body, "reasonCode")), time };
  }
  return { kind: "ruled", id, by: textOf(body, "by").toLowerCase(), toPayer: amount("toPayer"), time };
}

/** Events in order, handed out up to a place at a time. */
class EventQueue {
  readonly #pages: AsyncGenerator<TimedEvent[]>;
  #page: readonly TimedEvent[] = [];
  #next = 0;

  constructor(pages: AsyncGenerator<TimedEvent[]>) {
    this.#pages = pages;
  }

  /** Moves what lies before a place, or all, to the end of a list. At one place a payment comes before its capture. */
  async moveBefore(place: RowPlace | undefined, to: PlacedEvent[]): Promise<void> {
    for (;;) {
      for (let row = this.#page[this.#next]; row !== undefined; row = this.#page[++this.#next]) {
        if (place !== undefined && (row.block - place.block || row.log_index - place.log_index) >= 0) return;
        to.push({ block: row.block, event: eventOf(row) });
      }
      const page = await this.#pages.next();
      if (page.done === true) return;
      [this.#page, this.#next] = [page.value, 0];
    }
  }
}

/**
 * A token's payments, and every capture, refund, ruling and list batch, in the order of the chain up to a block, included. A charge
 * is a payment and, after it, its capture at one place. Events of other tokens' payments are among them.
 */
export async function* rebateEvents(
  database: Kysely<ChainTables>,
  token: string,
  upTo: number,
): AsyncGenerator<PlacedEvent[]> {
  const queue = new EventQueue(events(database, upTo));
  for await (const page of payments(database, token, upTo)) {
    const placed: PlacedEvent[] = [];
    for (const row of page) {
      await queue.moveBefore(row, placed);
      const { log_index: logIndex, ...fields } = row;
      placed.push({ block: row.block, event: { kind: "authorized", ...fields, logIndex } });
    }
    yield placed;
  }
  const rest: PlacedEvent[] = [];
  await queue.moveBefore(undefined, rest);
  yield rest;
}
