import type { QuantisedLayer } from "./network.ts";
import { MAX_ACTIVATION } from "./reference.ts";

/** One dense layer in floating point; ReLU follows every layer but the last. */
export interface FloatLayer {
  /** One row a neuron. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

const MAX_WEIGHT = 127;

/** Largest absolute value of a list. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Outputs before the activation. */
export function forwardLayer(layer: FloatLayer, inputs: ArrayLike<number>): number[] {
  return layer.weights.map((row, neuron) => {
    let sum = layer.bias[neuron] ?? 0;
    for (let index = 0; index < row.length; index++) sum += (row[index] ?? 0) * (inputs[index] ?? 0);
    return sum;
  });
}

/** The activation of every layer but the last. */
export function relu(values: readonly number[]): number[] {
  return values.map((value) => Math.max(0, value));
}

/** The float network's output on one row of facts. */
export function forward(layers: readonly FloatLayer[], facts: ArrayLike<number>): number {
  let inputs: ArrayLike<number> = facts;
  layers.forEach((layer, index) => {
    const outputs = forwardLayer(layer, inputs);
    inputs = index === layers.length - 1 ? outputs : relu(outputs);
  });
  return inputs[0] ?? 0;
}

/**
 * Rescales neighbouring layers so that what comes into a hidden neuron and what goes out of it have the same range. ReLU is
 * positively homogeneous, so the network computes the same.
 */
export function equalise(layers: readonly FloatLayer[]): FloatLayer[] {
  const scaled = layers.map((layer) => ({
    weights: layer.weights.map((row) => [...row]),
    bias: [...layer.bias],
  }));
  for (let index = 0; index + 1 < scaled.length; index++) {
    const into = scaled[index];
    const out = scaled[index + 1];
    if (into === undefined || out === undefined) continue;
    into.weights.forEach((row, neuron) => {
      const incoming = largest(row);
      const outgoing = largest(out.weights.map((next) => next[neuron] ?? 0));
      if (incoming === 0 || outgoing === 0) return;
      const scale = Math.sqrt(incoming / outgoing);
      into.weights[neuron] = row.map((weight) => weight / scale);
      into.bias[neuron] = (into.bias[neuron] ?? 0) / scale;
      for (const next of out.weights) next[neuron] = (next[neuron] ?? 0) * scale;
    });
  }
  return scaled;
}

/** The value below which the given share of a list lies. */
function quantileOf(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
}

/** Integer layers, and how many integer units the last accumulator has for 1 of the float output. */
export interface QuantisedLayers {
  readonly layers: QuantisedLayer[];
  readonly outputUnits: number;
}

/**
 * Puts float layers on integers: int8 weights with one scale a layer, 7-bit activations, one shift a layer chosen so that 99.9 %
 * of the activations on the calibration rows fit. The last layer gets no shift.
 *
 * @param lastScale Share of the int8 range that the last layer's weights use, 1 unless its accumulators would grow too large.
 */
export function quantiseLayers(
  layers: readonly FloatLayer[],
  calibration: readonly ArrayLike<number>[],
  lastScale = 1,
): QuantisedLayers {
  const equal = equalise(layers);
  let rows = [...calibration];
  /** Real value of one integer unit of the layer's inputs. */
  let unit = 1;
  let outputUnits = 1;
  const quantised = equal.map((layer, index) => {
    const last = index === equal.length - 1;
    const perWeight = ((last ? lastScale : 1) * MAX_WEIGHT) / (largest(layer.weights.flat()) || 1);
    const perUnit = perWeight / unit;
    const weights = layer.weights.map((row) => row.map((weight) => Math.round(weight * perWeight) + 0));
    const bias = layer.bias.map((value) => Math.round(value * perUnit) + 0);
    outputUnits = perUnit;
    if (last) return { weights, bias, shift: 0 };
    rows = rows.map((row) => relu(forwardLayer(layer, row)));
    const top = quantileOf(
      rows.flatMap((row) => Array.from(row)).filter((value) => value > 0),
      0.999,
    );
    const shift = Math.max(0, Math.ceil(Math.log2((top * perUnit) / MAX_ACTIVATION)));
    unit = 2 ** shift / perUnit;
    return { weights, bias, shift };
  });
  return { layers: quantised, outputUnits };
}

/**
 * Puts a float classifier on integers.
 *
 * @param layers Float layers whose inputs are the facts themselves, signed bytes.
 * @param calibration Rows of completed facts.
 */
export function quantiseNetwork(
  layers: readonly FloatLayer[],
  calibration: readonly ArrayLike<number>[],
): QuantisedLayer[] {
  return quantiseLayers(layers, calibration).layers;
}
