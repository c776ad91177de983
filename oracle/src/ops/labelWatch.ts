import type { Kysely } from "kysely";
import { z } from "zod";

import { termsFromText } from "../chain/terms.ts";
import { REFUND_REASON_FRAUD } from "../facts/events.ts";
import type { ChainTables, EventRow } from "../store/schema.ts";
import type { Metrics } from "./metrics.ts";

/** Kinds of events that can label a payment. */
export const LABEL_KINDS: readonly string[] = ["ruled", "refunded", "listBatch"];

export interface PaymentLabel {
  readonly id: string;
  readonly label: "fraud" | "payee";
  readonly block: number;
}

const ruled = z.object({ by: z.string(), toPayee: z.coerce.bigint(), toPayer: z.coerce.bigint() });
const refunded = z.object({ reasonCode: z.coerce.number().optional() });
const listBatch = z.object({ kind: z.coerce.number(), removal: z.boolean(), entries: z.array(z.string()) });
const FRAUD_LIST = 2;

/**
 * What an event says about payments: the same rules by which history takes its labels.
 *
 * @param arbiter Of the payment the event is about, lower-case.
 */
export function labelsOf(event: EventRow, arbiter: string | undefined): PaymentLabel[] {
  const { subject: id, block } = event;
  const body: unknown = JSON.parse(event.body);
  if (event.kind === "ruled") {
    const { by, toPayee, toPayer } = ruled.parse(body);
    if (by.toLowerCase() !== arbiter) return []; // a side gave in, or the default split: nobody ruled
    return [{ id, label: toPayer > toPayee ? "fraud" : "payee", block }];
  }
  if (event.kind === "refunded") {
    return refunded.parse(body).reasonCode === REFUND_REASON_FRAUD ? [{ id, label: "fraud", block }] : [];
  }
  if (event.kind !== "listBatch") return [];
  const { kind, removal, entries } = listBatch.parse(body);
  return kind === FRAUD_LIST && !removal ? entries.map((entry) => ({ id: entry, label: "fraud", block })) : [];
}

/** Counts payments that the chain labelled, by the band this node had found before the label came. */
export class LabelWatch {
  readonly #metrics: Metrics;
  readonly #database: Kysely<ChainTables>;
  /** Payments that were counted: the first label counts, and none twice. */
  readonly #seen = new Set<string>();

  constructor(metrics: Metrics, database: Kysely<ChainTables>) {
    this.#metrics = metrics;
    this.#database = database;
  }

  /** Counts everything anew, as at the start and after a reorganisation. */
  async recount(): Promise<void> {
    this.#seen.clear();
    this.#metrics.labelled.reset();
    const events = await this.#database
      .selectFrom("events")
      .selectAll()
      .where("kind", "in", LABEL_KINDS)
      .orderBy("block")
      .orderBy("log_index")
      .execute();
    await this.take(events);
  }

  async take(events: readonly EventRow[]): Promise<void> {
    for (const event of events) {
      if (!LABEL_KINDS.includes(event.kind)) continue;
      const arbiter = event.kind === "ruled" ? await this.#arbiterOf(event.subject) : undefined;
      for (const label of labelsOf(event, arbiter)) await this.#count(label);
    }
  }

  async #arbiterOf(id: string): Promise<string | undefined> {
    const payment = await this.#database.selectFrom("payments").select("terms").where("id", "=", id).executeTakeFirst();
    return payment === undefined ? undefined : termsFromText(payment.terms).arbiter.toLowerCase();
  }

  async #count({ id, label, block }: PaymentLabel): Promise<void> {
    if (this.#seen.has(id)) return;
    const decision = await this.#database
      .selectFrom("decisions")
      .select("band")
      .where("id", "=", id)
      .where("as_of", "<=", block)
      .orderBy("as_of")
      .executeTakeFirst();
    if (decision === undefined) return;
    this.#seen.add(id);
    this.#metrics.labelled.inc({ label, band: decision.band });
  }
}
