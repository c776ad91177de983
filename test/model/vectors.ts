import type { QuantisedLayer, QuantisedModel } from "../../oracle/src/model/network.ts";
import { accumulate, accumulators, activate } from "../../oracle/src/model/reference.ts";
import type { Random } from "../../oracle/src/train/random.ts";

/** What a set of vectors has reached: each entry names one side of one branch. */
export type Coverage = Set<string>;

export function randomFacts(random: Random): Int8Array {
  return Int8Array.from({ length: 32 }, () => Math.floor(random() * 256) - 128);
}

/** Walks the network and notes the side each ReLU, clamp and knot takes. */
export function observe(model: QuantisedModel, facts: ArrayLike<number>, coverage: Coverage): void {
  let inputs = facts;
  model.layers.slice(0, -1).forEach((layer, index) => {
    const sums = accumulators(layer, inputs);
    sums.forEach((sum, neuron) => {
      const rounded = (sum + 2 ** (layer.shift - 1)) >> layer.shift;
      coverage.add(`layer ${index} neuron ${neuron} ${sum + 2 ** (layer.shift - 1) < 0 ? "below zero" : "above zero"}`);
      coverage.add(`layer ${index} neuron ${neuron} ${rounded > 127 ? "clamped" : "not clamped"}`);
    });
    inputs = sums.map((sum) => activate(sum, layer.shift));
  });
  const last = accumulate(model, facts);
  model.knots.forEach(([at], knot) => {
    if (last === at) coverage.add(`knot ${knot} exactly`);
    coverage.add(`knot ${knot} ${last < at ? "below" : "at or above"}`);
    if (last === at - 1) coverage.add(`knot ${knot} one below`);
  });
}

/** Lowest and highest value of each input of a layer, over all facts there are. */
type Ranges = readonly (readonly [lowest: number, highest: number])[];

/** Lowest and highest accumulator of a neuron if its inputs could be anything in their ranges, each for itself. */
function accumulatorRange(layer: QuantisedLayer, neuron: number, inputs: Ranges): [number, number] {
  let lowest = layer.bias[neuron] ?? 0;
  let highest = lowest;
  (layer.weights[neuron] ?? []).forEach((weight, input) => {
    const [low, high] = inputs[input] ?? [0, 0];
    lowest += Math.min(weight * low, weight * high);
    highest += Math.max(weight * low, weight * high);
  });
  return [lowest, highest];
}

/** Sides of the ReLU and the clamp that the range of an accumulator allows. */
function sides([lowest, highest]: readonly [number, number], shift: number): string[] {
  const half = 2 ** (shift - 1);
  return [
    ...(lowest + half < 0 ? ["below zero"] : []),
    ...(highest + half >= 0 ? ["above zero"] : []),
    ...((highest + half) >> shift > 127 ? ["clamped"] : []),
    ...((lowest + half) >> shift <= 127 ? ["not clamped"] : []),
  ];
}

/** Everything there is to reach: exact for the first layer, for a later one perhaps more than any facts can reach. */
export function allBranches(model: QuantisedModel): string[] {
  let inputs: Ranges = Array.from({ length: 32 }, () => [-128, 127] as const);
  const neurons: string[] = [];
  model.layers.slice(0, -1).forEach((layer, index) => {
    const ranges = layer.bias.map((_, neuron) => accumulatorRange(layer, neuron, inputs));
    ranges.forEach((range, neuron) => {
      neurons.push(...sides(range, layer.shift).map((side) => `layer ${index} neuron ${neuron} ${side}`));
    });
    inputs = ranges.map(([low, high]) => [activate(low, layer.shift), activate(high, layer.shift)] as const);
  });
  const knots = model.knots.flatMap((_, knot) =>
    ["below", "at or above", "exactly", "one below"].map((side) => `knot ${knot} ${side}`),
  );
  return [...neurons, ...knots];
}

/** Changes one fact at a time, keeping what does not make the goal worse; returns every improvement on the way. */
export function climb(
  random: Random,
  start: Int8Array,
  steps: number,
  loss: (facts: Int8Array) => number,
): Int8Array[] {
  const found: Int8Array[] = [];
  let best = start;
  let bestLoss = loss(start);
  for (let step = 0; step < steps && bestLoss > 0; step++) {
    const next = Int8Array.from(best);
    const column = Math.floor(random() * 32);
    next[column] = random() < 0.5 ? Math.floor(random() * 256) - 128 : (next[column] ?? 0) + (random() < 0.5 ? -1 : 1);
    const nextLoss = loss(next);
    if (nextLoss > bestLoss) continue;
    if (nextLoss < bestLoss) found.push(next);
    [best, bestLoss] = [next, nextLoss];
  }
  return found;
}

/** The accumulator of one hidden neuron, over layers up to its own. */
export function hiddenAccumulator(
  layers: readonly QuantisedLayer[],
  depth: number,
  neuron: number,
): (facts: Int8Array) => number {
  return (facts) => {
    let inputs: ArrayLike<number> = facts;
    layers.slice(0, depth).forEach((layer) => {
      inputs = accumulators(layer, inputs).map((sum) => activate(sum, layer.shift));
    });
    const layer = layers[depth];
    if (layer === undefined) throw new Error(`no layer ${depth}`);
    return (
      accumulators({ ...layer, weights: [layer.weights[neuron] ?? []], bias: [layer.bias[neuron] ?? 0] }, inputs)[0] ??
      0
    );
  };
}
