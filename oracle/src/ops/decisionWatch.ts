import type { Kysely } from "kysely";

import type { Examination } from "../attest/examine.ts";
import { engine } from "../chain/epochs.ts";
import { stabilityIndex } from "../evaluate/drift.ts";
import { unpackFacts } from "../facts/facts.ts";
import { BAND } from "../model/bands.ts";
import type { ChainTables } from "../store/schema.ts";
import type { Metrics } from "./metrics.ts";

/** Decisions that band shares are over. */
const BANDS_OVER = 4_096;
/** Decisions of an epoch that its facts are compared with: the first ones; and those that are compared: the newest. */
const REFERENCE = 2_000;
const RECENT = 1_000;
/** Fewer of either say nothing about a distribution. */
const FEWEST = 500;
/** Drift is computed anew after so many decisions, about 10 ms each time. */
const EVERY = 256;

/** The last values of a stream, the oldest forgotten first. */
export class Window<T> {
  readonly #values: T[] = [];
  readonly #size: number;
  #next = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get values(): readonly T[] {
    return this.#values;
  }

  /** Adds a value; answers the one it pushed out. */
  push(value: T): T | undefined {
    if (this.#values.length < this.#size) {
      this.#values.push(value);
      return undefined;
    }
    const gone = this.#values[this.#next];
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#size;
    return gone;
  }
}

/** Facts of an epoch's first decisions beside those of its newest. */
interface FactWindows {
  readonly reference: Int8Array[];
  readonly recent: Window<Int8Array>;
}

/**
 * Keeps band shares and the drift of every fact as metrics. Drift is the population stability index of the newest 1,000
 * decisions under the epoch in force against the first 2,000 this node made under it; with fewer than 500 of either it is
 * not told.
 */
export class DecisionWatch {
  readonly #metrics: Metrics;
  readonly #bands = new Window<number>(BANDS_OVER);
  readonly #counts = new Map<number, number>(Object.values(BAND).map((band) => [band, 0]));
  #epoch = "";
  #facts: FactWindows = { reference: [], recent: new Window(RECENT) };
  #since = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  /** Takes up the decisions the store holds about an epoch, so that a restart forgets nothing. */
  async resume(database: Kysely<ChainTables>, epoch: string): Promise<void> {
    const rows = database.selectFrom("decisions").select(["facts", "band"]).where("epoch", "=", epoch);
    const first = await rows.orderBy("as_of").orderBy("id").limit(REFERENCE).execute();
    const last = await rows.orderBy("as_of", "desc").orderBy("id", "desc").limit(RECENT).execute();
    this.#begin(epoch);
    this.#facts.reference.push(...first.map(({ facts }) => unpackFacts(facts)));
    for (const { facts, band } of last.toReversed()) {
      this.#facts.recent.push(unpackFacts(facts));
      this.#count(band);
    }
  }

  decided(examination: Examination): void {
    const { epoch, facts, band } = examination;
    if (epoch.address !== this.#epoch) this.#begin(epoch.address);
    this.#count(band);
    this.#tellBands();
    if (this.#facts.reference.length < REFERENCE) this.#facts.reference.push(facts);
    this.#facts.recent.push(facts);
    this.#since += 1;
    if (this.#since % EVERY === 0) this.tellDrift(engine(epoch).schema.slots.map((slot) => slot.fact));
  }

  /** Sets the drift of every named fact; the first names the first byte of the facts. */
  tellDrift(names: readonly string[]): void {
    const { reference, recent } = this.#facts;
    if (reference.length < FEWEST || recent.values.length < FEWEST) return;
    for (const [slot, fact] of names.entries()) {
      const column = (rows: readonly Int8Array[]): number[] => rows.map((row) => row[slot] ?? 0);
      this.#metrics.factDrift.set({ fact }, stabilityIndex(column(reference), column(recent.values)));
    }
  }

  /** Another model sees facts otherwise, so its references begin anew. */
  #begin(epoch: string): void {
    this.#epoch = epoch;
    this.#facts = { reference: [], recent: new Window(RECENT) };
    this.#since = 0;
    this.#metrics.factDrift.reset();
  }

  #count(band: number): void {
    const gone = this.#bands.push(band);
    this.#counts.set(band, (this.#counts.get(band) ?? 0) + 1);
    if (gone !== undefined) this.#counts.set(gone, (this.#counts.get(gone) ?? 0) - 1);
  }

  #tellBands(): void {
    const total = this.#bands.values.length;
    for (const [band, count] of this.#counts) this.#metrics.bandShare.set({ band }, count / total);
  }
}
