import type { Kysely } from "kysely";

import type { ServiceTables } from "../store/serviceSchema.ts";
import type { Voucher } from "./channelJobs.ts";
import type { PaperRow } from "./keeperSchema.ts";
import type { GivenOrder, GivenSettlement } from "./paperJobs.ts";

export type PaperKind = PaperRow["kind"];

/** A paper as it is kept: what it says, by kind. */
export interface PaperBodies {
  readonly order: GivenOrder;
  readonly settlement: GivenSettlement;
  readonly voucher: Voucher;
}

export interface Paper<Kind extends PaperKind = PaperKind> {
  readonly kind: Kind;
  readonly subject: string;
  readonly body: PaperBodies[Kind];
}

/** Fields that are whole numbers of any size. */
const TEXT_FIELDS: ReadonlySet<string> = new Set(["signature", "payerSignature", "payeeSignature"]);

function written(body: object): string {
  return JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

function read(text: string): unknown {
  return JSON.parse(text, (name, value: unknown) => {
    const amount = typeof value === "string" && !TEXT_FIELDS.has(name) && name !== "";
    return amount ? BigInt(value) : value;
  });
}

/** What was handed to the keeper, durable before it says that it has it. One of each kind for a payment or channel. */
export class Papers {
  readonly #database: Kysely<ServiceTables>;

  constructor(database: Kysely<ServiceTables>) {
    this.#database = database;
  }

  /** Keeps a paper in place of the one of this kind that is there. */
  async put<Kind extends PaperKind>(
    kind: Kind,
    subject: string,
    body: PaperBodies[Kind],
    block: number,
  ): Promise<void> {
    const row = { kind, subject, body: written(body), state: "open", given_block: block };
    const { kind: _kind, subject: _subject, ...values } = row;
    await this.#database
      .insertInto("keeper_papers")
      .values(row)
      .onConflict((clash) => clash.columns(["kind", "subject"]).doUpdateSet(values))
      .execute();
  }

  /** Papers about a payment or channel that are not over. */
  async openAbout(subject: string): Promise<Paper[]> {
    const rows = await this.#database
      .selectFrom("keeper_papers")
      .selectAll()
      .where("subject", "=", subject)
      .where("state", "=", "open")
      .execute();
    return rows.map(paperOf);
  }

  async of<Kind extends PaperKind>(
    kind: Kind,
    subject: string,
  ): Promise<(Paper<Kind> & { state: string }) | undefined> {
    const row = await this.#database
      .selectFrom("keeper_papers")
      .selectAll()
      .where("kind", "=", kind)
      .where("subject", "=", subject)
      .executeTakeFirst();
    // `written` wrote a body of this kind.
    return row === undefined ? undefined : ({ ...paperOf(row), state: row.state } as Paper<Kind> & { state: string });
  }

  /** What any open paper is about. */
  async openSubjects(): Promise<{ kind: PaperKind; subject: string }[]> {
    return this.#database.selectFrom("keeper_papers").select(["kind", "subject"]).where("state", "=", "open").execute();
  }

  /** Marks a paper as over, with the reason. */
  async close(kind: PaperKind, subject: string, why: string): Promise<void> {
    await this.#database
      .updateTable("keeper_papers")
      .set({ state: why })
      .where("kind", "=", kind)
      .where("subject", "=", subject)
      .execute();
  }
}

function paperOf({ kind, subject, body }: PaperRow): Paper {
  return { kind, subject, body: read(body) as Paper["body"] }; // `written` wrote it
}
