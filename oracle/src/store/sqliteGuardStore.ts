import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { GuardStore } from "./guardRows.ts";
import type { GuardRow } from "./schema.ts";
import { tellStatement } from "./statementLog.ts";
import { sqliteError } from "./storeError.ts";

const KEY = "subject = ? and epoch = ? and as_of = ? and as_of_hash = ?";

/** The statements of a commit, prepared once: building and binding one text for all rows cost five times as much. */
interface Statements {
  readonly begin: StatementSync;
  readonly insert: StatementSync;
  readonly read: StatementSync;
  readonly sign: StatementSync;
  readonly commit: StatementSync;
}

function prepare(database: DatabaseSync): Statements {
  return {
    // The lock comes first, so that no other process can slip in between write and read.
    begin: database.prepare("begin immediate"),
    insert: database.prepare(
      "insert into guard (subject, epoch, as_of, as_of_hash, facts) values (?, ?, ?, ?, ?) on conflict do nothing",
    ),
    read: database.prepare(`select facts, signature from guard where ${KEY}`),
    sign: database.prepare(`update guard set signature = ? where ${KEY} and signature is null`),
    commit: database.prepare("commit"),
  };
}

/** The guard's rows in SQLite. A commit runs through in one turn of the event loop: nothing else can use the connection meanwhile. */
export class SqliteGuardStore implements GuardStore {
  readonly #database: DatabaseSync;
  #statements: Statements | undefined;

  /** @param database Its connection; no transaction may be open on it across turns of the event loop while the guard works. */
  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async commit(fresh: readonly GuardRow[], signed: readonly GuardRow[]): Promise<(GuardRow | undefined)[]> {
    const begun = performance.now();
    try {
      const statements = (this.#statements ??= prepare(this.#database));
      statements.begin.run();
      const rows = fresh.map((row) => this.#fix(statements, row));
      for (const { subject, epoch, as_of: asOf, as_of_hash: asOfHash, signature } of signed) {
        statements.sign.run(signature, subject, epoch, asOf, asOfHash);
      }
      statements.commit.run();
      return rows;
    } catch (error) {
      // Some errors, such as a full disk, have rolled back already.
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec("rollback");
      throw sqliteError(error);
    } finally {
      tellStatement("guard", performance.now() - begun);
    }
  }

  /** Writes a row where there is none; the row as it stands. */
  #fix({ insert, read }: Statements, row: GuardRow): GuardRow | undefined {
    const { subject, epoch, as_of: asOf, as_of_hash: asOfHash, facts } = row;
    if (insert.run(subject, epoch, asOf, asOfHash, facts).changes === 1) return row;
    const stood = read.get(subject, epoch, asOf, asOfHash);
    if (stood === undefined) return undefined;
    const { facts: fixed, signature } = stood;
    // The table is strict: facts are text, a signature is text or null.
    return { ...row, facts: String(fixed), signature: typeof signature === "string" ? signature : null };
  }
}
