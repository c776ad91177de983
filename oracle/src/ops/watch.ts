import type { Kysely } from "kysely";

import type { PosterEvents } from "../keeper/poster.ts";
import type { FollowerListener } from "../chain/follower.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { asOracleError, OracleError } from "../errors.ts";
import type { ChainTables } from "../store/schema.ts";
import { onStatement } from "../store/statementLog.ts";
import { DecisionWatch } from "./decisionWatch.ts";
import { LABEL_KINDS, LabelWatch } from "./labelWatch.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { logError } from "./observe.ts";

function hexQuantity(value: unknown): string {
  if (typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value)) return value;
  throw new OracleError("RPC_UNAVAILABLE", "the RPC endpoint answered no balance");
}

export interface WatchDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly database: Kysely<ChainTables>;
  readonly rpc: RpcClient;
  /** Keys that pay for gas or may have to. */
  readonly keys: readonly string[];
  /** Milliseconds of a clock that only rises. */
  readonly clock: () => number;
}

/** Balances change slowly, and each look costs a request. */
const BALANCE_EVERY_MS = 30_000;
const ETHER = 1e18;

/** Turns what the node decides and what the chain says afterwards into metrics; never in the way of either. */
export class Watch {
  readonly #deps: WatchDeps;
  readonly #log: Logger;
  readonly #endStatements: () => void;
  readonly #database: Kysely<ChainTables>;
  readonly #decisions: DecisionWatch;
  readonly #labels: LabelWatch;
  #last: Promise<void> = Promise.resolve();
  #balanceDueMs = 0;

  constructor(deps: WatchDeps) {
    const { metrics, log, database } = deps;
    this.#deps = deps;
    this.#endStatements = onStatement((name, ms) => metrics.databaseSeconds.observe({ database: name }, ms / 1_000));
    this.#log = log;
    this.#database = database;
    this.#decisions = new DecisionWatch(metrics);
    this.#labels = new LabelWatch(metrics, database);
  }

  /** Takes up what the store holds, once the chain was read. */
  resume(epoch: string | undefined): void {
    this.#later(async () => {
      if (epoch !== undefined) await this.#decisions.resume(this.#database, epoch);
      await this.#labels.recount();
    });
  }

  /** The events, each examination shown to the watch, too. */
  decisions(events: PosterEvents): PosterEvents {
    return {
      ...events,
      decided: (examination) => {
        events.decided(examination);
        this.#decisions.decided(examination);
      },
    };
  }

  /** The listener, each label shown to the watch, too. */
  labels(listener: FollowerListener): FollowerListener {
    return {
      ...listener,
      applied: (blocks) => {
        listener.applied(blocks);
        const labels = blocks.flatMap(({ events }) => events.filter(({ kind }) => LABEL_KINDS.includes(kind)));
        if (labels.length > 0) this.#later(() => this.#labels.take(labels));
      },
      rolledBack: (to, depth) => {
        listener.rolledBack(to, depth);
        this.#later(() => this.#labels.recount());
      },
      polled: (error) => {
        listener.polled(error);
        if (error === undefined) this.polled();
      },
    };
  }

  /** Looks at the keys' balances where the last look is long ago. */
  polled(): void {
    const { clock, rpc, keys, metrics } = this.#deps;
    if (clock() < this.#balanceDueMs) return;
    this.#balanceDueMs = clock() + BALANCE_EVERY_MS;
    this.#later(async () => {
      const answers = await rpc.batch(keys.map((key) => ({ method: "eth_getBalance", params: [key, "latest"] })));
      for (const [index, key] of keys.entries()) {
        const wei = BigInt(hexQuantity(answers[index]));
        metrics.keyBalance.set({ key }, Number(wei) / ETHER);
      }
    });
  }

  /** Ends once nothing is left to do. */
  async stop(): Promise<void> {
    await this.#last;
    this.#endStatements();
  }

  #later(task: () => Promise<void>): void {
    this.#last = this.#last
      .then(task)
      .catch((error: unknown) => logError(this.#log, asOracleError(error), { part: "watch" }));
  }
}
