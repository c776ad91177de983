import { computeFacts, packFacts } from "../../../oracle/src/facts/facts.ts";
import { PAYMENT_SCHEMA } from "../../../oracle/src/facts/schema.ts";
import { microOf } from "../../../oracle/src/chain/epochs.ts";
import type { Stores } from "../../../oracle/src/store/stores.ts";
import type { HistorySnapshots } from "../../../oracle/src/chain/historySnapshots.ts";
import { toBeHex } from "ethers";
import type { Random } from "../../shared/random.ts";
import { EPOCH, GeneratedChain, TROUBLED, type Traffic } from "./generatedChain.ts";
import { serveChain, type Served } from "./generatedRpc.ts";
import { openReading, shippedModel, type Reading } from "./reading.ts";
import type { Place } from "./stores.ts";

/** Deepest reorganisation of a random history. */
const DEEPEST = 32;

export interface Counts {
  blocks: number;
  reorganisations: number;
  deepest: number;
  restarts: number;
}

/** Opens the folder of kept history, as each start of a node does. */
export type Keep = () => HistorySnapshots;

interface Plan {
  readonly dice: Random;
  readonly place: Place;
  readonly keep: Keep | undefined;
}

/** A node over a generated chain that is led through growth, reorganisations and restarts. */
export class Wanderer {
  readonly chain: GeneratedChain;
  readonly counts: Counts = { blocks: 0, reorganisations: 0, deepest: 0, restarts: 0 };
  readonly #dice: Random;
  readonly #served: Served;
  readonly #place: Place;
  readonly #keep: Keep | undefined;
  #kept: HistorySnapshots | undefined;
  #stores: Stores;
  #reading: Reading;

  private constructor(
    { dice, place, keep }: Plan,
    chain: GeneratedChain,
    served: Served,
    stores: Stores,
    kept: HistorySnapshots | undefined,
    reading: Reading,
  ) {
    this.#dice = dice;
    this.chain = chain;
    this.#served = served;
    this.#place = place;
    this.#keep = keep;
    this.#kept = kept;
    this.#stores = stores;
    this.#reading = reading;
  }

  /** @param keep Where each process of the node keeps folded history; nowhere, when absent. */
  static async begin(dice: Random, place: Place, traffic: Traffic = TROUBLED, keep?: Keep): Promise<Wanderer> {
    const chain = new GeneratedChain(dice.below(2 ** 31), traffic, 20 + dice.below(60));
    const served = await serveChain(chain, shippedModel().hash, 20 + dice.below(200));
    const stores = await place.open();
    const kept = keep?.();
    const reading = await openReading(served.url, stores, kept === undefined ? {} : { snapshots: kept });
    return new Wanderer({ dice, place, keep }, chain, served, stores, kept, reading);
  }

  get stores(): Stores {
    return this.#stores;
  }

  get reading(): Reading {
    return this.#reading;
  }

  /** The chain grows or changes; the node looks at it, or is restarted first. */
  async step(): Promise<void> {
    const dice = this.#dice;
    const grown = dice.below(24);
    if (dice.below(2) === 0) {
      const depth = Math.min(1 + dice.below(DEEPEST), this.chain.head - 2);
      this.chain.fork(depth, grown);
      this.counts.reorganisations += 1;
      this.counts.deepest = Math.max(this.counts.deepest, depth);
    } else this.chain.head += grown;
    this.counts.blocks += grown;
    if (dice.below(4) === 0) await this.restart();
    await this.#reading.follower.poke();
  }

  /** Another process would find the same: everything is opened and folded anew, with ranges of other sizes. */
  async restart(): Promise<void> {
    await this.#reading.follower.stop();
    // Some stop in order, which keeps what they know; others are killed.
    if (this.#kept !== undefined && this.#dice.below(2) === 0) await this.#kept.stop(this.#reading.state);
    await this.#stores.close();
    this.#stores = await this.#place.open();
    this.#kept = this.#keep?.();
    const keeping = this.#kept === undefined ? {} : { snapshots: this.#kept };
    const sizes = { reorgMarginBlocks: 8 + this.#dice.below(64), backfillRangeBlocks: 1 + this.#dice.below(50) };
    this.#reading = await openReading(this.#served.url, this.#stores, { ...sizes, ...keeping });
    this.counts.restarts += 1;
  }

  /** A node that reads the chain as it is now for the first time. */
  async fresh<T>(place: Place, look: (reading: Reading, stores: Stores) => Promise<T>): Promise<T> {
    const stores = await place.open();
    const reading = await openReading(this.#served.url, stores);
    await reading.follower.poke();
    const seen = await look(reading, stores);
    await stores.close();
    return seen;
  }

  async end(): Promise<void> {
    await this.#reading.follower.stop();
    await this.#kept?.stop(this.#reading.state);
    await this.#stores.close();
    await this.#served.close();
  }
}

/** A payment, known or not, and the block as of which it is asked about. */
export interface Question {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly amount: string;
  readonly block: number;
}

/** Questions about payments of a chain and about strangers, at any block. */
export async function questions(dice: Random, { store, state }: Reading, count: number): Promise<Question[]> {
  const head = state.cursor?.number ?? 0;
  const known: Question[] = [];
  for await (const page of store.paymentsUpTo(head)) known.push(...page);
  return Array.from({ length: count }, () => {
    const [one, other] = [dice.pick(known), dice.pick(known)];
    const block = dice.below(head + 1);
    const stranger = { ...one, id: toBeHex(dice.bits(256), 32), payee: other.payer };
    return { ...(dice.below(3) === 0 ? stranger : one), block };
  });
}

/** The facts that answer a question, packed. */
export function factsFor(question: Question, { state }: Reading, timestamp: number): string {
  const { tokens } = state.epoch(EPOCH);
  const [token] = tokens.keys();
  const micro = microOf(tokens, token ?? "", BigInt(question.amount));
  const at = { block: question.block, timestamp };
  return packFacts(computeFacts(PAYMENT_SCHEMA, { ...question, micro }, state.book.history(tokens), at));
}

/** All that is stored of the chain's events, as text. */
export async function storedText({ store, state }: Reading): Promise<string> {
  const rows: unknown[] = [];
  for await (const page of store.historyUpTo(state.cursor?.number ?? 0, ["captured", "refunded", "ruled", "listBatch"]))
    rows.push(...page);
  return JSON.stringify([state.cursor, rows]);
}
