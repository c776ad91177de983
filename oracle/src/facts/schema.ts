import { keccak256 } from "ethers/crypto";

import { CONTRACT_FACTS, definitionOf } from "./catalogue.ts";
import type { FactDefinition } from "./definition.ts";
import { NONE } from "./definition.ts";
import { floorDiv } from "./integers.ts";
import { clipInt8 } from "./units.ts";

/** Facts in a schema, and bytes in a word of facts. */
export const FACT_COUNT = 32;

/** From an integer to a signed byte: clip(floor(value * num / den) + offset), or `none` where there is no value. */
export interface Quantiser {
  readonly num: number;
  readonly den: number;
  readonly offset: number;
  readonly none: number;
}

export interface SchemaSlot extends Quantiser {
  readonly fact: string;
}

/** An ordered choice of 32 facts with their quantisers. */
export interface FactSchema {
  readonly slots: readonly SchemaSlot[];
  /** The same order, looked up once. */
  readonly definitions: readonly FactDefinition[];
  /** keccak256 of the canonical JSON of the slots; part of every model and epoch. */
  readonly hash: string;
}

/** The signed byte of a fact's value. */
export function quantise(quantiser: Quantiser, value: number | typeof NONE): number {
  if (value === NONE) return quantiser.none;
  return clipInt8(floorDiv(value * quantiser.num, quantiser.den) + quantiser.offset);
}

/** keccak256 of the JSON of [fact, num, den, offset, none] for each slot, in order. */
export function schemaHash(slots: readonly SchemaSlot[]): string {
  const canonical = JSON.stringify(slots.map((slot) => [slot.fact, slot.num, slot.den, slot.offset, slot.none]));
  return keccak256(new TextEncoder().encode(canonical));
}

function checkSlot(slot: SchemaSlot, index: number): void {
  const { num, den, offset, none } = slot;
  const integers = [num, den, offset, none].every(Number.isSafeInteger);
  if (!integers || den < 1 || none !== clipInt8(none)) throw new RangeError(`slot ${index} has no valid quantiser`);
  const contractFact = CONTRACT_FACTS[index]?.name;
  if (contractFact !== undefined && slot.fact !== contractFact) {
    throw new RangeError(`slot ${index} must be ${contractFact}, not ${slot.fact}`);
  }
}

/** Checks a choice of facts and hashes it. */
export function createSchema(slots: readonly SchemaSlot[]): FactSchema {
  if (slots.length !== FACT_COUNT) throw new RangeError(`a schema has ${FACT_COUNT} slots, not ${slots.length}`);
  slots.forEach(checkSlot);
  return { slots, definitions: slots.map((slot) => definitionOf(slot.fact)), hash: schemaHash(slots) };
}

function slot(fact: string, num: number, den: number, offset: number, none = -128): SchemaSlot {
  return { fact, num, den, offset, none };
}

const level = (fact: string): SchemaSlot => slot(fact, 1, 1, -160);
const gap = (fact: string): SchemaSlot => slot(fact, 1, 1, -100);
const share = (fact: string): SchemaSlot => slot(fact, 1, 1, 0);
const difference = (fact: string): SchemaSlot => slot(fact, 1, 1, 0);

/** The shipped choice: facts about the payee and about the pair. */
export const PAYMENT_SCHEMA: FactSchema = createSchema([
  slot("amountBucket", 1, 1, 0, 0),
  slot("tokenClass", 1, 1, 0, 0),
  slot("nativeFlag", 1, 1, 0, 0),
  slot("payeeBusiestDay", 6, 1, 0),
  slot("payeeRecentCount", 6, 1, 0),
  level("payeeFirstLevel"),
  level("payeeMeanLevel"),
  level("payeeMedianLevel"),
  level("payeeLowestLevel"),
  level("payeeHighestLevel"),
  slot("listedParties", 255, 1, -128),
  difference("payeeLevelSpread"),
  difference("amountOverPayeeMedian"),
  share("payeeEffectivePayments"),
  share("payeeDistinctAmounts"),
  share("payeeRoundAmounts"),
  share("payeeDistinctPayers"),
  share("payeeOneTimePayers"),
  share("payeeTopPayerCount"),
  share("payeeTopPayerValue"),
  share("payeeThisPayerCount"),
  slot("payeeNewPayers7d", 6, 1, 0),
  gap("payeeSinceLastSlow"),
  gap("payeePastMedianGap"),
  gap("payeeMeanGap"),
  difference("payeeGapSpread"),
  share("payeePastBursts"),
  slot("payeePastPace", 1, 1, -90),
  slot("payeeBusiestWeekPayers", 6, 1, 0),
  slot("payeeAgeSlow", 1, 1, -110),
  slot("pairSinceLast", 1, 1, -100),
  difference("amountOverPairHighest"),
]);
