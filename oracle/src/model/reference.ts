import type { AutoencoderModel, QuantisedLayer, QuantisedModel } from "./network.ts";
import { fanIn } from "./network.ts";

/** Largest activation between layers: seven bits. */
export const MAX_ACTIVATION = 127;

/** Weights of a layer in one row after the other, made once a layer: a request is scored in microseconds. */
const FLAT = new WeakMap<QuantisedLayer, Int8Array>();

function flatWeights(layer: QuantisedLayer): Int8Array {
  const known = FLAT.get(layer);
  if (known !== undefined) return known;
  const flat = Int8Array.from(layer.weights.flat());
  FLAT.set(layer, flat);
  return flat;
}

/** Rounds half up, shifts, and clamps to 0…127. */
export function activate(accumulator: number, shift: number): number {
  const value = (accumulator + ((1 << shift) >> 1)) >> shift;
  return value < 0 ? 0 : value > MAX_ACTIVATION ? MAX_ACTIVATION : value;
}

/** Accumulators of one layer: for each neuron the sum of weight times input, plus its bias. */
export function accumulators(layer: QuantisedLayer, inputs: ArrayLike<number>): Int32Array {
  const weights = flatWeights(layer);
  const width = fanIn(layer);
  const sums = new Int32Array(layer.bias);
  let at = 0;
  for (let neuron = 0; neuron < sums.length; neuron++) {
    let sum = sums[neuron] ?? 0;
    for (let index = 0; index < width; index++) sum += (weights[at++] ?? 0) * (inputs[index] ?? 0);
    sums[neuron] = sum;
  }
  return sums;
}

/** Accumulators of the last layer, given those of the first. */
function lastAccumulators(layers: readonly QuantisedLayer[], first: Int32Array): Int32Array {
  let sums = first;
  for (let index = 0; index + 1 < layers.length; index++) {
    const layer = layers[index];
    const next = layers[index + 1];
    if (layer === undefined || next === undefined) break;
    const activations = new Int32Array(sums.length);
    for (let neuron = 0; neuron < sums.length; neuron++) activations[neuron] = activate(sums[neuron] ?? 0, layer.shift);
    sums = accumulators(next, activations);
  }
  return sums;
}

/** Largest error of one fact: twelve bits. */
export const MAX_ERROR = 4_095;

/**
 * The error of one fact of an autoencoder: how far weight times fact lies above its accumulator or, two-sided, from it, rounded
 * half up, shifted and clamped to 0…4095.
 */
export function factError(difference: number, twoSided: boolean, shift: number): number {
  const half = shift === 0 ? 0 : 2 ** (shift - 1);
  const distance = twoSided ? Math.abs(difference) : difference;
  return Math.min(MAX_ERROR, Math.max(0, (distance + half) >> shift));
}

function squaredError(model: AutoencoderModel, reconstruction: Int32Array, facts: ArrayLike<number>): number {
  const shift = model.layers.at(-1)?.shift ?? 0;
  const { factWeights, twoSided } = model.error;
  let sum = 0;
  for (let fact = 0; fact < reconstruction.length; fact++) {
    const difference = (factWeights[fact] ?? 0) * (facts[fact] ?? 0) - (reconstruction[fact] ?? 0);
    const error = factError(difference, twoSided[fact] === true, shift);
    sum += error * error;
  }
  return sum;
}

/**
 * What the knots rank, given the accumulators of the last layer: a classifier's only one, an autoencoder's sum of squared errors,
 * at most 32 * 4095^2 < 2^30.
 */
export function outcome(model: QuantisedModel, last: Int32Array, facts: ArrayLike<number>): number {
  return model.kind === "autoencoder" ? squaredError(model, last, facts) : (last[0] ?? 0);
}

/** What the knots rank on 32 completed facts, exactly as the compiled contract computes it: an integer, higher is worse. */
export function accumulate(model: QuantisedModel, facts: ArrayLike<number>): number {
  const [first] = model.layers;
  if (first === undefined) throw new RangeError("the model has no layers");
  return outcome(model, lastAccumulators(model.layers, accumulators(first, facts)), facts);
}

/** Maps an accumulator to the score: linear between knots, with integer division, flat outside. */
export function rank(knots: QuantisedModel["knots"], accumulator: number): number {
  let lower = knots[0];
  if (lower === undefined) throw new RangeError("the rank table is empty");
  for (const upper of knots) {
    if (accumulator < upper[0]) {
      if (accumulator <= lower[0]) return lower[1];
      return lower[1] + Math.floor(((accumulator - lower[0]) * (upper[1] - lower[1])) / (upper[0] - lower[0]));
    }
    lower = upper;
  }
  return lower[1];
}

/** Score of 32 completed facts: 0 to 10,000, the share of reference payments that rank below, in 1/10,000. */
export function score(model: QuantisedModel, facts: ArrayLike<number>): number {
  return rank(model.knots, accumulate(model, facts));
}
