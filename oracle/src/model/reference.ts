import type { QuantisedLayer, QuantisedModel } from "./network.ts";
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
  const half = shift === 0 ? 0 : 2 ** (shift - 1);
  return Math.min(MAX_ACTIVATION, Math.max(0, (accumulator + half) >> shift));
}

/** Accumulators of one layer: for each neuron the sum of weight times input, plus its bias. */
export function accumulators(layer: QuantisedLayer, inputs: ArrayLike<number>): Int32Array {
  const weights = flatWeights(layer);
  const width = fanIn(layer);
  const sums = new Int32Array(layer.bias);
  for (let neuron = 0; neuron < sums.length; neuron++) {
    let sum = sums[neuron] ?? 0;
    const row = neuron * width;
    for (let index = 0; index < width; index++) sum += (weights[row + index] ?? 0) * (inputs[index] ?? 0);
    sums[neuron] = sum;
  }
  return sums;
}

/** The last accumulator, given those of the first layer. */
export function accumulateFrom(model: QuantisedModel, first: Int32Array): number {
  let sums = first;
  for (let index = 0; index + 1 < model.layers.length; index++) {
    const layer = model.layers[index];
    const next = model.layers[index + 1];
    if (layer === undefined || next === undefined) break;
    sums = accumulators(
      next,
      sums.map((sum) => activate(sum, layer.shift)),
    );
  }
  return sums[0] ?? 0;
}

/** The network's last accumulator on 32 completed facts, exactly as the compiled contract computes it. */
export function accumulate(model: QuantisedModel, facts: ArrayLike<number>): number {
  const [first] = model.layers;
  if (first === undefined) throw new RangeError("the model has no layers");
  return accumulateFrom(model, accumulators(first, facts));
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
