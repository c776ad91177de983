import type { Kysely, Transaction } from "kysely";

import type { ServiceTables } from "../../store/serviceSchema.ts";
import { leafOf, type Statement } from "../digest.ts";
import type { PeerOutcome } from "../gather.ts";
import { bucketOf } from "./latencies.ts";
import type { PeerOutcomeRow, StatementRow } from "./peerSchema.ts";

export interface RecorderOptions {
  /** The newest block read. */
  readonly head: () => number;
  /** Milliseconds of the node's clock. */
  readonly now: () => number;
  /** Told of a peer that signed two different facts for one thing. */
  readonly onContradiction: (signer: string, subject: string) => void;
  readonly onError: (error: unknown) => void;
}

interface Tally {
  readonly fromBlock: number;
  readonly counts: Map<string, number>;
  readonly latencies: Map<number, number>;
}

/** Statements that agreed and are kept in case their signer contradicts them. */
const MOST_STATEMENTS = 100_000;
const FLUSH_MS = 1_000;
const MOST_IN_INSERT = 200;

/** What was signed as rows: one, or one for each payment of a batch. */
export function rowsOf(
  signer: string,
  epoch: string,
  statements: readonly Statement[],
  signature: string,
  batch: boolean,
): StatementRow[] {
  const leaves = batch ? statements.map(leafOf).join(" ") : "";
  return statements.map(({ subject, asOf, asOfHash, facts }, place) => ({
    ...{ signer: signer.toLowerCase(), epoch, subject, as_of: asOf, as_of_hash: asOfHash, facts, signature },
    ...{ leaves, place: batch ? place : 0 },
  }));
}

function keyOf(row: StatementRow): string {
  return [row.signer, row.epoch, row.subject, row.as_of, row.as_of_hash].join("/");
}

/**
 * Writes down what peers sign and how they answer, in groups and out of the way of answers. What contradicts this node or the
 * peer itself is kept for ever as evidence; statements that agree are kept while they are among the newest.
 */
export class PeerRecords {
  readonly #database: Kysely<ServiceTables>;
  readonly #options: RecorderOptions;
  #tallies = new Map<string, Tally>();
  #statements: StatementRow[] = [];
  #evidence: StatementRow[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();

  constructor(database: Kysely<ServiceTables>, options: RecorderOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Notes what became of a question; where a peer differs, what this node signed itself, too. */
  note(told: PeerOutcome): void {
    const { signer, outcome, code, latencyMs, ballot, answer, own } = told;
    const tally = this.#tallyOf(signer.toLowerCase());
    const name = code === "" ? outcome : `${outcome}:${code}`;
    tally.counts.set(name, (tally.counts.get(name) ?? 0) + 1);
    if (answer !== undefined) {
      const bucket = bucketOf(latencyMs);
      tally.latencies.set(bucket, (tally.latencies.get(bucket) ?? 0) + 1);
      const rows = rowsOf(signer, answer.epoch, answer.statements, answer.signature, ballot.batch);
      this.#statements.push(...rows);
      if (outcome === "differed") {
        const differing = new Set(told.differences.map((difference) => difference.subject));
        const { epoch, statements, batch } = ballot;
        const ours = own === undefined ? [] : rowsOf(own.signer, epoch.address, statements, own.signature, batch);
        this.#evidence.push(...[...rows, ...ours].filter((row) => differing.has(row.subject)));
      }
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Writes what was noted. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#write()).catch(this.#options.onError);
    return this.#flushing;
  }

  #tallyOf(signer: string): Tally {
    const known = this.#tallies.get(signer);
    if (known !== undefined) return known;
    const made: Tally = { fromBlock: this.#options.head(), counts: new Map(), latencies: new Map() };
    this.#tallies.set(signer, made);
    return made;
  }

  async #write(): Promise<void> {
    const [tallies, statements, evidence] = [this.#tallies, this.#statements, this.#evidence];
    if (tallies.size === 0 && statements.length === 0 && evidence.length === 0) return;
    this.#tallies = new Map();
    this.#statements = [];
    this.#evidence = [];
    const at = this.#options.now();
    const contradictions = await this.#database.transaction().execute(async (transaction) => {
      await this.#writeTallies(transaction, tallies, at);
      const found = await this.#writeStatements(transaction, statements);
      await insertEvidence(transaction, [...evidence, ...found], at);
      return found;
    });
    const told = new Set<string>();
    for (const row of contradictions) {
      if (!told.has(keyOf(row))) this.#options.onContradiction(row.signer, row.subject);
      told.add(keyOf(row));
    }
  }

  async #writeTallies(
    transaction: Transaction<ServiceTables>,
    tallies: ReadonlyMap<string, Tally>,
    at: number,
  ): Promise<void> {
    // Several replicas may write at once: the clock and chance keep their rows apart.
    let seq = at * 4_096 + Math.floor(Math.random() * 2_048);
    const rows = [...tallies].map(([signer, { fromBlock, counts, latencies }]): PeerOutcomeRow => {
      const blocks = { from_block: fromBlock, to_block: Math.max(fromBlock, this.#options.head()) };
      const [countsJson, latenciesJson] = [counts, latencies].map((map) => JSON.stringify(Object.fromEntries(map)));
      return { seq: seq++, signer, ...blocks, counts: countsJson ?? "", latencies: latenciesJson ?? "", at };
    });
    if (rows.length > 0) await transaction.insertInto("peer_outcomes").values(rows).execute();
  }

  /** Rows of the signers who have signed two different facts for one thing, both of each. */
  async #writeStatements(
    transaction: Transaction<ServiceTables>,
    rows: readonly StatementRow[],
  ): Promise<StatementRow[]> {
    if (rows.length === 0) return [];
    let seq = await nextSeq(transaction);
    const found: StatementRow[] = [];
    for (let from = 0; from < rows.length; from += MOST_IN_INSERT) {
      const some = rows.slice(from, from + MOST_IN_INSERT);
      const fresh = some.map((row) => ({ ...row, seq: seq++ }));
      await transaction
        .insertInto("peer_statements")
        .values(fresh)
        .onConflict((clash) => clash.doNothing())
        .execute();
      const subjects = [...new Set(some.map((row) => row.subject))];
      const stored = await transaction
        .selectFrom("peer_statements")
        .selectAll()
        .where("subject", "in", subjects)
        .execute();
      const byKey = new Map(stored.map(({ seq: _, ...row }) => [keyOf(row), row]));
      for (const row of some) {
        const first = byKey.get(keyOf(row));
        if (first !== undefined && first.facts !== row.facts) found.push(first, row);
      }
    }
    await transaction
      .deleteFrom("peer_statements")
      .where("seq", "<", seq - MOST_STATEMENTS)
      .execute();
    return found;
  }
}

async function nextSeq(transaction: Transaction<ServiceTables>): Promise<number> {
  const row = await transaction
    .selectFrom("peer_statements")
    .select((select) => select.fn.max("seq").as("last"))
    .executeTakeFirst();
  return Number(row?.last ?? 0) + 1;
}

async function insertEvidence(
  transaction: Transaction<ServiceTables>,
  rows: readonly StatementRow[],
  at: number,
): Promise<void> {
  for (const row of rows) {
    await transaction
      .insertInto("peer_evidence")
      .values({ ...row, at })
      .onConflict((clash) => clash.doNothing())
      .execute();
  }
}
