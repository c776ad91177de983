import { everyLimb, hex, LIMB_BITS, LIMB_OFFSET, LIMBS, packLimbs, words } from "./limbs.ts";
import type { ClassifierModel, QuantisedLayer } from "./network.ts";
import { fanIn } from "./network.ts";
import type { WordNeurons } from "./placed.ts";
import { byteOf, factorOf, startOf, wordsOf } from "./placed.ts";
import { MAX_ACTIVATION } from "./reference.ts";

/** Words of a next layer that may be under way at once; with more the compiler runs out of stack. */
const LIVE_WORDS = 3;

/** An accumulator word as a variable. */
interface Word {
  readonly name: string;
  readonly neurons: WordNeurons;
}

function namedWords(layer: QuantisedLayer, index: number): Word[] {
  return wordsOf(layer).map((neurons, word) => ({ name: `a${index}_${word}`, neurons }));
}

/**
 * One input times its weights, added to a word; nothing where all the weights are zero. The sum is the second argument: the
 * compiler evaluates from the right, and the stack stays flat.
 */
function emitProduct(layer: QuantisedLayer, word: Word, column: number, input: string): string[] {
  const factor = factorOf(layer, word.neurons, column);
  return factor === 0n ? [] : [`${word.name} := add(mul(${input}, ${hex(factor)}), ${word.name})`];
}

/** Whether no input, 0 to 127, takes an accumulator of the word below zero: then there is nothing for the ReLU to do. */
function neverNegative({ neurons }: Word, layer: QuantisedLayer): boolean {
  return neurons.every(
    (neuron) => (layer.bias[neuron] ?? 0) >= 0 && (layer.weights[neuron] ?? []).every((weight) => weight >= 0),
  );
}

/** ReLU, shift and clamp of ten accumulators at once, by masks. */
function emitActivation({ name }: Word, shift: number, positive: boolean): string[] {
  const sign = hex(everyLimb(LIMB_OFFSET));
  const shifted = hex(everyLimb(2 ** (23 - shift) - 1));
  const rectified = positive
    ? [`${name} := and(shr(${shift}, ${name}), ${shifted})`]
    : [`t := and(${name}, ${sign})`, `${name} := and(shr(${shift}, and(${name}, sub(t, shr(23, t)))), ${shifted})`];
  return [
    ...rectified,
    `t := and(add(${name}, ${hex(everyLimb(LIMB_OFFSET - MAX_ACTIVATION - 1))}), ${sign})`,
    `${name} := and(or(${name}, sub(t, shr(23, t))), ${hex(everyLimb(MAX_ACTIVATION))})`,
  ];
}

/**
 * A finished word goes through the activation and from there, byte by byte, into every word of the next layer. A byte out of a
 * word on the stack costs 9 gas; out of memory, 11.
 */
function emitHandOver(
  layer: QuantisedLayer,
  word: Word,
  positive: boolean,
  next: QuantisedLayer,
  nextWords: readonly Word[],
): string[] {
  const products = word.neurons.flatMap((neuron, limb) => {
    const input = `byte(${byteOf(limb)}, ${word.name})`;
    return nextWords.flatMap((target) => emitProduct(next, target, neuron, input));
  });
  return [...emitActivation(word, layer.shift, positive), ...products];
}

/** Weights of a dot product by one multiplication: in reverse and raised by 128, so that no limb borrows. */
export function dotFactor(weights: readonly number[]): bigint {
  const raised = Array.from({ length: LIMBS }, (_, limb) => (weights[limb] === undefined ? 0 : weights[limb] + 128));
  return packLimbs(raised.reverse());
}

/** Where the sum of a dot product ends up. */
export const DOT_SHIFT = (LIMBS - 1) * LIMB_BITS;

/**
 * The last neuron: the tenth limb of activations times reversed weights is their dot product. 128 times the sum of activations,
 * found the same way, is taken off again for the raised weights.
 */
function emitOutput(layer: QuantisedLayer, names: readonly string[]): string[] {
  const products = words(layer.weights[0] ?? []).map((group, word) => `mul(${names[word]}, ${hex(dotFactor(group))})`);
  const dot = products.reduce((sum, product) => `add(${sum}, ${product})`);
  const all = names.reduce((sum, name) => `add(${sum}, ${name})`);
  return [
    `v := and(shr(${DOT_SHIFT}, ${dot}), 0xffffff)`,
    `t := and(shr(${DOT_SHIFT}, mul(${all}, ${hex(everyLimb(1))})), 0xffffff)`,
    `v := sub(add(v, ${hex(BigInt(LIMB_OFFSET + (layer.bias[0] ?? 0)))}), shl(7, t))`,
  ];
}

function emitStart(layer: QuantisedLayer, word: Word, zeroPoint: number): string {
  return `let ${word.name} := ${hex(startOf(layer, word.neurons, zeroPoint))}`;
}

/**
 * Facts lie twice in scratch memory, at 0 and at 32, so that a read at i has them rotated by i bytes. Each word reads a rotation
 * of its own: equal reads would be made once and kept, and there are more of them than the stack holds.
 */
function emitFirst(layer: QuantisedLayer, word: Word, index: number): string[] {
  const lines = [emitStart(layer, word, 128), `let x${index} := mload(${index + 1})`];
  for (let fact = 0; fact < fanIn(layer); fact++) {
    lines.push(...emitProduct(layer, word, fact, `byte(${(fact + 31 - index) % 32}, x${index})`));
  }
  return lines;
}

/** Whether the layers are narrow enough for the stack: words of the next layer are under way while one of this layer is made. */
export function fitsStack(model: ClassifierModel): boolean {
  return model.layers.slice(1).every((layer) => wordsOf(layer).length <= LIVE_WORDS);
}

/**
 * A classifier as straight-line assembly, from `facts` to `v`, the last accumulator raised by 2^23. `v` must be declared; the
 * first 64 bytes of memory are used and nothing else.
 */
export function emitClassifier(model: ClassifierModel): string[] {
  const layers = model.layers.map((layer, index) => ({ layer, accumulators: namedWords(layer, index) }));
  const lines = ["let t", `t := xor(facts, 0x${"80".repeat(32)})`, "mstore(0, t)", "mstore(32, t)"];
  layers.slice(0, -1).forEach(({ layer, accumulators }, index) => {
    const next = layers[index + 1];
    if (next === undefined) return;
    const last = index + 1 === layers.length - 1;
    if (!last) for (const word of next.accumulators) lines.push(emitStart(next.layer, word, 0));
    for (const [place, word] of accumulators.entries()) {
      if (index === 0) lines.push(...emitFirst(layer, word, place));
      const positive = index > 0 && neverNegative(word, layer);
      if (last) lines.push(...emitActivation(word, layer.shift, positive));
      else lines.push(...emitHandOver(layer, word, positive, next.layer, next.accumulators));
    }
    const names = accumulators.map((word) => word.name);
    if (last) lines.push(...emitOutput(next.layer, names));
  });
  return lines;
}
