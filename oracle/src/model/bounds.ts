import { LIMB_OFFSET } from "./limbs.ts";
import type { QuantisedLayer, QuantisedModel } from "./network.ts";

/** A neuron whose accumulator might leave its limb. */
export class AccumulatorBoundError extends Error {
  override readonly name = "AccumulatorBoundError";
  readonly layer: number;
  readonly neuron: number;
  readonly bound: number;

  constructor(layer: number, neuron: number, bound: number) {
    super(`layer ${layer}, neuron ${neuron}: |accumulator| may reach ${bound}, the limit is ${LIMB_OFFSET - 1}`);
    this.layer = layer;
    this.neuron = neuron;
    this.bound = bound;
  }
}

/** What is added before a shift so that it rounds half up. */
export function half(layer: QuantisedLayer): number {
  return layer.shift === 0 ? 0 : 2 ** (layer.shift - 1);
}

/**
 * The structural bound of each neuron: sum of |weight| * 128 + |bias| + the rounding half, and in the last layer of an autoencoder
 * |weight of the fact| * 128 on top, since what lies in the limb there is weight times fact less the accumulator. It holds for
 * every input there is, since facts lie in -128…127 and activations in 0…127. Throws AccumulatorBoundError at 2^23.
 *
 * @returns The largest bound in the network.
 */
export function proveBounds(model: QuantisedModel): number {
  let most = 0;
  model.layers.forEach((layer, index) => {
    const compared = model.kind === "autoencoder" && index === model.layers.length - 1 ? model.error.factWeights : [];
    layer.weights.forEach((row, neuron) => {
      const products = row.reduce((sum, weight) => sum + Math.abs(weight) * 128, Math.abs(compared[neuron] ?? 0) * 128);
      const bound = products + Math.abs(layer.bias[neuron] ?? 0) + half(layer);
      if (bound >= LIMB_OFFSET) throw new AccumulatorBoundError(index, neuron, bound);
      most = Math.max(most, bound);
    });
  });
  return most;
}
