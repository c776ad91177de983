import type { QuantisedLayer, QuantisedModel } from "./network.ts";
import { fanIn } from "./network.ts";
import { accumulators, activate, outcome } from "./reference.ts";

/** Weights of a layer, all of one input after the other: what an input reaches lies together. */
const BY_INPUT = new WeakMap<QuantisedLayer, Int8Array>();

function weightsByInput(layer: QuantisedLayer): Int8Array {
  const known = BY_INPUT.get(layer);
  if (known !== undefined) return known;
  const turned = Int8Array.from({ length: fanIn(layer) * layer.weights.length }, (_, at) => {
    const neuron = at % layer.weights.length;
    return layer.weights[neuron]?.[(at - neuron) / layer.weights.length] ?? 0;
  });
  BY_INPUT.set(layer, turned);
  return turned;
}

/** One layer of a pass: its accumulators, the activations that follow, and room for those of another pass. */
interface Stage {
  readonly shift: number;
  readonly sums: Int32Array;
  readonly activations: Int32Array;
  readonly byInput: Int8Array;
  readonly scratch: Int32Array;
}

function stageOf(layer: QuantisedLayer, inputs: ArrayLike<number>): Stage {
  const sums = accumulators(layer, inputs);
  const activations = sums.map((sum) => activate(sum, layer.shift));
  return {
    shift: layer.shift,
    sums,
    activations,
    byInput: weightsByInput(layer),
    scratch: new Int32Array(sums.length),
  };
}

/** Adds the difference of one input, times its weights, to the sums of the stage it leads to. */
function add(stage: Stage, input: number, difference: number): void {
  const { scratch, byInput } = stage;
  for (let neuron = 0, at = input * scratch.length; neuron < scratch.length; neuron++, at++) {
    scratch[neuron] = (scratch[neuron] ?? 0) + (byInput[at] ?? 0) * difference;
  }
}

/**
 * A pass through the network that is kept, so that another value of one fact costs only what it reaches: most neurons stay as they
 * were, at zero or at the clamp. Integers only, so the outcome is what a whole pass would give.
 */
export class KeptPass {
  readonly #model: QuantisedModel;
  readonly #facts: Int8Array;
  readonly #stages: readonly Stage[];

  constructor(model: QuantisedModel, facts: ArrayLike<number>) {
    this.#model = model;
    this.#facts = Int8Array.from(facts);
    const stages: Stage[] = [];
    for (const layer of model.layers) stages.push(stageOf(layer, stages.at(-1)?.activations ?? this.#facts));
    this.#stages = stages;
  }

  /** What the knots rank. */
  get accumulator(): number {
    return outcome(this.#model, this.#stages.at(-1)?.sums ?? new Int32Array(0), this.#facts);
  }

  /** The same if the fact at the index had another value. */
  accumulatorWith(index: number, value: number): number {
    const [first] = this.#stages;
    if (first === undefined) throw new RangeError("the model has no layers");
    const before = this.#facts[index] ?? 0;
    first.scratch.set(first.sums);
    add(first, index, value - before);
    for (let place = 1; place < this.#stages.length; place++) this.#handOver(place);
    this.#facts[index] = value;
    const result = outcome(this.#model, this.#stages.at(-1)?.scratch ?? first.scratch, this.#facts);
    this.#facts[index] = before;
    return result;
  }

  /** From the changed sums of the stage before to those of this one. */
  #handOver(place: number): void {
    const [from, to] = [this.#stages[place - 1], this.#stages[place]];
    if (from === undefined || to === undefined) return;
    to.scratch.set(to.sums);
    for (let neuron = 0; neuron < from.scratch.length; neuron++) {
      const difference = activate(from.scratch[neuron] ?? 0, from.shift) - (from.activations[neuron] ?? 0);
      if (difference !== 0) add(to, neuron, difference);
    }
  }
}
