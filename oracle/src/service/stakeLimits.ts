import type { Kysely } from "kysely";

import { heldStake, STAKE_KINDS } from "../chain/stakePosition.ts";
import type { ChainTables } from "../store/schema.ts";

/** From so many whole tokens of stake on a key may ask so many times as often. Ascending in both. */
export type StakeTier = readonly [stakeTokens: number, factor: number];

/** What an account's stake does to the limit of its key. */
export interface StakeShare {
  /** Stake and bond, in the token's smallest unit. */
  readonly stake: bigint;
  /** 1 without a tier. */
  readonly factor: number;
}

const UNITS = 10n ** 18n;
/** A stake is as old as this at most, for each thousand events of the account: its reading stays cheap, whatever it holds. */
const FRESH_MS = 2_000;
const EVENTS_PER_FRESH = 1_000;
const MOST_CACHED = 10_000;

interface Known {
  readonly stake: bigint;
  readonly until: number;
}

/** The factor of the highest tier that the stake reaches, 1 below the first. */
export function factorOf(stake: bigint, tiers: readonly StakeTier[]): number {
  return tiers.findLast(([tokens]) => stake >= BigInt(tokens) * UNITS)?.[1] ?? 1;
}

/** Limits by stake, from the events this node has read: the chain is not asked. */
export class StakeLimits {
  readonly tiers: readonly StakeTier[];
  readonly #chain: Kysely<ChainTables>;
  readonly #clock: () => number;
  readonly #known = new Map<string, Promise<Known>>();

  /** @param clock Milliseconds since the Unix epoch. */
  constructor(chain: Kysely<ChainTables>, tiers: readonly StakeTier[], clock: () => number) {
    this.#chain = chain;
    this.tiers = tiers;
    this.#clock = clock;
  }

  /**
   * What the stake of a key's account does to its limit.
   *
   * @param account Lower-case; undefined for a key without one.
   * @throws OracleError STORE_UNAVAILABLE.
   */
  async of(account: string | undefined): Promise<StakeShare> {
    if (account === undefined || this.tiers.length === 0) return { stake: 0n, factor: 1 };
    const { stake } = await this.#fresh(account);
    return { stake, factor: factorOf(stake, this.tiers) };
  }

  async #fresh(account: string): Promise<Known> {
    const known = this.#known.get(account);
    if (known !== undefined && this.#clock() < (await known).until) return known;
    // Whoever found the same old value waits for one reading.
    const newer = this.#known.get(account);
    if (newer !== undefined && newer !== known) return newer;
    const reading = this.#read(account);
    if (this.#known.size >= MOST_CACHED) this.#known.clear();
    this.#known.set(account, reading);
    reading.catch(() => this.#known.delete(account));
    return reading;
  }

  async #read(account: string): Promise<Known> {
    const events = await this.#chain
      .selectFrom("events")
      .select(["kind", "body"])
      .where("subject", "=", account)
      .where("kind", "in", [...STAKE_KINDS])
      .orderBy("block")
      .orderBy("log_index")
      .execute();
    const freshMs = FRESH_MS * Math.ceil((events.length + 1) / EVENTS_PER_FRESH);
    return { stake: heldStake(events).held, until: this.#clock() + freshMs };
  }
}
