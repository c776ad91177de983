import { AccumulatorBoundError, proveBounds } from "./bounds.ts";
import type { AutoencoderModel } from "./network.ts";
import { MAX_FACT_WEIGHT } from "./network.ts";
import type { FloatLayer } from "./quantise.ts";
import { forwardLayer, quantiseLayers, relu } from "./quantise.ts";
import { MAX_ERROR } from "./reference.ts";

/** Where a fact's distance from its reconstruction counts: above it, below it, or on both sides. */
export type ErrorSide = "above" | "below" | "both";

/** How the distances of the facts become one error. */
export interface ErrorWeights {
  /** What one unit of error is for each fact, in the fact's own units: its standard deviation over all rows. 0 leaves it out. */
  readonly spreads: readonly number[];
  readonly sides: readonly ErrorSide[];
}

/** What an autoencoder holds beside its name, schema, knots and reference row. */
export type AutoencoderParts = Pick<AutoencoderModel, "layers" | "error">;

/** Errors are at least this fine: sixteen steps a spread. */
const LEAST_STEPS = 16;

/** 1 / spread, negative where a fact counts below its reconstruction, 0 where it does not count. */
function rates({ spreads, sides }: ErrorWeights): number[] {
  return spreads.map((spread, fact) => {
    if (!(spread >= 0)) throw new RangeError(`fact ${fact} has the spread ${spread}`);
    if (spread === 0 || spread === Infinity) return 0;
    return (sides[fact] === "below" ? -1 : 1) / spread;
  });
}

function hiddenOf(layers: readonly FloatLayer[], facts: ArrayLike<number>): ArrayLike<number> {
  return layers.slice(0, -1).reduce<ArrayLike<number>>((inputs, layer) => relu(forwardLayer(layer, inputs)), facts);
}

function lastOf(layers: readonly FloatLayer[]): FloatLayer {
  const last = layers.at(-1);
  if (last === undefined) throw new RangeError("the autoencoder has no layers");
  return last;
}

/** The errors of a row in spreads, each 0 or more. */
function floatErrors(layers: readonly FloatLayer[], weights: ErrorWeights, facts: ArrayLike<number>): number[] {
  const reconstruction = forwardLayer(lastOf(layers), hiddenOf(layers, facts));
  return rates(weights).map((rate, fact) => {
    const distance = rate * ((facts[fact] ?? 0) - (reconstruction[fact] ?? 0));
    return weights.sides[fact] === "both" ? Math.abs(distance) : Math.max(0, distance);
  });
}

/** The float autoencoder's error on one row of facts: the sum of squared distances in spreads. */
export function reconstructionError(
  layers: readonly FloatLayer[],
  weights: ErrorWeights,
  facts: ArrayLike<number>,
): number {
  return floatErrors(layers, weights, facts).reduce((sum, error) => sum + error * error, 0);
}

/** Shift of the errors: the largest one on the calibration rows fits, unless that would make the steps too coarse. */
function errorShift(units: number, worst: number): number {
  const fits = Math.ceil(Math.log2((units * worst) / MAX_ERROR));
  const fine = Math.floor(Math.log2(units / LEAST_STEPS));
  return Math.min(16, Math.max(0, Math.min(fits, fine)));
}

function isBounded(parts: AutoencoderParts): boolean {
  if (parts.error.factWeights.some((weight) => Math.abs(weight) > MAX_FACT_WEIGHT)) return false;
  try {
    proveBounds({ kind: "autoencoder", id: "", schemaHash: "", knots: [], referenceRow: [], ...parts });
    return true;
  } catch (error) {
    if (error instanceof AccumulatorBoundError) return false;
    throw error;
  }
}

/**
 * Puts a float autoencoder on integers: int8 weights, 7-bit hidden activations. The spreads go into the last layer, so that its
 * accumulators and the weights of the facts share one unit and errors need no weight of their own when they are squared.
 *
 * @param layers Float layers from facts, signed bytes, to facts; ReLU follows every layer but the last. A linear hidden neuron is
 * two: one for each sign.
 * @param calibration Rows of completed facts.
 */
export function quantiseAutoencoder(
  layers: readonly FloatLayer[],
  calibration: readonly ArrayLike<number>[],
  weights: ErrorWeights,
): AutoencoderParts {
  const last = lastOf(layers);
  const width = last.bias.length;
  if (weights.spreads.length !== width || weights.sides.length !== width) {
    throw new RangeError(`${width} facts are reconstructed, ${weights.spreads.length} have a spread`);
  }
  const rate = rates(weights);
  const scaled: FloatLayer = {
    weights: last.weights.map((row, fact) => row.map((weight) => weight * (rate[fact] ?? 0))),
    bias: last.bias.map((value, fact) => value * (rate[fact] ?? 0)),
  };
  const worst = calibration.reduce((most, row) => Math.max(most, ...floatErrors(layers, weights, row)), 0);
  for (let share = 1; share > 2 ** -16; share /= 2) {
    const { layers: quantised, outputUnits } = quantiseLayers([...layers.slice(0, -1), scaled], calibration, share);
    const shift = errorShift(outputUnits, worst);
    const error = {
      factWeights: rate.map((one) => Math.round(one * outputUnits) + 0),
      twoSided: weights.sides.map((side) => side === "both"),
    };
    const parts = {
      layers: quantised.map((layer, at) => (at === quantised.length - 1 ? { ...layer, shift } : layer)),
      error,
    };
    if (isBounded(parts)) return parts;
  }
  throw new RangeError("no scale keeps the accumulators within their limbs: a spread is far too small");
}
