import { half } from "./bounds.ts";
import { LIMB_OFFSET, packLimbs, words } from "./limbs.ts";
import type { QuantisedLayer } from "./network.ts";

/** Neurons whose accumulators share a word, at most ten, lowest limb first. */
export type WordNeurons = readonly number[];

/** Neurons of a layer, ten a word. */
export function wordsOf(layer: QuantisedLayer): WordNeurons[] {
  return words([...layer.bias.keys()]);
}

/** What a word starts from: offset, bias, rounding half and, for facts read as 0…255, the zero point. */
export function startOf(layer: QuantisedLayer, neurons: WordNeurons, zeroPoint: number): bigint {
  return packLimbs(
    neurons.map((neuron) => {
      const weights = (layer.weights[neuron] ?? []).reduce((sum, weight) => sum + weight, 0);
      return LIMB_OFFSET + (layer.bias[neuron] ?? 0) + half(layer) - zeroPoint * weights;
    }),
  );
}

/** What one input is multiplied with: its weights in all limbs of a word. */
export function factorOf(layer: QuantisedLayer, neurons: WordNeurons, input: number): bigint {
  return packLimbs(neurons.map((neuron) => layer.weights[neuron]?.[input] ?? 0));
}

/** Where the byte of a limb lies in a word in memory: a read there has it as its first byte. */
export function byteOf(limb: number): number {
  return 31 - 3 * limb;
}
