import type { ListEvent } from "./listEvents.ts";

/** Which entries a file would add, take off, and leave, all in ascending order. */
export interface ListDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/** Entries that stand on one list after all its batches, lower-case. */
export function standing(events: readonly ListEvent[], kind: number): Set<string> {
  const entries = new Set<string>();
  for (const event of events) {
    if (event.kind !== kind) continue;
    for (const entry of event.entries) {
      if (event.removal) entries.delete(entry);
      else entries.add(entry);
    }
  }
  return entries;
}

/** @param wanted What a file holds. */
export function diffList(current: ReadonlySet<string>, wanted: readonly string[]): ListDiff {
  const file = new Set(wanted);
  return {
    added: wanted.filter((entry) => !current.has(entry)),
    removed: [...current].filter((entry) => !file.has(entry)).sort(),
    unchanged: wanted.filter((entry) => current.has(entry)),
  };
}
