import { OracleError } from "../errors.ts";

/** Where a page ended. Opaque to clients; here it is the order's own columns, so that new rows move nothing. */
export type Place = readonly (string | number)[];

/** @param list Name of the list, so that a cursor of one is not taken for another's. */
export function cursorOf(list: string, place: Place): string {
  return Buffer.from(JSON.stringify([list, ...place])).toString("base64url");
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}

/**
 * The place in a cursor.
 *
 * @param kinds Type of each column.
 * @throws OracleError INVALID_REQUEST where it is no cursor of this list.
 */
export function placeOf(list: string, kinds: readonly ("string" | "number")[], text: string): Place {
  const value = decoded(text);
  if (Array.isArray(value) && value.length === kinds.length + 1 && value[0] === list) {
    const place: unknown[] = value.slice(1);
    const fits = place.every((part, index) => typeof part === kinds[index] && !Object.is(part, Number.NaN));
    if (fits) return place as Place; // each part was just compared with its type
  }
  const fields = [{ field: "after", problem: "is no cursor of this list" }];
  throw new OracleError("INVALID_REQUEST", "after: is no cursor of this list", { fields });
}

/** One page out of rows that were asked for one more than the limit. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  list: string,
  place: (row: Row) => Place,
  item: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const next = rows.length > limit && last !== undefined ? cursorOf(list, place(last)) : null;
  return { items: kept.map(item), next };
}
