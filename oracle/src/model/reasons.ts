import { definitionOf } from "../facts/catalogue.ts";
import type { FactSchema, SchemaSlot } from "../facts/schema.ts";
import type { QuantisedModel } from "./network.ts";
import { KeptPass } from "./occlusion.ts";

/** Why a payment scored as it did: one fact that raised the score. */
export interface Reason {
  /** Stable code: the fact's name and where it lies, HIGH, LOW or NONE, such as PAYEE_NEW_PAYERS_7D_HIGH. */
  readonly code: string;
  readonly fact: string;
  /** Index in the schema. */
  readonly index: number;
  readonly value: number;
  /** The same fact's median over honest payments. */
  readonly usual: number;
  /** By how much the accumulator falls when the fact takes its usual value. */
  readonly weight: number;
  readonly sentence: string;
}

/** UPPER_SNAKE of a camelCase name, digits kept with the letters that follow. */
function snake(name: string): string {
  return name.replace(/([a-z])([A-Z0-9])/g, "$1_$2").toUpperCase();
}

/** What a reason about the fact is called in a sentence; throws for a fact the catalogue does not have. */
export function subjectOf(fact: string): string {
  return definitionOf(fact).phrase;
}

type Side = "HIGH" | "LOW" | "NONE";

const SIDE_WORDS: Readonly<Record<Side, string>> = {
  HIGH: "is higher than in an ordinary payment.",
  LOW: "is lower than in an ordinary payment.",
  NONE: "is unknown: there is no earlier payment.",
};

function sideOf(slot: SchemaSlot, value: number, usual: number): Side {
  if (value > usual) return "HIGH";
  const knowsNone = slot.none === -128;
  return knowsNone && value === slot.none ? "NONE" : "LOW";
}

function reasonOf(slot: SchemaSlot, index: number, value: number, usual: number, weight: number): Reason {
  const side = sideOf(slot, value, usual);
  const code = `${snake(slot.fact)}_${side}`;
  const sentence = `${subjectOf(slot.fact)} ${SIDE_WORDS[side]}`;
  return { code, fact: slot.fact, index, value, usual, weight, sentence };
}

/**
 * The facts that raised the score most: each fact in turn takes its usual value, and the fall of the network's accumulator
 * is its weight. Ties go to the lower index.
 *
 * @param facts 32 completed facts.
 * @returns At most `most` reasons, the weightiest first; none for a payment whose every fact is usual.
 */
export function reasons(model: QuantisedModel, schema: FactSchema, facts: ArrayLike<number>, most = 3): Reason[] {
  const pass = new KeptPass(model, facts);
  const whole = pass.accumulator;
  const found: { index: number; weight: number }[] = [];
  for (let index = 0; index < schema.slots.length; index++) {
    const usual = model.referenceRow[index] ?? 0;
    if (facts[index] === usual) continue;
    const weight = whole - pass.accumulatorWith(index, usual);
    if (weight > 0) found.push({ index, weight });
  }
  const weightiest = found.sort((a, b) => b.weight - a.weight || a.index - b.index).slice(0, most);
  return weightiest.map(({ index, weight }) => {
    const slot = schema.slots[index];
    if (slot === undefined) throw new RangeError(`the schema has no slot ${index}`);
    return reasonOf(slot, index, facts[index] ?? 0, model.referenceRow[index] ?? 0, weight);
  });
}
