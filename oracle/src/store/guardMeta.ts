import { type Kysely, type QueryExecutorProvider, sql } from "kysely";

import { OracleError } from "../errors.ts";
import type { GuardTables } from "./schema.ts";

/** What the guard's `meta` table says beside the chain it belongs to. */
export type GuardMeta = "signers" | "instance" | "fence";

/** A fence that has to be set before anything is signed. */
export const FENCE_REQUIRED = "required";

/** Blocks up to which only what is in the guard may be signed. */
export const NO_FENCE = -1;

export async function readMeta(database: QueryExecutorProvider, name: string): Promise<string | undefined> {
  const { rows } = await sql<{ value: string }>`select value from meta where name = ${name}`.execute(database);
  return rows[0]?.value;
}

export async function writeMeta(database: QueryExecutorProvider, name: GuardMeta, value: string): Promise<void> {
  await sql`insert into meta (name, value) values (${name}, ${value})
    on conflict (name) do update set value = excluded.value`.execute(database);
}

/** Last block of the fence as it is stored: infinity while one has to be set, `NO_FENCE` where there is none. */
export async function readFence(database: QueryExecutorProvider): Promise<number> {
  const stored = await readMeta(database, "fence");
  if (stored === undefined) return NO_FENCE;
  return stored === FENCE_REQUIRED ? Number.POSITIVE_INFINITY : Number(stored);
}

/**
 * Ties the guard to the keys that fill it. A key that joins in a rotation is added, for good.
 *
 * @param addresses The node's keys.
 * @throws OracleError DATA_DIR_OTHER_SIGNER where only other keys have filled it.
 */
export async function bindSigners(database: Kysely<GuardTables>, addresses: readonly string[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    // Writing first takes the row's lock: of two nodes that come at once the second sees the first.
    const { rows } = await sql<{ value: string }>`insert into meta (name, value) values ('signers', '')
      on conflict (name) do update set value = meta.value returning value`.execute(transaction);
    const bound = (rows[0]?.value ?? "").split(",").filter((address) => address !== "");
    const own = addresses.map((address) => address.toLowerCase());
    checkSigners(bound, own);
    const all = [...new Set([...bound, ...own])];
    if (all.length > bound.length) await writeMeta(transaction, "signers", all.join(","));
  });
}

/** @throws OracleError DATA_DIR_OTHER_SIGNER where none of a node's keys is among those of a guard that has some. */
export function checkSigners(bound: readonly string[], own: readonly string[]): void {
  if (bound.length === 0 || own.some((address) => bound.includes(address))) return;
  throw new OracleError(
    "DATA_DIR_OTHER_SIGNER",
    `the guard remembers what ${bound.join(" and ")} signed, this node signs as ${own.join(" and ")}: give each node a ` +
      "database or data directory of its own; a key is replaced by a rotation, with both named for a while",
    { signers: bound, actual: own },
  );
}
