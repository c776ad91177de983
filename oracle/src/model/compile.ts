import { emitTree } from "./compileRank.ts";
import { everyLimb, hex, LIMB_BITS, LIMB_OFFSET, LIMBS, packLimbs, words } from "./limbs.ts";
import type { QuantisedLayer, QuantisedModel } from "./network.ts";
import { checkModel, fanIn, modelHash } from "./network.ts";
import { MAX_ACTIVATION } from "./reference.ts";

/** Largest runtime code a chain accepts. */
export const MAX_CODE_BYTES = 24_576;
/** What the base contract around the model takes, rounded up. */
const BASE_CODE_BYTES = 8_000;
/** Five comparisons, one interpolation, the call into the network and out of it. */
const RANK_TABLE_GAS = 350;
/** Scratch memory: facts lie at 0, a word of activations here. A read may reach further, but only its first byte counts. */
const HIDDEN_AT = 32;

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

/** A network whose contract would exceed the size limit of the chain. */
export class CodeSizeError extends Error {
  override readonly name = "CodeSizeError";
}

function half(layer: QuantisedLayer): number {
  return layer.shift === 0 ? 0 : 2 ** (layer.shift - 1);
}

/**
 * The structural bound of each neuron: sum of |weight| * 128 + |bias| + the rounding half. It holds for every input there is,
 * since facts lie in -128…127 and activations in 0…127. Throws AccumulatorBoundError at 2^23.
 *
 * @returns The largest bound in the network.
 */
export function proveBounds(model: QuantisedModel): number {
  let most = 0;
  model.layers.forEach((layer, index) => {
    layer.weights.forEach((row, neuron) => {
      const products = row.reduce((sum, weight) => sum + Math.abs(weight) * 128, 0);
      const bound = products + Math.abs(layer.bias[neuron] ?? 0) + half(layer);
      if (bound >= LIMB_OFFSET) throw new AccumulatorBoundError(index, neuron, bound);
      most = Math.max(most, bound);
    });
  });
  return most;
}

/** The word an accumulator starts from: offset, bias, rounding half and, for facts read as 0…255, the zero point. */
function startWord(layer: QuantisedLayer, neurons: readonly number[], zeroPoint: number): bigint {
  return packLimbs(
    neurons.map((neuron) => {
      const weights = (layer.weights[neuron] ?? []).reduce((sum, weight) => sum + weight, 0);
      return LIMB_OFFSET + (layer.bias[neuron] ?? 0) + half(layer) - zeroPoint * weights;
    }),
  );
}

/** One accumulator word: the limbs of up to ten neurons of a layer. */
interface Word {
  readonly name: string;
  readonly neurons: readonly number[];
}

function wordsOf(layer: QuantisedLayer, index: number): Word[] {
  return words(layer.weights.map((_, neuron) => neuron)).map((neurons, word) => ({
    name: `a${index}_${word}`,
    neurons,
  }));
}

/**
 * One input times its weights, added to a word; nothing where all the weights are zero. The sum is the second argument: the
 * compiler evaluates from the right, and the stack stays flat.
 */
function emitProduct(layer: QuantisedLayer, word: Word, column: number, input: string): string[] {
  const factor = packLimbs(word.neurons.map((neuron) => layer.weights[neuron]?.[column] ?? 0));
  return factor === 0n ? [] : [`${word.name} := add(mul(${input}, ${hex(factor)}), ${word.name})`];
}

/** ReLU, shift and clamp of ten accumulators at once, by masks. */
function emitActivation(name: string, shift: number): string[] {
  const sign = hex(everyLimb(LIMB_OFFSET));
  return [
    `t := and(${name}, ${sign})`,
    `${name} := and(shr(${shift}, and(${name}, sub(t, shr(23, t)))), ${hex(everyLimb(2 ** (23 - shift) - 1))})`,
    `t := and(add(${name}, ${hex(everyLimb(LIMB_OFFSET - MAX_ACTIVATION - 1))}), ${sign})`,
    `${name} := and(or(${name}, sub(t, shr(23, t))), ${hex(everyLimb(MAX_ACTIVATION))})`,
  ];
}

