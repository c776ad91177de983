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
