import * as tf from "@tensorflow/tfjs";

import type { FloatLayer } from "../model/quantise.ts";
import { forward } from "../model/quantise.ts";
import { ranking } from "./metrics.ts";
import { mulberry32, nearlyNormal, permutation } from "./random.ts";
import type { Row } from "./rows.ts";

/** How a network is trained. */
export interface FitSettings {
  readonly seed: number;
  /** Neurons of the hidden layers. */
  readonly hidden: readonly number[];
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  /** Decoupled: each step shrinks the weights by learning rate times this. */
  readonly weightDecay: number;
  /** Standard deviation of the noise added to each fact, in quantised units. */
  readonly noise: number;
  /** Weight of an illicit payment; an honest one weighs 1. */
  readonly illicitWeight: number;
  /** Stop after so many epochs without a better average precision on the validation rows; needs them. */
  readonly patience?: number;
}

/** Told after each epoch, counted from 1: the mean loss, and the average precision on validation rows where there are any. */
export type AfterEpoch = (epoch: number, loss: number, validation?: number) => void;

export const DEFAULT_FIT: FitSettings = {
  seed: 1,
  hidden: [30, 10],
  epochs: 30,
  batch: 256,
  learningRate: 0.002,
  weightDecay: 0.1,
  noise: 12,
  illicitWeight: 4,
};

/** One unit of the network's inputs, in quantised units: keeps them near 1. */
const INPUT_SCALE = 32;

/** Adam whose learning rate may fall while it trains. */
class FallingAdam extends tf.AdamOptimizer {
  constructor(learningRate: number) {
    super(learningRate, 0.9, 0.999);
  }

  set rate(value: number) {
    this.learningRate = value;
  }
}

/** Mean of each fact, and whether it varies at all: a constant fact teaches nothing and keeps zero weights. */
function columns(rows: readonly Row[], width: number): { mean: number[]; varies: boolean[] } {
  const mean = Array.from({ length: width }, () => 0);
  const varies = Array.from({ length: width }, () => false);
  for (const { facts } of rows) {
    for (let column = 0; column < width; column++) {
      mean[column] = (mean[column] ?? 0) + (facts[column] ?? 0) / rows.length;
      if (facts[column] !== rows[0]?.facts[column]) varies[column] = true;
    }
  }
  return { mean, varies };
}

function buildNetwork(width: number, settings: FitSettings): tf.Sequential {
  const network = tf.sequential();
  [...settings.hidden, 1].forEach((units, index, all) => {
    const last = index === all.length - 1;
    network.add(
      tf.layers.dense({
        units,
        ...(index === 0 ? { inputShape: [width] } : {}),
        activation: last ? "linear" : "relu",
        kernelInitializer: tf.initializers.heNormal({ seed: settings.seed * 1_000 + index }),
      }),
    );
  });
  return network;
}

/** Cross entropy on the output as a logit, illicit rows weighted: max(z, 0) - z * y + ln(1 + e^-|z|). */
function weightedCrossEntropy(illicitWeight: number): (label: tf.Tensor, logit: tf.Tensor) => tf.Tensor {
  return (label, logit) => {
    const loss = logit.relu().sub(logit.mul(label)).add(logit.abs().neg().exp().log1p());
    return loss.mul(label.mul(illicitWeight - 1).add(1)).mean();
  };
}

/** Folds the inputs' shift and scale into the first layer, so that the network reads quantised facts as they are. */
function readLayers(network: tf.Sequential, mean: readonly number[], varies: readonly boolean[]): FloatLayer[] {
  return network.layers.map((layer, index) => {
    const [kernel, bias] = layer.getWeights();
    if (kernel === undefined || bias === undefined) throw new Error(`layer ${index} has no weights`);
    const [inputs = 0, outputs = 0] = kernel.shape;
    const values = kernel.dataSync();
    const biases = Array.from(bias.dataSync());
    const weights = Array.from({ length: outputs }, (_, neuron) =>
      Array.from({ length: inputs }, (_, input) => values[input * outputs + neuron] ?? 0),
    );
    if (index > 0) return { weights, bias: biases };
    const scaled = weights.map((row) =>
      row.map((weight, input) => (varies[input] === true ? weight / INPUT_SCALE : 0)),
    );
    const shifted = biases.map((value, neuron) =>
      mean.reduce((sum, centre, input) => sum - centre * (scaled[neuron]?.[input] ?? 0), value),
    );
    return { weights: scaled, bias: shifted };
  });
}

