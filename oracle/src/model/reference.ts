import type { QuantisedLayer, QuantisedModel } from "./network.ts";

/** Largest activation between layers: seven bits. */
export const MAX_ACTIVATION = 127;

/** Sum of weight times input plus bias, for one neuron. */
function neuron(weights: readonly number[], bias: number, inputs: ArrayLike<number>): number {
  let sum = bias;
  for (let index = 0; index < weights.length; index++) sum += (weights[index] ?? 0) * (inputs[index] ?? 0);
  return sum;
}

/** Rounds half up, shifts, and clamps to 0…127. */
export function activate(accumulator: number, shift: number): number {
  const half = shift === 0 ? 0 : 2 ** (shift - 1);
  return Math.min(MAX_ACTIVATION, Math.max(0, (accumulator + half) >> shift));
}

/** Accumulators of one layer. */
export function accumulators(layer: QuantisedLayer, inputs: ArrayLike<number>): number[] {
  return layer.weights.map((row, index) => neuron(row, layer.bias[index] ?? 0, inputs));
}

/** The network's last accumulator on 32 completed facts, exactly as the compiled contract computes it. */
export function accumulate(model: QuantisedModel, facts: ArrayLike<number>): number {
  let inputs = facts;
  for (const layer of model.layers.slice(0, -1)) {
    inputs = accumulators(layer, inputs).map((value) => activate(value, layer.shift));
  }
  const last = model.layers.at(-1);
  if (last === undefined) throw new RangeError("the model has no layers");
  return neuron(last.weights[0] ?? [], last.bias[0] ?? 0, inputs);
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
