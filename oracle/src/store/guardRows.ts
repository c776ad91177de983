import type { GuardRow } from "./schema.ts";

const KEY = ["subject", "epoch", "as_of_hash"] as const;

/** Rows in one order everywhere: of two processes that write the same rows neither waits for the other in a circle. */
export function inKeyOrder(rows: readonly GuardRow[]): GuardRow[] {
  return rows.toSorted((a, b) => {
    const differs = KEY.find((name) => a[name] !== b[name]);
    if (differs === undefined) return a.as_of - b.as_of;
    return a[differs] < b[differs] ? -1 : 1;
  });
}

/** Where the guard keeps its rows. */
export interface GuardStore {
  /**
   * Fixes fresh rows where there are none yet, and adds signatures to rows that have none; all of it is durable when this
   * resolves, or none of it is there.
   *
   * @returns For each fresh row, in order, the row as it stands: its own, or the one that was there before.
   */
  commit(fresh: readonly GuardRow[], signed: readonly GuardRow[]): Promise<(GuardRow | undefined)[]>;
}

/** What tells two rows apart. */
export function guardKey(row: GuardRow): string {
  return `${row.subject}/${row.epoch}/${row.as_of}/${row.as_of_hash}`;
}
