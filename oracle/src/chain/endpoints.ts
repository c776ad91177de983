import { setTimeout as sleep } from "node:timers/promises";

import { asOracleError, OracleError } from "../errors.ts";
import { EndpointHealth } from "./health.ts";
import { BatchingClient, RpcRefusal, type RpcCall, type RpcClient } from "./rpc.ts";
import { quantity } from "./wire.ts";

export interface EndpointsOptions {
  /** Every endpoint must serve it. */
  readonly chainId: number;
  /** Endpoints that must give the same answer about a block. */
  readonly agreement: number;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
  /** Told which endpoint, by its place in the settings, did what. */
  readonly onTrouble?: (endpoint: number, trouble: "failed" | "differed" | "otherChain") => void;
}

interface Endpoint {
  readonly index: number;
  readonly client: RpcClient;
  readonly health: EndpointHealth;
  /** It serves the chain it should. */
  verified: boolean;
}

/** How long a look at the heads waits for the slower endpoints once enough have answered. */
const STRAGGLERS_MS = 150;
/** Blocks an endpoint may stay behind the others before they are asked first. */
const LAG_BLOCKS = 1;

interface Vote<T> {
  readonly value: T;
  readonly from: Endpoint[];
}

/** Some JSON-RPC endpoints of one chain: the healthy are asked first, and as many as must agree. */
export class Endpoints extends BatchingClient {
  readonly #endpoints: readonly Endpoint[];
  readonly #options: EndpointsOptions;