/**
 * A finished word goes through the activation into scratch memory, and from there, byte by byte, into every word of the next
 * layer. Memory keeps the optimizer from moving the reads, which would hold too many words on the stack.
 */
function emitHandOver(layer: QuantisedLayer, word: Word, next: QuantisedLayer, nextWords: readonly Word[]): string[] {
  const products = word.neurons.flatMap((neuron, limb) => {
    const input = `byte(0, mload(${HIDDEN_AT + 31 - 3 * limb}))`;
    return nextWords.flatMap((target) => emitProduct(next, target, neuron, input));
  });
  return [...emitActivation(word.name, layer.shift), `mstore(${HIDDEN_AT}, ${word.name})`, ...products];
}

/**
 * The last neuron: the tenth limb of activations times reversed weights is their dot product. Weights are raised by 128 so that
 * no limb borrows; 128 times the sum of activations, found the same way, is taken off again.
 */
function emitOutput(layer: QuantisedLayer, names: readonly string[]): string[] {
  const topLimb = (LIMBS - 1) * LIMB_BITS;
  const products = words(layer.weights[0] ?? []).map((group, word) => {
    const raised = Array.from({ length: LIMBS }, (_, limb) => (group[limb] === undefined ? 0 : group[limb] + 128));
    return `mul(${names[word]}, ${hex(packLimbs(raised.reverse()))})`;
  });
  const dot = products.reduce((sum, product) => `add(${sum}, ${product})`);
  const all = names.reduce((sum, name) => `add(${sum}, ${name})`);
  return [
    `v := and(shr(${topLimb}, ${dot}), 0xffffff)`,
    `t := and(shr(${topLimb}, mul(${all}, ${hex(everyLimb(1))})), 0xffffff)`,
    `v := sub(add(v, ${hex(BigInt(LIMB_OFFSET + (layer.bias[0] ?? 0)))}), shl(7, t))`,
  ];
}

function emitStart(layer: QuantisedLayer, word: Word, zeroPoint: number): string {
  return `let ${word.name} := ${hex(startWord(layer, word.neurons, zeroPoint))}`;
}

/** The body of the assembly block: from `facts` to `score`. */
function emitNetwork(model: QuantisedModel): string[] {
  const layers = model.layers.map((layer, index) => ({ layer, accumulators: wordsOf(layer, index) }));
  const lines = [`mstore(0, xor(facts, 0x${"80".repeat(32)}))`, "let v", "let t"];
  layers.slice(0, -1).forEach(({ layer, accumulators }, index) => {
    const next = layers[index + 1];
    if (next === undefined) return;
    const last = index + 1 === layers.length - 1;
    if (!last) for (const word of next.accumulators) lines.push(emitStart(next.layer, word, 0));
    for (const word of accumulators) {
      if (index === 0) {
        lines.push(emitStart(layer, word, 128));
        for (let fact = 0; fact < fanIn(layer); fact++) {
          lines.push(...emitProduct(layer, word, fact, `byte(0, mload(${fact}))`));
        }
      }
      if (last) lines.push(...emitActivation(word.name, layer.shift));
      else lines.push(...emitHandOver(layer, word, next.layer, next.accumulators));
    }
    if (last)
      lines.push(
        ...emitOutput(
          next.layer,
          accumulators.map((word) => word.name),
        ),
      );
  });
  return [...lines, ...emitTree(model.knots, LIMB_OFFSET)];
}

