import { sql, type Transaction } from "kysely";
import pg from "pg";

import { OracleError } from "../errors.ts";
import { clientConfig, type PostgresSettings } from "./postgres.ts";
import type { ChainTables } from "./schema.ts";

export interface LeadershipEvents {
  /** This process leads from now on, or no longer. */
  readonly changed: (leading: boolean) => void;
  /** Another process has changed the chain's tables. */
  readonly written: () => void;
  /** A process that does not lead wants the chain's head read now. */
  readonly asked: () => void;
}

/** Which of a node's processes reads the chain into the store, and acts on it. */
export interface Leadership {
  readonly leading: boolean;
  /** Begins to strive for it; ends after the first attempt. */
  start(events: LeadershipEvents): Promise<void>;
  /** Part of every transaction that changes the chain's tables: throws where another process leads by now. */
  readonly onWrite: (transaction: Transaction<ChainTables>) => Promise<void>;
  /** Asks the leader to look at the chain's head. */
  ask(): Promise<void>;
  close(): Promise<void>;
}

/** A process that shares its store with none. */
export function aloneLeadership(): Leadership {
  const nothing = (): Promise<void> => Promise.resolve();
  return { leading: true, start: nothing, onWrite: nothing, ask: nothing, close: nothing };
}

/** Held for as long as the leader's session lives; any number that nothing else of ours uses. */
const LEADER_LOCK = 7_583_232;
const WRITTEN = "sluice_written";
const ASKED = "sluice_asked";
const ATTEMPT_MS = 1_000;
/** A server notices within some five seconds that the leader's machine is gone. */
const KEEPALIVE = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3";
const TERM = sql.lit("term");

/**
 * Leadership by a lock that PostgreSQL gives back when the session of its holder ends, whatever ended it. Each leader has a
 * term of its own, and no transaction of an earlier term changes the chain's tables any more.
 */
export class PostgresLeadership implements Leadership {
  readonly #settings: PostgresSettings;
  #events: LeadershipEvents | undefined;
  #client: pg.Client | undefined;
  #term: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempting: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(settings: PostgresSettings) {
    this.#settings = settings;
  }

  get leading(): boolean {
    return this.#term !== undefined;
  }

  async start(events: LeadershipEvents): Promise<void> {
    this.#events = events;
    this.#attempting = this.#attempt();
    await this.#attempting;
  }

  readonly onWrite = async (transaction: Transaction<ChainTables>): Promise<void> => {
    const { rows } = await sql<{ value: string }>`select value from meta where name = ${TERM} for share`.execute(
      transaction,
    );
    if (this.#term === undefined || rows[0]?.value !== this.#term) {
      throw new OracleError("STORE_UNAVAILABLE", "another process of this node reads the chain by now");
    }
    await sql`select pg_notify(${WRITTEN}, '')`.execute(transaction);
  };

  async ask(): Promise<void> {
    await this.#client?.query("select pg_notify($1, '')", [ASKED]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#attempting;
    const client = this.#client;
    this.#client = undefined;
    this.#term = undefined;
    await client?.end().catch(() => undefined);
  }

  /** One look: connects where it must, strives for the lock, or makes sure that the session which holds it still lives. */
  async #attempt(): Promise<void> {
    try {
      const client = (this.#client ??= await this.#connect());
      if (this.#term === undefined) await this.#strive(client);
      else await client.query("select 1");
    } catch {
      // The server is away: whoever needs it says so. Here it only means that nobody can know who leads.
      this.#drop(this.#client);
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#attempting = this.#attempt();
    }, ATTEMPT_MS);
  }

  async #strive(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ won: boolean }>("select pg_try_advisory_lock($1) as won", [LEADER_LOCK]);
    if (rows[0]?.won !== true || this.#closed) return;
    await client.query("insert into meta (name, value) values ('term', '0') on conflict (name) do nothing");
    const next = "update meta set value = (value::bigint + 1)::text where name = 'term' returning value";
    const { rows: terms } = await client.query<{ value: string }>(next);
    this.#term = terms[0]?.value;
    this.#events?.changed(true);
  }

  async #connect(): Promise<pg.Client> {
    const config = clientConfig(this.#settings, { schema: "chain", connections: 1, durable: true });
    const client = new pg.Client({ ...config, options: `${config.options ?? ""} ${KEEPALIVE}` });
    client.on("error", () => this.#drop(client));
    client.on("end", () => this.#drop(client));
    client.on("notification", ({ channel }) => {
      if (channel === WRITTEN) this.#events?.written();
      if (channel === ASKED) this.#events?.asked();
    });
    await client.connect();
    await client.query(`listen ${WRITTEN}; listen ${ASKED}`);
    return client;
  }

  /** Without the session there is no lock. */
  #drop(client: pg.Client | undefined): void {
    if (client === undefined || client !== this.#client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    if (this.#term === undefined) return;
    this.#term = undefined;
    this.#events?.changed(false);
  }
}
