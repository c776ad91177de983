import { type Kysely, type SelectQueryBuilder, sql } from "kysely";

import type { ChainTables, DecisionRow, PaymentRow } from "./schema.ts";

/** A payment with the band this node found last, null where it has not looked. */
export type PaymentWithBand = PaymentRow & { readonly band: number | null };

export interface PaymentFilter {
  /** Lower-case. */
  readonly payer?: string | undefined;
  readonly payee?: string | undefined;
  readonly band?: number | undefined;
}

export interface BlockPlace {
  readonly block: number;
  readonly logIndex: number;
}

export type Side = "payer" | "payee";

type Payments = SelectQueryBuilder<ChainTables, "payments", PaymentWithBand>;

/** What the API reads beside single payments: pages in the order of the chain, newest first. */
export class ServiceReads {
  readonly #database: Kysely<ChainTables>;

  constructor(database: Kysely<ChainTables>) {
    this.#database = database;
  }

  #payments(): Payments {
    return this.#database
      .selectFrom("payments")
      .selectAll("payments")
      .select((row) =>
        row
          .selectFrom("decisions")
          .select("decisions.band")
          .whereRef("decisions.id", "=", "payments.id")
          .orderBy("decisions.as_of", "desc")
          .limit(1)
          .as("band"),
      );
  }

  /** Payments below a place, newest first. */
  async payments(filter: PaymentFilter, below: BlockPlace | undefined, most: number): Promise<PaymentWithBand[]> {
    const { payer, payee, band } = filter;
    let query = this.#payments();
    if (payer !== undefined) query = query.where("payments.payer", "=", payer);
    if (payee !== undefined) query = query.where("payments.payee", "=", payee);
    if (band !== undefined) {
      query = query.where(
        sql<boolean>`exists (select 1 from decisions found where found.id = payments.id and found.band = ${band}
          and not exists (select 1 from decisions later where later.id = found.id and later.as_of > found.as_of))`,
      );
    }
    if (below !== undefined) {
      query = query.where((where) =>
        where(where.refTuple("payments.block", "payments.log_index"), "<", where.tuple(below.block, below.logIndex)),
      );
    }
    return query.orderBy("payments.block", "desc").orderBy("payments.log_index", "desc").limit(most).execute();
  }

  async payment(id: string): Promise<PaymentWithBand | undefined> {
    return this.#payments().where("payments.id", "=", id).executeTakeFirst();
  }

  /** Payments authorized in blocks from one to another, both included, oldest first. */
  async between(from: number, to: number): Promise<PaymentRow[]> {
    const query = this.#database.selectFrom("payments").selectAll();
    return query.where("block", ">=", from).where("block", "<=", to).orderBy("block").orderBy("log_index").execute();
  }

  /** Payments that this node would hold or block, or that are held or blocked on chain, below a place, newest first. */
  async reviewable(below: BlockPlace | undefined, most: number): Promise<PaymentWithBand[]> {
    let query = this.#payments().where(
      sql<boolean>`(exists (select 1 from decisions found where found.id = payments.id and found.band > 1)
        or exists (select 1 from events posted where posted.subject = payments.id and posted.kind = 'posted'
          and posted.body not like '%"band":"1"%'))`,
    );
    if (below !== undefined) {
      query = query.where((where) =>
        where(where.refTuple("payments.block", "payments.log_index"), "<", where.tuple(below.block, below.logIndex)),
      );
    }
    return query.orderBy("payments.block", "desc").orderBy("payments.log_index", "desc").limit(most).execute();
  }

  /** Decisions of this node below a place, newest block first. */
  async decisions(below: { asOf: number; id: string } | undefined, most: number): Promise<DecisionRow[]> {
    let query = this.#database.selectFrom("decisions").selectAll();
    if (below !== undefined) {
      query = query.where((where) => where(where.refTuple("as_of", "id"), "<", where.tuple(below.asOf, below.id)));
    }
    return query.orderBy("as_of", "desc").orderBy("id", "desc").limit(most).execute();
  }

  async countOf(side: Side, address: string): Promise<number> {
    const row = await this.#database
      .selectFrom("payments")
      .select((one) => one.fn.countAll<number>().as("payments"))
      .where(side, "=", address)
      .executeTakeFirstOrThrow();
    return Number(row.payments);
  }
}
