import { createHash } from "node:crypto";
import type { Kysely } from "kysely";

import type { AuditRow, ServiceTables } from "../store/serviceSchema.ts";

/** What the first row follows. */
const GENESIS = "0".repeat(64);
/** Replicas may write at once; whoever was second takes the next number. */
const MOST_ATTEMPTS = 20;

export interface Action {
  /** Who: `key:<id>` or `cli`. */
  readonly actor: string;
  readonly action: string;
  /** Payment id, key id or webhook id. */
  readonly subject: string;
  readonly body: Readonly<Record<string, unknown>>;
}

function hashOf({ seq, at, actor, action, subject, body, previous }: Omit<AuditRow, "hash">): string {
  const text = JSON.stringify([seq, at, actor, action, subject, body, previous]);
  return createHash("sha256").update(text).digest("hex");
}

/** The first row that does not follow from the ones before, undefined where all do. Rows from the first on. */
export function brokenAt(rows: readonly AuditRow[]): number | undefined {
  let previous = GENESIS;
  for (const [index, row] of rows.entries()) {
    if (row.seq !== index + 1 || row.previous !== previous || hashOf(row) !== row.hash) return index + 1;
    previous = row.hash;
  }
  return undefined;
}

/** What operators did: rows are only ever added, and each one's hash covers all before it. */
export class Audit {
  readonly #database: Kysely<ServiceTables>;
  readonly #clock: () => number;

  constructor(database: Kysely<ServiceTables>, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  async append({ actor, action, subject, body }: Action): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const last = await this.#database
        .selectFrom("audit")
        .select(["seq", "hash"])
        .orderBy("seq", "desc")
        .limit(1)
        .executeTakeFirst();
      const content = { actor, action, subject, body: JSON.stringify(body) };
      const row = { seq: (last?.seq ?? 0) + 1, at: this.#clock(), ...content, previous: last?.hash ?? GENESIS };
      const inserted = await this.#database
        .insertInto("audit")
        .values({ ...row, hash: hashOf(row) })
        .onConflict((clash) => clash.column("seq").doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows === 1n) return;
    }
    throw new Error("the audit log is written by too many at once");
  }

  /** Newest first, below a number. */
  async page(below: number | undefined, most: number): Promise<AuditRow[]> {
    let query = this.#database.selectFrom("audit").selectAll();
    if (below !== undefined) query = query.where("seq", "<", below);
    return query.orderBy("seq", "desc").limit(most).execute();
  }

  /** All of it, oldest first. */
  async all(): Promise<AuditRow[]> {
    return this.#database.selectFrom("audit").selectAll().orderBy("seq").execute();
  }
}
