import type { Assembly, Step } from "./assemble.ts";
import { assemble } from "./assemble.ts";
import { half } from "./bounds.ts";
import { DOT_SHIFT, dotFactor } from "./emit.ts";
import { everyLimb, LIMB_OFFSET, LIMBS, packLimbs, words } from "./limbs.ts";
import type { AutoencoderModel, QuantisedLayer, QuantisedModel } from "./network.ts";
import type { WordNeurons } from "./placed.ts";
import { byteOf, factorOf, startOf, wordsOf } from "./placed.ts";
import { MAX_ACTIVATION, MAX_ERROR } from "./reference.ts";

/** Where in memory an input's byte stands first. */
type Address = (input: number) => number;

const factAddress: Address = (fact) => fact;

/** Bytes of activations that lie word after word from an address on. */
function activationAddress(from: number): Address {
  return (neuron) => from + 32 * Math.floor(neuron / LIMBS) + byteOf(neuron % LIMBS);
}

/** [sum] → [sum + input * factor] */
function product(address: number, factor: bigint): Step[] {
  return factor === 0n ? [] : [BigInt(address), "MLOAD", 0n, "BYTE", factor, "MUL", "ADD"];
}

/** [] → [accumulators of a word] */
function accumulate(layer: QuantisedLayer, neurons: WordNeurons, start: bigint, at: Address): Step[] {
  const inputs = layer.weights[0] ?? [];
  return [start, ...inputs.flatMap((_, input) => product(at(input), factorOf(layer, neurons, input)))];
}

/** [t] → [t - (t >> 23)]: from the limbs' top bits all the bits below them. */
const FILL: readonly Step[] = ["DUP1", 23n, "SHR", "SWAP1", "SUB"];

/** [accumulators] → [activations]: ReLU, shift and clamp in every limb; `most` is a power of two less one. */
function activate(shift: number, most: number): Step[] {
  const sign = everyLimb(LIMB_OFFSET);
  return [
    ...(["DUP1", sign, "AND", ...FILL, "AND"] satisfies Step[]),
    ...(shift === 0 ? [] : ([BigInt(shift), "SHR"] satisfies Step[])),
    ...([everyLimb(2 ** (23 - shift) - 1), "AND"] satisfies Step[]),
    ...(["DUP1", everyLimb(LIMB_OFFSET - most - 1), "ADD", sign, "AND", ...FILL, "OR"] satisfies Step[]),
    ...([everyLimb(most), "AND"] satisfies Step[]),
  ];
}

/** [activations of the last hidden words, the first on top of nothing] → [last accumulator + 2^23]; see emitOutput in emit.ts. */
function output(layer: QuantisedLayer, hidden: readonly Step[][]): Step[] {
  const groups = words(layer.weights[0] ?? []);
  const sums = hidden.flatMap((steps, word): Step[] => {
    const factor = dotFactor(groups[word] ?? []);
    if (word === 0) return [...steps, "DUP1", factor, "MUL", "SWAP1"];
    return [...steps, "SWAP2", "DUP3", factor, "MUL", "ADD", "SWAP2", "ADD"];
  });
  const limb: Step[] = [BigInt(DOT_SHIFT), "SHR", 0xffffffn, "AND"];
  const start = BigInt(LIMB_OFFSET + (layer.bias[0] ?? 0));
  return [...sums, everyLimb(1), "MUL", ...limb, 7n, "SHL", "SWAP1", ...limb, start, "ADD", "SUB"];
}

/** Facts of an autoencoder whose error can be anything but zero, those of one kind side by side, ten a word. */
function errorWords(model: AutoencoderModel, layer: QuantisedLayer): WordNeurons[] {
  const { factWeights, twoSided } = model.error;
  const counted = [...layer.bias.keys()].filter((fact) => {
    const row = layer.weights[fact] ?? [];
    return factWeights[fact] !== 0 || layer.bias[fact] !== 0 || row.some((weight) => weight !== 0);
  });
  return words([...counted.filter((fact) => twoSided[fact] !== true), ...counted.filter((fact) => twoSided[fact])]);
}

