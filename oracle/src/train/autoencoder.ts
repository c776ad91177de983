import * as tf from "@tensorflow/tfjs";

import type { FloatLayer } from "../model/quantise.ts";
import { forwardLayer, relu } from "../model/quantise.ts";
import type { ErrorSide, ErrorWeights } from "../model/quantiseAutoencoder.ts";
import { mulberry32, permutation } from "./random.ts";

/** How an autoencoder is trained; no label is needed. */
export interface AutoencoderSettings {
  readonly seed: number;
  /** Neurons of the hidden layer. */
  readonly hidden: number;
  /** Passes over the rows in each round. */
  readonly epochs: number;
  /** Between rounds the rows that fit worst are left out, so that the rare is not learnt too. */
  readonly rounds: number;
  /** Which share of all rows that is. */
  readonly dropped: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Initial weights that are tried; the fit with the lowest loss is kept, which takes no label either. */
  readonly starts: number;
}

export const DEFAULT_AUTOENCODER: AutoencoderSettings = {
  seed: 1,
  hidden: 2,
  epochs: 2,
  rounds: 3,
  dropped: 0.02,
  batch: 512,
  learningRate: 0.003,
  starts: 3,
};

/** A trained autoencoder: layers that read facts and give them back, and what a distance between the two means. */
export interface FloatAutoencoder {
  readonly layers: readonly FloatLayer[];
  readonly weights: ErrorWeights;
}

/** Standardised facts are cut here while training: a single far value must not steer the fit. */
const FARTHEST = 4;

interface Scale {
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

function scaleOf(rows: readonly Int8Array[], width: number): Scale {
  const mean = Array.from({ length: width }, () => 0);
  const square = Array.from({ length: width }, () => 0);
  for (const row of rows) {
    for (let fact = 0; fact < width; fact++) {
      const value = row[fact] ?? 0;
      mean[fact] = (mean[fact] ?? 0) + value / rows.length;
      square[fact] = (square[fact] ?? 0) + value ** 2 / rows.length;
    }
  }
  const spread = square.map((value, fact) => Math.sqrt(Math.max(0, value - (mean[fact] ?? 0) ** 2)));
  return { mean, spread: spread.map((value) => (value < 1e-6 ? 0 : value)) };
}

/** All rows as one block of standardised, cut values; a constant fact is zero. */
function standardise(rows: readonly Int8Array[], { mean, spread }: Scale): Float32Array {
  const width = mean.length;
  const block = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    for (let fact = 0; fact < width; fact++) {
      const unit = spread[fact] ?? 0;
      const value = unit === 0 ? 0 : ((row[fact] ?? 0) - (mean[fact] ?? 0)) / unit;
      block[index * width + fact] = Math.max(-FARTHEST, Math.min(FARTHEST, value));
    }
  });
  return block;
}

function buildAutoencoder(width: number, { hidden, seed, learningRate }: AutoencoderSettings): tf.Sequential {
  const initializer = (layer: number): ReturnType<typeof tf.initializers.heNormal> =>
    tf.initializers.heNormal({ seed: seed * 1_000 + layer });
  const network = tf.sequential();
  network.add(
    tf.layers.dense({ units: hidden, inputShape: [width], activation: "relu", kernelInitializer: initializer(0) }),
  );
  network.add(tf.layers.dense({ units: width, activation: "linear", kernelInitializer: initializer(1) }));
  network.compile({ optimizer: tf.train.adam(learningRate), loss: "meanSquaredError" });
  return network;
}

async function fitRound(
  network: tf.Sequential,
  block: Float32Array,
  kept: Uint32Array,
  batch: number,
  random: () => number,
): Promise<number> {
  const width = network.inputs[0]?.shape[1] ?? 0;
  const order = permutation(kept.length, random);
  const batches = Math.max(1, Math.floor(kept.length / batch));
  const size = Math.min(batch, kept.length);
  let loss = 0;
  for (let step = 0; step < batches; step++) {
    const values = new Float32Array(size * width);
    for (let item = 0; item < size; item++) {
      const row = kept[order[step * size + item] ?? 0] ?? 0;
      values.set(block.subarray(row * width, (row + 1) * width), item * width);
    }
    const x = tf.tensor2d(values, [size, width]);
    const result = await network.trainOnBatch(x, x);
    x.dispose();
    loss += typeof result === "number" ? result : (result[0] ?? Number.NaN);
  }
  return loss / batches;
}