function shrinkKernels(network: tf.Sequential, factor: number): void {
  tf.tidy(() => {
    for (const layer of network.layers) {
      const [kernel, bias] = layer.getWeights();
      if (kernel !== undefined && bias !== undefined) layer.setWeights([kernel.mul(factor), bias]);
    }
  });
}

/** Watches a network on validation rows: keeps the best weights, and says when to stop. */
class Watch {
  readonly #rows: readonly Row[];
  readonly #illicit: readonly boolean[];
  readonly #patience: number;
  #best = -1;
  #waited = 0;
  layers: FloatLayer[] = [];

  constructor(rows: readonly Row[], patience: number) {
    this.#rows = rows;
    this.#illicit = rows.map((row) => row.illicit);
    this.#patience = patience;
  }

  /** The average precision now reached. */
  look(layers: FloatLayer[]): number {
    const scores = Float64Array.from(this.#rows, (row) => forward(layers, row.facts));
    const { averagePrecision } = ranking(scores, this.#illicit);
    this.#waited += 1;
    if (averagePrecision > this.#best) {
      this.#best = averagePrecision;
      this.#waited = 0;
      this.layers = layers;
    }
    return averagePrecision;
  }

  get isOver(): boolean {
    return this.#waited >= this.#patience;
  }
}

function watchFor(settings: FitSettings, validation: readonly Row[]): Watch | undefined {
  if (settings.patience === undefined) return undefined;
  if (!validation.some((row) => row.illicit)) throw new RangeError("early stopping needs illicit validation rows");
  return new Watch(validation, settings.patience);
}

/**
 * Trains a network on rows of facts. Order, noise and initial weights come from the seed, so the same rows, settings and
 * backend give the same weights. A TensorFlow.js backend must be ready.
 *
 * @param validation Rows for early stopping, read only where the settings have a patience: the best epoch's weights are returned.
 */
export async function fitNetwork(
  rows: readonly Row[],
  settings: FitSettings,
  afterEpoch: AfterEpoch = () => {},
  validation: readonly Row[] = [],
): Promise<FloatLayer[]> {
  const watch = watchFor(settings, validation);
  const width = rows[0]?.facts.length ?? 0;
  const { mean, varies } = columns(rows, width);
  const network = buildNetwork(width, settings);
  const optimizer = new FallingAdam(settings.learningRate);
  network.compile({ optimizer, loss: weightedCrossEntropy(settings.illicitWeight) });
  const random = mulberry32(settings.seed);
  const batches = Math.floor(rows.length / settings.batch);
  const input = new Float32Array(settings.batch * width);
  const label = new Float32Array(settings.batch);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    const order = permutation(rows.length, random);
    let loss = 0;
    for (let step = 0; step < batches; step++) {
      for (let item = 0; item < settings.batch; item++) {
        const row = rows[order[step * settings.batch + item] ?? 0];
        if (row === undefined) continue;
        label[item] = row.illicit ? 1 : 0;
        for (let column = 0; column < width; column++) {
          const noisy = (row.facts[column] ?? 0) - (mean[column] ?? 0) + settings.noise * nearlyNormal(random);
          input[item * width + column] = varies[column] === true ? noisy / INPUT_SCALE : 0;
        }
      }
      const rate = settings.learningRate * (1 - (0.95 * (epoch * batches + step)) / (settings.epochs * batches));
      optimizer.rate = rate;
      loss += await trainStep(network, input, label, width);
      shrinkKernels(network, 1 - rate * settings.weightDecay);
    }
    afterEpoch(epoch + 1, loss / batches, watch?.look(readLayers(network, mean, varies)));
    if (watch?.isOver === true) break;
  }
  const layers = watch?.layers ?? readLayers(network, mean, varies);
  network.dispose();
  optimizer.dispose();
  return layers;
}

async function trainStep(
  network: tf.Sequential,
  input: Float32Array,
  label: Float32Array,
  width: number,
): Promise<number> {
  const x = tf.tensor2d(input, [label.length, width]);
  const y = tf.tensor2d(label, [label.length, 1]);
  const loss = await network.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return typeof loss === "number" ? loss : (loss[0] ?? Number.NaN);
}
