import { type Kysely, sql, type Transaction } from "kysely";

import { OracleError } from "../errors.ts";
import { dialectOf } from "./dialect.ts";
import { type GuardHead, readGuardFile, writeGuardFile } from "./guardFile.ts";
import { checkSigners, FENCE_REQUIRED, readMeta, writeMeta } from "./guardMeta.ts";
import { guardKey, inKeyOrder } from "./guardRows.ts";
import type { GuardRow, GuardTables } from "./schema.ts";
import { bindOne } from "./stores.ts";

/** Rows read or written by one statement: few enough for the parameters a database takes. */
const SLICE_ROWS = 1_000;

/** What is known of the node that imports. */
export interface Importer {
  readonly chainId: number;
  readonly gate: string;
  readonly escrow: string;
  readonly listRegistry?: string | undefined;
  readonly signers: readonly string[];
}

export interface Imported {
  /** Rows of the file. */
  readonly rows: number;
  /** Those of them that were missing. */
  readonly inserted: number;
}

async function headOf(transaction: Transaction<GuardTables>): Promise<GuardHead> {
  const field = async (name: string): Promise<string> => {
    const value = await readMeta(transaction, name);
    if (value !== undefined && value !== "") return value;
    throw new OracleError("BACKUP_INVALID", `the guard has no ${name}: a node has to be started on it first`);
  };
  const { rows } = await sql<{ rows: number; newest: number | null }>`select count(*) as rows, max(as_of) as newest
    from guard`.execute(transaction);
  return {
    chainId: Number(await field("chainId")),
    genesisHash: await field("genesisHash"),
    gate: await field("gate"),
    escrow: await field("escrow"),
    lists: await field("lists"),
    signers: (await field("signers")).split(","),
    rows: Number(rows[0]?.rows ?? 0),
    newestAsOf: rows[0]?.newest ?? null,
  };
}

/** All rows in the order of their key, slice by slice. */
async function* slicesOf(transaction: Transaction<GuardTables>): AsyncGenerator<readonly GuardRow[]> {
  for (let last: GuardRow | undefined; ;) {
    const ordered = transaction.selectFrom("guard").selectAll().orderBy("subject").orderBy("epoch");
    let query = ordered.orderBy("as_of").orderBy("as_of_hash");
    if (last !== undefined) {
      const { subject, epoch, as_of, as_of_hash } = last;
      query = query.where(
        sql<boolean>`(subject, epoch, as_of, as_of_hash) > (${subject}, ${epoch}, ${as_of}, ${as_of_hash})`,
      );
    }
    const rows = await query.limit(SLICE_ROWS).execute();
    if (rows.length > 0) yield rows;
    if (rows.length < SLICE_ROWS) return;
    last = rows.at(-1);
  }
}

/**
 * Writes all that a guard holds at one moment to a file, while nodes go on writing to it.
 *
 * @returns What the file says it holds.
 * @throws OracleError BACKUP_INVALID.
 */
export async function exportGuard(database: Kysely<GuardTables>, path: string): Promise<GuardHead> {
  const begin = database.transaction();
  // SQLite reads one snapshot in any transaction, PostgreSQL where it is asked to.
  const snapshot = dialectOf(database) === "postgres" ? begin.setIsolationLevel("repeatable read") : begin;
  return snapshot.execute(async (transaction) => {
    const head = await headOf(transaction);
    await writeGuardFile(path, head, slicesOf(transaction));
    return head;
  });
}

/** @throws OracleError DATA_DIR_OTHER_CHAIN, DATA_DIR_OTHER_SIGNER where the file is another node's. */
function checkHead(head: GuardHead, { chainId, gate, escrow, listRegistry, signers }: Importer): void {
  const own = { chainId, gate, escrow, lists: listRegistry ?? "none" };
  for (const [field, value] of Object.entries(own)) {
    const found = head[field as keyof typeof own]; // the keys of the object above
    const expected = typeof value === "string" ? value.toLowerCase() : value;
    if (found === expected) continue;
    const message = `the file is of ${field} ${found}, the settings say ${expected}: it is another node's guard`;
    throw new OracleError("DATA_DIR_OTHER_CHAIN", message, { field, file: found, settings: expected });
  }
  checkSigners(
    head.signers,
    signers.map((address) => address.toLowerCase()),
  );
}

/** @throws OracleError GUARD_CONFLICT where a row stands with other facts than the file's. */
async function checkSame(transaction: Transaction<GuardTables>, rows: readonly GuardRow[]): Promise<void> {
  const facts = new Map(rows.map((row) => [guardKey(row), row.facts]));
  const subjects = [...new Set(rows.map((row) => row.subject))];
  const stood = await transaction.selectFrom("guard").selectAll().where("subject", "in", subjects).execute();
  for (const row of stood) {
    const imported = facts.get(guardKey(row));
    if (imported === undefined || imported === row.facts) continue;
    throw new OracleError(
      "GUARD_CONFLICT",
      `the guard holds other facts of ${row.subject} as of block ${row.as_of} than the file: one of them is no guard of ` +
        "this key, or the key has signed twice. Nothing was imported",
      { ...row, imported },
    );
  }
}

async function insertMissing(transaction: Transaction<GuardTables>, rows: readonly GuardRow[]): Promise<number> {
  const inserted = await transaction
    .insertInto("guard")
    .values(inKeyOrder(rows))
    .onConflict((clash) => clash.doNothing())
    .returning("subject")
    .execute();
  if (inserted.length < rows.length) await checkSame(transaction, rows);
  return inserted.length;
}

/**
 * Adds the rows of a file that are missing, all or none, and requires a fence: the file may be older than the last signature.
 *
 * @throws OracleError BACKUP_INVALID, DATA_DIR_OTHER_CHAIN or DATA_DIR_OTHER_SIGNER for a wrong file; GUARD_CONFLICT where it
 *   contradicts what is there.
 */
export async function importGuard(database: Kysely<GuardTables>, path: string, importer: Importer): Promise<Imported> {
  // Read twice: a damaged file must be called that, and not a contradiction that nobody signed.
  let whole = 0;
  for await (const rows of (await readGuardFile(path, SLICE_ROWS)).slices) whole += rows.length;
  const { head, slices } = await readGuardFile(path, SLICE_ROWS);
  checkHead(head, importer);
  return database.transaction().execute(async (transaction) => {
    const { chainId, genesisHash, gate, escrow, lists } = head;
    await bindOne(transaction, "guard", { chainId, genesisHash, gate, escrow, lists });
    const bound = ((await readMeta(transaction, "signers")) ?? "").split(",").filter((address) => address !== "");
    checkSigners(bound, head.signers);
    await writeMeta(transaction, "signers", [...new Set([...bound, ...head.signers])].join(","));
    let inserted = 0;
    for await (const rows of slices) inserted += await insertMissing(transaction, rows);
    await writeMeta(transaction, "fence", FENCE_REQUIRED);
    return { rows: whole, inserted };
  });
}
