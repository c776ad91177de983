import { on } from "node:events";
import { Worker } from "node:worker_threads";

import { placeInTerms } from "../chain/terms.ts";
import { type HistoryPage, rowsOfPage } from "./historyPage.ts";
import type { ReaderPlan } from "./historyReader.ts";
import type { HistoryRow } from "./schema.ts";
import { sqliteError } from "./storeError.ts";

/** Pages read ahead of the fold. */
const AHEAD = 64;
const PAGE_ROWS = 1_000;

/** Blocks to read: all above `after`, up to and with `block`. */
export interface BlockSpan {
  readonly after: number;
  readonly block: number;
}

/**
 * Every payment, and every event of some kinds, in order, as of one moment, read by a thread of its own: on a second core
 * reading costs the caller no time.
 *
 * @param path The file chain.sqlite.
 * @throws OracleError STORE_UNAVAILABLE where the file cannot be read.
 */
export async function* historyByThread(
  path: string,
  { after, block }: BlockSpan,
  kinds: readonly string[],
  pageRows = PAGE_ROWS,
): AsyncGenerator<HistoryRow[]> {
  const room = new Int32Array(new SharedArrayBuffer(4)).fill(AHEAD);
  const plan: ReaderPlan = { path, after, block, kinds, arbiterAt: 1 + placeInTerms("arbiter")[0], pageRows, room };
  const worker = new Worker(new URL("./historyReader.ts", import.meta.url), { workerData: plan });
  try {
    for await (const message of on(worker, "message", { close: ["exit"] })) {
      const [page] = message as [HistoryPage | undefined]; // what the program posts
      if (page === undefined) return;
      Atomics.add(room, 0, 1);
      Atomics.notify(room, 0);
      yield rowsOfPage(page, kinds);
    }
    throw new Error("the thread that reads history ended before it had read all");
  } catch (error) {
    throw sqliteError(error);
  } finally {
    await worker.terminate();
  }
}