  /** @param clients In the order in which they are preferred. */
  constructor(clients: readonly RpcClient[], options: EndpointsOptions) {
    super();
    this.#endpoints = clients.map((client, index) => ({
      ...{ index, client },
      health: new EndpointHealth(),
      verified: false,
    }));
    this.#options = options;
  }

  /** Answers of the best endpoint that has any; others are asked where it fails or refuses. */
  override async batchSettled(calls: readonly RpcCall[]): Promise<unknown[]> {
    return this.#firstOf(1, async (client) => {
      const results = await client.batchSettled(calls);
      const limited = results.find((result) => result instanceof RpcRefusal && result.kind === "rateLimited");
      if (limited instanceof RpcRefusal) throw limited;
      return results;
    });
  }

  /** The same, each answer given by as many endpoints as must agree: for what is read once and believed for ever. */
  agreed(): RpcClient {
    return new AgreedClient((ask) => this.agree(ask));
  }

  /**
   * Asks as many endpoints as must agree at once, and further ones until so many say the same.
   *
   * @param ask Puts the question to one endpoint. `second` is another that may be asked about a doubtful answer.
   * @throws OracleError RPC_UNAVAILABLE where no answer was given often enough; the refusal where every endpoint refused.
   */
  async agree<T>(ask: (client: RpcClient, second: RpcClient) => Promise<T>): Promise<T> {
    return this.#firstOf(this.#options.agreement, ask);
  }

  /**
   * Answers of the endpoints to a light question, as heads are read, the most trusted first. Those that rest are asked, too,
   * once it is time, but nobody waits for them; nor for stragglers, once as many have answered as must agree.
   *
   * @throws what an endpoint failed with, where none answered.
   */
  async survey<T>(ask: (client: RpcClient) => Promise<T>, head: (answer: T) => number): Promise<T[]> {
    const answers = new Map<Endpoint, T>();
    const failures: unknown[] = [];
    const enough = Promise.withResolvers<void>();
    const question = async (endpoint: Endpoint): Promise<void> => {
      try {
        const answer = await this.#ask(endpoint, ask);
        endpoint.health.named(head(answer));
        answers.set(endpoint, answer);
        if (answers.size >= this.#options.agreement) enough.resolve();
      } catch (error) {
        failures.push(error);
      }
    };
    const awake = this.#endpoints.filter(({ health }) => !health.resting);
    const due = this.#endpoints.filter(({ health }) => health.resting && health.mayBeAsked(this.#options.clock()));
    for (const { health } of awake) health.forgetHead();
    const awaited = (awake.length === 0 ? this.#endpoints : awake).map(question);
    if (awake.length > 0) for (const endpoint of due) void question(endpoint);
    const grace = enough.promise.then(() => sleep(STRAGGLERS_MS, undefined, { ref: false }));
    await Promise.race([Promise.all(awaited), grace]);
    if (answers.size === 0) throw failures[0] instanceof RpcRefusal ? unavailable(failures[0]) : failures[0];
    return this.#ranked().flatMap((endpoint) => {
      const answer = answers.get(endpoint);
      return answer === undefined ? [] : [answer];
    });
  }

  async #firstOf<T>(needed: number, ask: (client: RpcClient, second: RpcClient) => Promise<T>): Promise<T> {
    const waiting = this.#ranked();
    const votes = new Map<string, Vote<T>>();
    const refusals: unknown[] = [];
    while (waiting.length > 0) {
      const best = Math.max(0, ...[...votes.values()].map(({ from }) => from.length));
      const asked = waiting.splice(0, Math.max(1, needed - best));
      await Promise.all(asked.map((endpoint) => this.#collect(endpoint, ask, votes, refusals)));
      const winner = [...votes.values()].find(({ from }) => from.length >= needed);
      if (winner === undefined) continue;
      for (const vote of votes.values()) if (vote !== winner) this.#blame(vote.from);
      return winner.value;
    }
    throw this.#noAgreement(needed, votes.size, refusals);
  }

  async #collect<T>(
    endpoint: Endpoint,
    ask: (client: RpcClient, second: RpcClient) => Promise<T>,
    votes: Map<string, Vote<T>>,
    refusals: unknown[],
  ): Promise<void> {
    const second = this.#ranked().find((other) => other !== endpoint) ?? endpoint;
    try {
      const value = await this.#ask(endpoint, (client) => ask(client, second.client));
      // One answer alone needs no comparison, and may be long.
      const key = this.#options.agreement === 1 ? String(endpoint.index) : (JSON.stringify(value) ?? "");
      const vote = votes.get(key) ?? { value, from: [] };
      vote.from.push(endpoint);
      votes.set(key, vote);
    } catch (error) {
      refusals.push(error);
    }
  }

  #blame(endpoints: readonly Endpoint[]): void {
    for (const { index, health } of endpoints) {
      health.failed(this.#options.clock(), false);
      this.#options.onTrouble?.(index, "differed");
    }
  }

  #noAgreement(needed: number, answers: number, refusals: readonly unknown[]): unknown {
    const mismatch = refusals.find((error) => error instanceof OracleError && error.code === "CHAIN_MISMATCH");
    if (mismatch !== undefined && refusals.length === this.#endpoints.length) return mismatch;
    // What every endpoint says alike, for instance that a range is too large, is for the caller to judge.
    const own = refusals.find((error) => error instanceof RpcRefusal && error.kind !== "rateLimited");
    if (own !== undefined && answers === 0) return own;
    if (needed === 1) return refusals[0] instanceof RpcRefusal ? unavailable(refusals[0]) : refusals[0];
    return new OracleError("RPC_UNAVAILABLE", `no ${needed} RPC endpoints give the same answer`, { answers });
  }

  /** Puts a question and keeps book about the endpoint's health. */
  async #ask<T>(endpoint: Endpoint, ask: (client: RpcClient) => Promise<T>): Promise<T> {
    const { client, health, index } = endpoint;
    try {
      if (!endpoint.verified) await this.#verify(endpoint);
      const value = await ask(client);
      health.answered();
      return value;
    } catch (error) {
      const refused = error instanceof RpcRefusal;
      // A refusal is an answer, too, unless it says that the endpoint has had enough.
      if (refused && error.kind !== "rateLimited") throw error;
      const details = asOracleError(error).details;
      const lacks = details?.["lacksBlock"];
      // Who lacks a block is late; who has named a later one does not have what he says.
      if (typeof lacks === "number" && (health.head ?? -1) < lacks) {
        health.forgetHead();
        throw error;
      }
      const atOnce = refused || lacks !== undefined || details?.["rateLimited"] === true || isMismatch(error);
      health.failed(this.#options.clock(), atOnce);
      this.#options.onTrouble?.(index, isMismatch(error) ? "otherChain" : "failed");
      // Whoever comes back after a failure may be somebody else behind the same name.
      endpoint.verified = false;
      throw error;
    }
  }

  async #verify(endpoint: Endpoint): Promise<void> {
    const actual = quantity(await endpoint.client.call("eth_chainId", []), "chain id");
    if (actual !== this.#options.chainId) {
      throw new OracleError(
        "CHAIN_MISMATCH",
        `rpcUrl: serves chain ${actual}, the settings say ${this.#options.chainId}`,
        { endpoint: endpoint.index },
      );
    }
    endpoint.verified = true;
  }

  /** Those worth asking first; none is left out, for when all are bad one of them may still answer. */
  #ranked(): Endpoint[] {
    const now = this.#options.clock();
    const heads = this.#endpoints.flatMap(({ health }) => health.head ?? []).sort((a, b) => a - b);
    // The middle one: neither a laggard nor one that names blocks which do not exist decides what is late.
    const usual = heads[Math.floor(heads.length / 2)] ?? 0;
    const rank = ({ health }: Endpoint): number => {
      if (!health.mayBeAsked(now)) return 3;
      if (health.resting) return 2;
      return (health.head ?? (heads.length > 0 ? -1 : usual)) < usual - LAG_BLOCKS ? 1 : 0;
    };
    return [...this.#endpoints].sort((a, b) => rank(a) - rank(b) || a.index - b.index);
  }
}

function isMismatch(error: unknown): boolean {
  return error instanceof OracleError && error.code === "CHAIN_MISMATCH";
}

function unavailable(refusal: RpcRefusal): OracleError {
  return new OracleError("RPC_UNAVAILABLE", `the RPC endpoint refuses: ${refusal.message}`, { rateLimited: true });
}

/** A client whose every batch is put to as many endpoints as must agree. */
class AgreedClient extends BatchingClient {
  readonly #agree: (ask: (client: RpcClient) => Promise<unknown[]>) => Promise<unknown[]>;

  constructor(agree: (ask: (client: RpcClient) => Promise<unknown[]>) => Promise<unknown[]>) {
    super();
    this.#agree = agree;
  }

  override async batchSettled(calls: readonly RpcCall[]): Promise<unknown[]> {
    return this.#agree((client) => client.batchSettled(calls));
  }
}