/** Layers that read raw facts and give raw facts. */
function readLayers(network: tf.Sequential, { mean, spread }: Scale): FloatLayer[] {
  const [into, out] = network.layers.map((layer) => {
    const [kernel, bias] = layer.getWeights();
    if (kernel === undefined || bias === undefined) throw new Error(`layer ${layer.name} has no weights`);
    return { values: kernel.dataSync(), bias: Array.from(bias.dataSync()) };
  });
  if (into === undefined || out === undefined) throw new Error("an autoencoder has two layers");
  const hidden = into.bias.length;
  const width = mean.length;
  const first = into.bias.map((_, neuron) =>
    spread.map((unit, fact) => (unit === 0 ? 0 : (into.values[fact * hidden + neuron] ?? 0) / unit)),
  );
  const shifted = into.bias.map((bias, neuron) =>
    mean.reduce((sum, centre, fact) => sum - centre * (first[neuron]?.[fact] ?? 0), bias),
  );
  const second = spread.map((unit, fact) =>
    Array.from({ length: hidden }, (_, neuron) => unit * (out.values[neuron * width + fact] ?? 0)),
  );
  const restored = mean.map((centre, fact) => centre + (spread[fact] ?? 0) * (out.bias[fact] ?? 0));
  return [
    { weights: first, bias: shifted },
    { weights: second, bias: restored },
  ];
}

/** A row as the autoencoder gives it back. */
export function reconstruct(layers: readonly FloatLayer[], facts: ArrayLike<number>): number[] {
  return layers.reduce<number[]>(
    (values, layer, index) => forwardLayer(layer, index === 0 ? values : relu(values)),
    Array.from(facts),
  );
}

/** Indices of the rows that fit best, in their order: all but the dropped share. */
function bestFitting(
  rows: readonly Int8Array[],
  layers: readonly FloatLayer[],
  scale: Scale,
  dropped: number,
): Uint32Array<ArrayBuffer> {
  const errors = Float64Array.from(rows, (row) =>
    reconstruct(layers, row).reduce((sum, value, fact) => {
      const unit = scale.spread[fact] ?? 0;
      return unit === 0 ? sum : sum + (((row[fact] ?? 0) - value) / unit) ** 2;
    }, 0),
  );
  const sorted = Float64Array.from(errors).sort();
  const cut = sorted[Math.max(0, Math.ceil((1 - dropped) * sorted.length) - 1)] ?? Infinity;
  return Uint32Array.from(errors.keys()).filter((index) => (errors[index] ?? 0) <= cut);
}

/** The root of the mean squared distance of each fact over all rows, the dropped ones as well. */
function errorSpreads(rows: readonly Int8Array[], layers: readonly FloatLayer[], { spread }: Scale): number[] {
  const squares = spread.map(() => 0);
  for (const row of rows) {
    reconstruct(layers, row).forEach((value, fact) => {
      squares[fact] = (squares[fact] ?? 0) + ((row[fact] ?? 0) - value) ** 2 / rows.length;
    });
  }
  return squares.map((square, fact) => (spread[fact] === 0 ? 0 : Math.max(0.5, Math.sqrt(square))));
}

/** One fit from one set of initial weights, with the loss of its last epoch. */
async function fitOnce(
  rows: readonly Int8Array[],
  scale: Scale,
  settings: AutoencoderSettings,
  afterEpoch: (loss: number) => void,
): Promise<{ layers: FloatLayer[]; loss: number }> {
  const block = standardise(rows, scale);
  const network = buildAutoencoder(scale.mean.length, settings);
  const random = mulberry32(settings.seed);
  let kept = Uint32Array.from(rows.keys());
  let layers: FloatLayer[] = [];
  let loss = Infinity;
  for (let round = 0; round < settings.rounds; round++) {
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      loss = await fitRound(network, block, kept, settings.batch, random);
      afterEpoch(loss);
    }
    layers = readLayers(network, scale);
    kept = bestFitting(rows, layers, scale, settings.dropped);
  }
  network.dispose();
  return { layers, loss };
}

/**
 * Trains an autoencoder on facts without labels: several rounds, each without the rows that the round before fitted worst.
 * The same rows, settings and backend give the same weights. A TensorFlow.js backend must be ready.
 *
 * @param sides On which side of its reconstruction each fact counts as suspicious.
 * @param afterEpoch Told the epoch, counted over all rounds and starts from 1, and the mean loss.
 */
export async function fitAutoencoder(
  rows: readonly Int8Array[],
  sides: readonly ErrorSide[],
  settings: AutoencoderSettings,
  afterEpoch: (epoch: number, loss: number) => void = () => {},
): Promise<FloatAutoencoder> {
  const scale = scaleOf(rows, sides.length);
  let epochs = 0;
  let best: { layers: FloatLayer[]; loss: number } = { layers: [], loss: Infinity };
  for (let start = 0; start < settings.starts; start++) {
    const seed = settings.seed * settings.starts + start;
    const fit = await fitOnce(rows, scale, { ...settings, seed }, (loss) => afterEpoch(++epochs, loss));
    if (fit.loss < best.loss) best = fit;
  }
  return { layers: best.layers, weights: { spreads: errorSpreads(rows, best.layers, scale), sides } };
}
