import { createHmac, randomBytes } from "node:crypto";
import { type Kysely, sql, type Transaction } from "kysely";

import { OracleError } from "../errors.ts";
import type { DeliveryRow, FeedRow, ServiceTables, WebhookRow } from "../store/serviceSchema.ts";

const ID_BYTES = 8;
const SECRET_BYTES = 32;
const MOST_WEBHOOKS = 50;

/** A delivery that somebody waits for. */
export interface DueDelivery {
  readonly delivery: DeliveryRow;
  readonly webhook: WebhookRow;
}

function matches({ kinds }: WebhookRow, kind: string): boolean {
  return kinds === "" || kinds.split(" ").includes(kind) || kind === "rolledBack";
}

/** `t=<seconds>,v1=<hex>` over `<seconds>.<body>`. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

/** Who wants to be told, and what has to be sent to whom. */
export class Webhooks {
  readonly #database: Kysely<ServiceTables>;
  readonly #clock: () => number;

  constructor(database: Kysely<ServiceTables>, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @throws OracleError TOO_MANY_WEBHOOKS. */
  async create(url: string, kinds: readonly string[]): Promise<WebhookRow> {
    const existing = await this.list();
    if (existing.length >= MOST_WEBHOOKS) {
      throw new OracleError("TOO_MANY_WEBHOOKS", `there are ${MOST_WEBHOOKS} webhooks: delete one first`);
    }
    const row = {
      id: `wh_${randomBytes(ID_BYTES).toString("hex")}`,
      ...{ url, kinds: kinds.join(" "), created_at: this.#clock() },
      secret: `whsec_${randomBytes(SECRET_BYTES).toString("base64url")}`,
    };
    await this.#database.insertInto("webhooks").values(row).execute();
    return row;
  }

  async list(): Promise<WebhookRow[]> {
    return this.#database.selectFrom("webhooks").selectAll().orderBy("created_at").orderBy("id").execute();
  }

  /** @throws OracleError UNKNOWN_WEBHOOK. */
  async get(id: string): Promise<WebhookRow> {
    const row = await this.#database.selectFrom("webhooks").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new OracleError("UNKNOWN_WEBHOOK", `there is no webhook ${id.slice(0, 40)}`);
    return row;
  }

  /** @throws OracleError UNKNOWN_WEBHOOK. */
  async remove(id: string): Promise<void> {
    await this.get(id);
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.deleteFrom("deliveries").where("webhook", "=", id).execute();
      await transaction.deleteFrom("webhooks").where("id", "=", id).execute();
    });
  }

  /** Puts new events on everybody's list, together with the events themselves. */
  async enqueue(transaction: Transaction<ServiceTables>, rows: readonly FeedRow[]): Promise<void> {
    const webhooks = await transaction.selectFrom("webhooks").selectAll().execute();
    const fresh = { state: "pending", attempts: 0, due_at: this.#clock(), last_status: null, last_error: null };
    for (const webhook of webhooks) {
      const wanted = rows.filter(({ kind }) => kind !== "started" && matches(webhook, kind));
      const deliveries = wanted.map(({ seq }) => ({ webhook: webhook.id, seq, ...fresh }));
      if (deliveries.length > 0) await transaction.insertInto("deliveries").values(deliveries).execute();
    }
  }

  /** Deliveries of a state, newest event first. */
  async deliveries(id: string, state: string | undefined, below: number | undefined, most: number) {
    let query = this.#database.selectFrom("deliveries").selectAll().where("webhook", "=", id);
    if (state !== undefined) query = query.where("state", "=", state);
    if (below !== undefined) query = query.where("seq", "<", below);
    return query.orderBy("seq", "desc").limit(most).execute();
  }

  /** Deliveries that are due, the one that waits longest first. */
  async due(most: number): Promise<DueDelivery[]> {
    const deliveries = await this.#database
      .selectFrom("deliveries")
      .selectAll()
      .where("state", "=", "pending")
      .where("due_at", "<=", this.#clock())
      .orderBy("due_at")
      .limit(most)
      .execute();
    const webhooks = new Map((await this.list()).map((webhook) => [webhook.id, webhook]));
    return deliveries.flatMap((delivery) => {
      const webhook = webhooks.get(delivery.webhook);
      return webhook === undefined ? [] : [{ delivery, webhook }];
    });
  }

  /** Milliseconds until something is due; undefined where nothing waits. */
  async nextDueMs(): Promise<number | undefined> {
    const row = await this.#database
      .selectFrom("deliveries")
      .select((one) => one.fn.min("due_at").as("due"))
      .where("state", "=", "pending")
      .executeTakeFirst();
    return row?.due === null || row?.due === undefined ? undefined : Math.max(0, Number(row.due) - this.#clock());
  }

  /** Takes a delivery for a while, so that no other process sends it, too. False where another was faster. */
  async claim({ webhook, seq, due_at: before, attempts }: DeliveryRow, leaseMs: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("deliveries")
      .set({ due_at: this.#clock() + leaseMs, attempts: attempts + 1 })
      .where("webhook", "=", webhook)
      .where("seq", "=", seq)
      .where("state", "=", "pending")
      .where("due_at", "=", before)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async settle({ webhook, seq }: DeliveryRow, outcome: Partial<DeliveryRow>): Promise<void> {
    await this.#database
      .updateTable("deliveries")
      .set(outcome)
      .where("webhook", "=", webhook)
      .where("seq", "=", seq)
      .execute();
  }

  /** Sends dead deliveries anew: one event's, or all of them. Answers how many. */
  async redeliver(id: string, seq: number | undefined): Promise<number> {
    let query = this.#database
      .updateTable("deliveries")
      .set({ state: "pending", attempts: 0, due_at: this.#clock() })
      .where("webhook", "=", id);
    query = seq === undefined ? query.where("state", "=", "dead") : query.where("seq", "=", seq);
    const { numUpdatedRows } = await query.executeTakeFirstOrThrow();
    return Number(numUpdatedRows);
  }

  /** Forgets what was delivered long ago, and deliveries of events that are gone. */
  async sweep(): Promise<void> {
    await sql`delete from deliveries where state <> 'pending' and seq < (select coalesce(min(seq), 0) from feed)`.execute(
      this.#database,
    );
  }
}