/**
 * [differences] → [distances]: a limb of a two-sided fact below the offset is complemented, all 24 bits of it, and raised by one,
 * which puts it as far above the offset. The rounding half comes after, since it belongs to the absolute value.
 */
function absolute(sides: bigint, rounding: bigint): Step[] {
  const mirrored: Step[] = ["DUP1", "NOT", sides, "AND", "DUP1", 23n, "SHR", "DUP1", "SWAP2", 1n, "SHL", "SUB"];
  return [
    ...(sides === 0n ? [] : ([...mirrored, "SWAP1", "SWAP2", "XOR", "ADD"] satisfies Step[])),
    ...(rounding === 0n ? [] : ([rounding, "ADD"] satisfies Step[])),
  ];
}

/** [sum] → [sum + squared errors of a word]; a limb holds weight times fact less the accumulator, so weights are negated. */
function squaredErrors(
  model: AutoencoderModel,
  layer: QuantisedLayer,
  facts: WordNeurons,
  at: Address,
  free: number,
): Step[] {
  const { factWeights, twoSided } = model.error;
  const limbs = (value: (fact: number) => number): bigint => packLimbs(facts.map(value));
  const start = limbs((fact) => LIMB_OFFSET - (layer.bias[fact] ?? 0) - 128 * (factWeights[fact] ?? 0));
  const negated = { ...layer, weights: layer.weights.map((row) => row.map((weight) => -weight)) };
  const compared = facts.flatMap((fact) =>
    product(
      factAddress(fact),
      limbs((other) => (other === fact ? (factWeights[fact] ?? 0) : 0)),
    ),
  );
  const sides = limbs((fact) => (twoSided[fact] === true ? LIMB_OFFSET : 0));
  const squares = facts.flatMap((_, limb): Step[] => [
    BigInt(free + byteOf(limb) - 1),
    ...(["MLOAD", 240n, "SHR", "DUP1", "MUL", "ADD"] satisfies Step[]),
  ]);
  return [
    ...accumulate(negated, facts, start, at),
    ...compared,
    ...absolute(
      sides,
      limbs(() => half(layer)),
    ),
    ...activate(layer.shift, MAX_ERROR),
    BigInt(free),
    "MSTORE",
    ...squares,
  ];
}

/**
 * A network as the whole runtime code of a contract: 32 facts in calldata, the accumulator in returned memory. Facts lie at 0, then
 * the activations of each layer, then one free word. One accumulator word is under way at a time, so that the stack stays flat
 * whatever the widths.
 */
export function assembleNetwork(model: QuantisedModel): Assembly {
  const steps: Step[] = [0n, "CALLDATALOAD", BigInt(`0x${"80".repeat(32)}`), "XOR", 0n, "MSTORE"];
  const last = model.layers.at(-1);
  if (last === undefined || model.layers.length < 2) throw new RangeError("the network has no hidden layer");
  let at = factAddress;
  let free = 32;
  let hidden: Step[][] = [];
  model.layers.slice(0, -1).forEach((layer, index) => {
    // The words of the layer before, now that this one reads them.
    hidden.forEach((word, place) => steps.push(...word, BigInt(free + 32 * place), "MSTORE"));
    if (index > 0) {
      at = activationAddress(free);
      free += 32 * hidden.length;
    }
    hidden = wordsOf(layer).map((neurons) => [
      ...accumulate(layer, neurons, startOf(layer, neurons, index === 0 ? 128 : 0), at),
      ...activate(layer.shift, MAX_ACTIVATION),
    ]);
  });
  if (model.kind === "autoencoder") {
    hidden.forEach((word, place) => steps.push(...word, BigInt(free + 32 * place), "MSTORE"));
    at = activationAddress(free);
    free += 32 * hidden.length;
    steps.push(0n, ...errorWords(model, last).flatMap((facts) => squaredErrors(model, last, facts, at, free)));
  } else steps.push(...output(last, hidden));
  return assemble([...steps, 0n, "MSTORE", 32n, 0n, "RETURN"], free + 64);
}