/** Size of the runtime code by counting what is emitted, a few per cent on the safe side. */
export function estimateCodeBytes(lines: readonly string[]): number {
  const literals = lines.join(" ").match(/0x[0-9a-f]+/g) ?? [];
  const literalBytes = literals.reduce((sum, literal) => sum + 1 + Math.ceil((literal.length - 2) / 2), 0);
  const operations = lines.join(" ").match(/[a-z]+\(/g)?.length ?? 0;
  return BASE_CODE_BYTES + literalBytes + 4 * operations;
}

/** Gas of one warm run by counting what is emitted: operations and literals at 3, multiplications at 5, and the rank table. */
export function estimateRunGas(lines: readonly string[]): number {
  const network = lines
    .slice(
      0,
      lines.findIndex((line) => line.startsWith("switch")),
    )
    .join(" ");
  const count = (pattern: RegExp): number => network.match(pattern)?.length ?? 0;
  return 3 * count(/[a-z]+\(/g) + 2 * count(/mul\(/g) + 3 * count(/\b(?:0x[0-9a-f]+|\d+)\b/g) + RANK_TABLE_GAS;
}

/** What the compiler returns beside the source text. */
export interface CompiledModel {
  readonly source: string;
  readonly contractName: string;
  readonly modelHash: string;
  /** Largest structural bound of an accumulator; below 2^23. */
  readonly accumulatorBound: number;
  readonly codeBytesEstimate: number;
  readonly gasEstimate: number;
}

/** RiskEpochEth2017v1 from eth2017-1: words joined, a version after a digit set off by a v. */
export function contractNameOf(id: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new RangeError(`model id ${id} is not lower-case words with dashes`);
  const words = id.split("-").map((word) => (/^\d/.test(word) ? `V${word}` : word[0]?.toUpperCase() + word.slice(1)));
  return `RiskEpoch${words.join("")}`;
}

/**
 * Compiles a quantised model to the Solidity source of one epoch contract: straight-line assembly with the weights as literals.
 * Throws AccumulatorBoundError or CodeSizeError before it emits anything that could be wrong or not deployable.
 */
export function compileModel(model: QuantisedModel): CompiledModel {
  checkModel(model);
  const hidden = model.layers.slice(1);
  if (hidden.length === 0) throw new RangeError("a compiled network has at least one hidden layer");
  if (hidden.some((layer) => fanIn(layer) > 250)) throw new RangeError("a hidden layer has at most 250 neurons");
  const accumulatorBound = proveBounds(model);
  const lines = emitNetwork(model);
  const codeBytesEstimate = estimateCodeBytes(lines);
  if (codeBytesEstimate > MAX_CODE_BYTES) {
    throw new CodeSizeError(`about ${codeBytesEstimate} bytes of code, the limit is ${MAX_CODE_BYTES}`);
  }
  const contractName = contractNameOf(model.id);
  const hash = modelHash(model);
  const source = contractSource(model, contractName, hash, lines);
  return {
    source,
    contractName,
    modelHash: hash,
    accumulatorBound,
    codeBytesEstimate,
    gasEstimate: estimateRunGas(lines),
  };
}

function contractSource(model: QuantisedModel, name: string, hash: string, lines: readonly string[]): string {
  const widths = [
    fanIn(model.layers[0] ?? { weights: [], bias: [], shift: 0 }),
    ...model.layers.map((l) => l.weights.length),
  ];
  return `// SPDX-License-Identifier: MIT
// Generated by \`npm run train\` from oracle/models/${model.id}/model.json. Do not edit.
pragma solidity 0.8.37;

import {EpochConfig} from "../../types/EpochConfig.sol";
import {IRiskEpoch} from "../../interfaces/IRiskEpoch.sol";
import {RiskEpochBase} from "../RiskEpochBase.sol";

/// @title Risk epoch with the model ${model.id}
/// @notice An int8 network of ${widths.join("-")} neurons as straight-line code: ten 24-bit accumulators a word, weights as literals.
contract ${name} is RiskEpochBase {
    constructor(EpochConfig memory config) RiskEpochBase(config) {}

    /// @inheritdoc IRiskEpoch
    function schemaHash() public pure override returns (bytes32) {
        return ${model.schemaHash};
    }

    /// @inheritdoc IRiskEpoch
    function modelHash() public pure override returns (bytes32) {
        return ${hash};
    }

    /// @dev Uses scratch memory only. Each accumulator's bound below 2^23 was proven before this was generated.
    function _run(bytes32 facts) internal pure override returns (uint256 score) {
        assembly ("memory-safe") {
${lines.map((line) => `            ${line}`).join("\n")}
        }
    }
}
`;
}
