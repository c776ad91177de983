import { join } from "node:path";

import { HistorySnapshots } from "../chain/historySnapshots.ts";
import type { NodeSettings } from "../config.ts";
import { messageOf } from "../errors.ts";
import type { Binding } from "../store/stores.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** Where a node keeps its folded history, as the settings say; undefined where they want none kept. */
export function createSnapshots(
  { dataDir, historySnapshotEvents: everyEvents }: NodeSettings,
  binding: Binding,
  metrics: Metrics,
  log: Logger,
): HistorySnapshots | undefined {
  if (everyEvents === 0) return undefined;
  const events = {
    loaded: (count: number, seconds: number): void => {
      metrics.historyLoadSeconds.set(seconds);
      log.info({ events: count, seconds }, "read history from its snapshot");
    },
    refused: (reason: string): void => log.info({ reason }, "folds history from the store: its snapshot is not used"),
    written: (written: object): void => log.info(written, "wrote a snapshot of history"),
    failed: (error: unknown): void => log.warn({ reason: messageOf(error) }, "no snapshot of history could be written"),
    behind: (count: number): void => metrics.historyUnsaved.set(count),
  };
  const directory = join(dataDir, "history");
  return new HistorySnapshots({ directory, binding, everyEvents, events, clock: () => performance.now() });
}
