import { randomUUID } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Kysely, sql } from "kysely";

import { dialectOf } from "./dialect.ts";
import { FENCE_REQUIRED, NO_FENCE, readFence, readMeta, writeMeta } from "./guardMeta.ts";
import type { GuardTables } from "./schema.ts";

/** Up to which block only what is in the guard may be signed. */
export interface Fence {
  /** Minus one where there is none, infinity while one has to be set. */
  readonly block: number;
}

export interface GuardCopyOptions {
  readonly dataDir: string;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

/** Beside the guard's file, and in no backup of it. */
const INSTANCE_FILE = "guard.instance";
/** Stands for the id of a guard that has none yet. */
const FIRST = "first";
/** A copy of a file taken longer ago than this is told from the file itself. */
const RENEW_AFTER_MS = 10 * 60_000;

/** Replaces a small file so that after a loss of power it holds the old text or the new. */
function replaceFile(path: string, text: string): void {
  const fresh = `${path}.part`;
  writeFileSync(fresh, text, { mode: 0o600, flush: true });
  renameSync(fresh, path);
}

function syncDir(dir: string): void {
  const descriptor = openSync(dir, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function idsIn(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, "utf8").trim().split("\n");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Names the cluster, the database in it, and its line of history, which a restored or promoted cluster leaves. Every role
 * may ask.
 */
async function postgresIdentity(database: Kysely<GuardTables>): Promise<string> {
  const { rows } = await sql<{ identity: string }>`select (select system_identifier from pg_control_system())
    || '/' || (select oid from pg_database where datname = current_database())
    || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as identity`.execute(database);
  return String(rows[0]?.identity);
}

/**
 * Tells whether the guard is the one that was last used here, or another copy of it, which may have forgotten signatures.
 * Of another copy nothing is signed until somebody has set a fence.
 */
export class GuardCopy implements Fence {
  readonly #database: Kysely<GuardTables>;
  readonly #options: GuardCopyOptions;
  readonly #file: string;
  #block = Number.POSITIVE_INFINITY;
  #renewedAt = 0;
  #polling: Promise<void> | undefined;

  constructor(database: Kysely<GuardTables>, options: GuardCopyOptions) {
    this.#database = database;
    this.#options = options;
    this.#file = join(options.dataDir, INSTANCE_FILE);
  }

  get block(): number {
    return this.#block;
  }

  /** Looks whether this is the copy last used here, requires a fence if not, and makes it the one in use. */
  async claim(): Promise<void> {
    if (dialectOf(this.#database) === "postgres") await this.#claimDatabase();
    else await this.#claimFile();
    this.#block = await readFence(this.#database);
  }

  /** Looks again, beside what else the node does: a fence was set, or the server was replaced. */
  poll(failed: (error: unknown) => void): void {
    this.#polling ??= this.#look()
      .catch(failed)
      .finally(() => (this.#polling = undefined));
  }

  async close(): Promise<void> {
    await this.#polling;
  }

  async #look(): Promise<void> {
    if (dialectOf(this.#database) === "postgres") await this.#claimDatabase();
    else if (this.#options.clock() - this.#renewedAt >= RENEW_AFTER_MS) await this.#renew();
    this.#block = await readFence(this.#database);
  }

  async #claimDatabase(): Promise<void> {
    const actual = await postgresIdentity(this.#database);
    const stored = await readMeta(this.#database, "instance");
    if (stored === actual) return;
    if (stored !== undefined) await this.#requireFence();
    await writeMeta(this.#database, "instance", actual);
  }

  async #claimFile(): Promise<void> {
    const ids = idsIn(this.#file);
    const stored = await readMeta(this.#database, "instance");
    const fresh = stored === undefined && ids === undefined;
    if (!fresh && ids?.includes(stored ?? FIRST) !== true) await this.#requireFence();
    await this.#renew();
  }

  async #requireFence(): Promise<void> {
    this.#block = Number.POSITIVE_INFINITY;
    await writeMeta(this.#database, "fence", FENCE_REQUIRED);
  }

  /** Gives the guard another id. The file names both meanwhile, so that an end at any moment leaves one that fits. */
  async #renew(): Promise<void> {
    const old = (await readMeta(this.#database, "instance")) ?? FIRST;
    const id = randomUUID();
    replaceFile(this.#file, `${old}\n${id}\n`);
    syncDir(this.#options.dataDir);
    await writeMeta(this.#database, "instance", id);
    replaceFile(this.#file, `${id}\n`);
    this.#renewedAt = this.#options.clock();
  }
}

/** A guard without a fence, as one that never left its place. */
export const UNFENCED: Fence = { block: NO_FENCE };
