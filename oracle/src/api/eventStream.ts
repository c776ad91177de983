import { once } from "node:events";
import type { Response } from "express";

import type { Feed, FeedFilter } from "../service/feed.ts";
import { feedEvent } from "../service/feedEvent.ts";
import type { FeedRow } from "../store/serviceSchema.ts";

export interface StreamOptions {
  readonly heartbeatMs: number;
  /** A reader that takes nothing for so long is cut. */
  readonly slowReaderMs: number;
}

const PAGE = 100;

function frame(row: FeedRow): string {
  return `id: ${row.seq}\nevent: ${row.kind}\ndata: ${JSON.stringify(feedEvent(row))}\n\n`;
}

/** Writes, and waits for a reader that lags. Answers whether he is still there. */
async function written(response: Response, text: string, slowReaderMs: number): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (response.write(text)) return true;
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), slowReaderMs);
  try {
    const { signal } = over;
    await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  } catch {
    // He took nothing in all that time: what waits for him must not fill the memory.
    response.destroy();
  } finally {
    clearTimeout(timer);
    // Takes the listener away that is still there.
    over.abort();
  }
  return !response.destroyed;
}

/** Sends events after a number for as long as the reader stays and the node runs. */
export async function streamEvents(
  feed: Feed,
  response: Response,
  from: number,
  filter: FeedFilter,
  { heartbeatMs, slowReaderMs }: StreamOptions,
): Promise<void> {
  response.status(200);
  response.setHeader("content-type", "text/event-stream; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.setHeader("x-accel-buffering", "no");
  response.flushHeaders();
  for (let seq = from; !feed.stopped;) {
    const { version } = feed;
    const rows = await feed.since(seq, PAGE, filter);
    const text = rows.length === 0 ? ": still here\n\n" : rows.map(frame).join("");
    if (!(await written(response, text, slowReaderMs))) return;
    seq = rows.at(-1)?.seq ?? seq;
    if (rows.length < PAGE) await feed.changed(version, heartbeatMs);
  }
  response.end();
}
