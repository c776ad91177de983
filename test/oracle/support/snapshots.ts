import { HistorySnapshots, type SnapshotEvents } from "../../../oracle/src/chain/historySnapshots.ts";
import type { Port } from "../../../oracle/src/facts/port.ts";
import { CapturePort } from "../../../oracle/src/store/snapshotPorts.ts";
import type { Binding } from "../../../oracle/src/store/stores.ts";

export const BINDING: Binding = {
  ...{ chainId: 31_337, genesisHash: `0x${"01".repeat(32)}` },
  ...{ gate: `0x${"0a".repeat(20)}`, escrow: `0x${"0b".repeat(20)}`, lists: "none" },
};

/** What was told about snapshots. */
export class Told implements SnapshotEvents {
  readonly loads: number[] = [];
  readonly refusals: string[] = [];
  readonly writes: { block: number; events: number }[] = [];
  readonly failures: unknown[] = [];
  unsaved = 0;
  #written: (() => void) | undefined;

  loaded(events: number): void {
    this.loads.push(events);
  }
  refused(reason: string): void {
    this.refusals.push(reason);
  }
  written(written: { block: number; events: number }): void {
    this.writes.push(written);
    this.#written?.();
  }
  failed(error: unknown): void {
    this.failures.push(error);
    this.#written?.();
  }
  behind(events: number): void {
    this.unsaved = events;
  }
  /** Resolves at the next write that ends. */
  async nextWrite(): Promise<void> {
    await new Promise<void>((resolve) => (this.#written = resolve));
  }
}

/** Opens a folder of snapshots as a node does. */
export function keeping(directory: string, events: SnapshotEvents, changes: object = {}): HistorySnapshots {
  const binding = { ...BINDING, ...changes };
  return new HistorySnapshots({ directory, binding, everyEvents: 10, events, clock: () => performance.now() });
}

/** Everything that something holds, as bytes. */
export function captured(what: { persist(port: Port): void }): Buffer {
  const port = new CapturePort({ active: false });
  what.persist(port);
  port.end();
  return Buffer.concat(port.parts);
}
