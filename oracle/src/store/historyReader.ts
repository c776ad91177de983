/** The program of the thread that reads history out of chain.sqlite, ahead of the thread that folds it. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

import { CAPTURED, PageWriter, type PaymentTexts } from "./historyPage.ts";

/** What the thread is started with. */
export interface ReaderPlan {
  readonly path: string;
  /** The newest block to leave out, and the newest to read. */
  readonly after: number;
  readonly block: number;
  readonly kinds: readonly string[];
  /** Where the arbiter's digits begin in stored terms; SQL counts from 1. */
  readonly arbiterAt: number;
  readonly pageRows: number;
  /** How many pages may still be sent; the other thread adds one for each that it takes. */
  readonly room: Int32Array;
}

type PaymentTuple = readonly [...PaymentTexts, block: number, logIndex: number, timestamp: number];
type EventTuple = readonly [
  ...[block: number, logIndex: number, kind: string, subject: string, amount: unknown, body: string],
  timestamp: number,
];

const BUSY_TIMEOUT_MS = 2_000;

/** Answers one row of a statement after the other, then undefined. */
function rowsOf(database: DatabaseSync, statement: string, values: readonly (string | number)[]): () => unknown {
  const prepared = database.prepare(statement);
  prepared.setReturnArrays(true);
  const rows = prepared.iterate(...values);
  return () => {
    const { done, value } = rows.next();
    return done === true ? undefined : value;
  };
}

function paymentsOf(database: DatabaseSync, plan: ReaderPlan): () => PaymentTuple | undefined {
  const statement = `select id, payer, payee, token, amount, substr(terms, ?, 40), block, log_index, timestamp
    from payments where block > ? and block <= ? order by block, log_index`;
  const next = rowsOf(database, statement, [plan.arbiterAt, plan.after, plan.block]);
  return () => next() as PaymentTuple | undefined; // the columns of the statement, in a strict table
}

function eventsOf(database: DatabaseSync, plan: ReaderPlan): () => EventTuple | undefined {
  // In the order of the primary key: by the index over kinds everything would have to be sorted.
  const statement = `select block, log_index, kind, subject,
      case kind when '${CAPTURED}' then body ->> '$.amount' end, case kind when '${CAPTURED}' then '' else body end,
      blocks.timestamp
    from events join blocks on blocks.number = events.block
    where block > ? and block <= ? and kind || '' in (${plan.kinds.map(() => "?").join(", ")}) order by block, log_index`;
  const next = rowsOf(database, statement, [plan.after, plan.block, ...plan.kinds]);
  return () => next() as EventTuple | undefined; // see above
}

function addEvent(page: PageWriter, event: EventTuple, kinds: readonly string[]): void {
  const [block, logIndex, kind, subject, amount, body, timestamp] = event;
  const said = kind === CAPTURED ? amount : body;
  if (typeof said !== "string") throw new RangeError(`amount is no text in the stored event ${block}/${logIndex}`);
  page.addEvent(kinds.indexOf(kind), subject, said, [block, logIndex, timestamp]);
}

/** Whether a payment comes before an event: where they share a log, it does. */
function isFirst(payment: PaymentTuple, event: EventTuple): boolean {
  return (payment[6] - event[0] || payment[7] - event[1]) <= 0;
}

function send(page: PageWriter, room: Int32Array): void {
  while (Atomics.load(room, 0) <= 0) Atomics.wait(room, 0, 0);
  Atomics.sub(room, 0, 1);
  parentPort?.postMessage(page.page());
}

function read(plan: ReaderPlan): void {
  const database = new DatabaseSync(plan.path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  // One moment for both tables, whatever is written meanwhile.
  database.exec("begin");
  const [nextPayment, nextEvent] = [paymentsOf(database, plan), eventsOf(database, plan)];
  let [payment, event] = [nextPayment(), nextEvent()];
  let page = new PageWriter(plan.pageRows);
  while (payment !== undefined || event !== undefined) {
    if (payment !== undefined && (event === undefined || isFirst(payment, event))) {
      const [id, payer, payee, token, amount, arbiter, block, logIndex, timestamp] = payment;
      page.addPayment([id, payer, payee, token, amount, arbiter], block, logIndex, timestamp);
      payment = nextPayment();
    } else if (event !== undefined) {
      addEvent(page, event, plan.kinds);
      event = nextEvent();
    }
    if (page.rows < plan.pageRows) continue;
    send(page, plan.room);
    page = new PageWriter(plan.pageRows);
  }
  send(page, plan.room);
  database.close();
  // What says that nothing is missing.
  parentPort?.postMessage(undefined);
}

read(workerData as ReaderPlan); // what historyThread.ts starts this program with
