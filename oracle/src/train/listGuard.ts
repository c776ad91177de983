import type { FactSchema } from "../facts/schema.ts";
import { quantise } from "../facts/schema.ts";
import type { Knot, QuantisedLayer } from "../model/network.ts";
import { MAX_SCORE } from "../model/network.ts";
import { activate, MAX_ACTIVATION } from "../model/reference.ts";

/**
 * The highest score any pattern of payments can reach. Policies block from 9,950, so a pattern can make a payment wait and
 * nothing more: whatever a pattern shows can be bought by a stranger's payments. Above it lie only parties on a list.
 */
export const PATTERN_CEILING = 9_949;

/** Scores from here on are squeezed below the ceiling. */
const SQUEEZED_FROM = 9_900;

/** Neurons of the first layer that read the list fact alone, and of the second that carry it to the output. */
export const READERS = 2;
export const CARRIERS = 10;

const FULL_WEIGHT = 127;

/** Share of the carriers' reach that everything else together may have. */
const MARGIN = 0.9;

/** Where the list fact stands in a schema, its byte without a listed party, and the lowest one with. */
export interface ListSlot {
  readonly slot: number;
  readonly unlisted: number;
  readonly listed: number;
}

/** Proven bounds of the last accumulator. */
export interface GuardBounds {
  /** No facts reach more while no party is listed. */
  readonly patternHighest: number;
  /** No facts reach less once a party is listed. */
  readonly listedLowest: number;
}

/** Finds the list fact of a schema. */
export function listSlot(schema: FactSchema): ListSlot {
  const slot = schema.slots.findIndex(({ fact }) => fact === "listedParties");
  const quantiser = schema.slots[slot];
  if (quantiser === undefined) throw new RangeError("the schema has no listedParties");
  return { slot, unlisted: quantise(quantiser, 0), listed: quantise(quantiser, 1) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What the carriers add to the output for a byte of the list fact. */
function carried(first: QuantisedLayer, second: QuantisedLayer, { unlisted }: ListSlot, byte: number): number {
  const read = activate(FULL_WEIGHT * (byte - unlisted), first.shift);
  return CARRIERS * FULL_WEIGHT * activate(READERS * FULL_WEIGHT * read, second.shift);
}

/**
 * Adds the list guard to a trained network of two hidden layers: neurons of the first that read the list fact alone, and neurons
 * of the second that pass it on to the output at full weight. With no listed party all of them are zero. The output's other
 * weights are scaled so that together they cannot outweigh a listed party.
 */
export function addListGuard(layers: readonly QuantisedLayer[], list: ListSlot): QuantisedLayer[] {
  const [first, second, last] = layers;
  const output = last?.weights[0];
  if (first === undefined || second === undefined || output === undefined || layers.length !== 3) {
    throw new RangeError(`the list guard is made for two hidden layers, not ${layers.length - 1}`);
  }
  const reader = (first.weights[0] ?? []).map((_, index) => (index === list.slot ? FULL_WEIGHT : 0));
  const readers = Array.from({ length: READERS }, () => reader);
  const carrier = [...first.weights.map(() => 0), ...readers.map(() => FULL_WEIGHT)];
  const carriers = Array.from({ length: CARRIERS }, () => carrier);
  const reach = MAX_ACTIVATION * sum(output.map(Math.abs));
  const scale = Math.min(1, (MARGIN * carried(first, second, list, list.listed)) / reach);
  const scaled = (value: number): number => Math.round(value * scale) + 0;
  const without = (row: readonly number[]): number[] => row.map((weight, index) => (index === list.slot ? 0 : weight));
  return [
    {
      ...first,
      weights: [...first.weights.map(without), ...readers],
      bias: [...first.bias, ...readers.map(() => -FULL_WEIGHT * list.unlisted)],
    },
    {
      ...second,
      weights: [...second.weights.map((row) => [...row, ...readers.map(() => 0)]), ...carriers],
      bias: [...second.bias, ...carriers.map(() => 0)],
    },
    {
      shift: 0,
      weights: [[...output.map(scaled), ...carriers.map(() => FULL_WEIGHT)]],
      bias: [scaled(last?.bias[0] ?? 0)],
    },
  ];
}

function checkGuard(first: QuantisedLayer, second: QuantisedLayer, list: ListSlot): void {
  const from = first.weights.length - READERS;
  first.weights.forEach((row, neuron) => {
    const alone = row.every((weight, index) => (index === list.slot) === (weight !== 0));
    const right = neuron < from ? row[list.slot] === 0 : alone && row[list.slot] === FULL_WEIGHT;
    const bias = neuron < from || first.bias[neuron] === -FULL_WEIGHT * list.unlisted;
    if (!right || !bias) throw new RangeError(`neuron ${neuron} of layer 0 breaks the list guard`);
  });
  const carriers = second.weights.length - CARRIERS;
  second.weights.forEach((row, neuron) => {
    const pure = row.every((weight, index) => weight === (index < from ? 0 : FULL_WEIGHT)) && second.bias[neuron] === 0;
    const apart = row.every((weight, index) => index < from || weight === 0);
    if (neuron < carriers ? !apart : !pure) throw new RangeError(`neuron ${neuron} of layer 1 breaks the list guard`);
  });
}

/** Proves the bounds from the weights alone: activations lie in 0…127, whatever the facts are. Throws where they overlap. */
export function guardBounds(layers: readonly QuantisedLayer[], list: ListSlot): GuardBounds {
  const [first, second, last] = layers;
  const output = last?.weights[0];
  if (first === undefined || second === undefined || output === undefined) {
    throw new RangeError("a guarded network has two hidden layers");
  }
  checkGuard(first, second, list);
  const own = output.slice(0, -CARRIERS);
  const bias = last?.bias[0] ?? 0;
  const patternHighest = bias + MAX_ACTIVATION * sum(own.filter((weight) => weight > 0));
  const lowest = bias + MAX_ACTIVATION * sum(own.filter((weight) => weight < 0));
  const listedLowest = lowest + carried(first, second, list, list.listed);
  const silent = carried(first, second, list, list.unlisted) === 0;
  if (!silent || output.slice(-CARRIERS).some((weight) => weight !== FULL_WEIGHT) || listedLowest <= patternHighest) {
    throw new RangeError(`listed parties reach ${listedLowest}, patterns ${patternHighest}: the guard does not hold`);
  }
  return { patternHighest, listedLowest };
}

/**
 * The rank table under the guard: scores of honest reference payments up to 9,900 as they are, what lies above squeezed below
 * the ceiling, and 10,000 for what no pattern can reach.
 */
export function guardKnots(knots: readonly Knot[], bounds: GuardBounds): Knot[] {
  const rise = PATTERN_CEILING - SQUEEZED_FROM;
  const squeezed = (score: number): number =>
    score <= SQUEEZED_FROM
      ? score
      : SQUEEZED_FROM + Math.floor(((score - SQUEEZED_FROM) * rise) / (MAX_SCORE - SQUEEZED_FROM));
  const below = knots.filter(([accumulator]) => accumulator < bounds.patternHighest);
  const inside = below.map(([accumulator, score]): Knot => [accumulator, squeezed(score)]);
  return [...inside, [bounds.patternHighest, PATTERN_CEILING], [bounds.patternHighest + 1, MAX_SCORE]];
}
