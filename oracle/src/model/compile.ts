import { keccak256 } from "ethers/crypto";

import type { Assembly } from "./assemble.ts";
import { creationCode } from "./assemble.ts";
import { proveBounds } from "./bounds.ts";
import { emitTree } from "./compileRank.ts";
import { emitClassifier, fitsStack } from "./emit.ts";
import {
  CALL_GAS,
  estimateRunGas,
  estimateWholeBytes,
  MAX_CODE_BYTES,
  MAX_WHOLE_BYTES,
  RANK_TABLE_GAS,
} from "./estimate.ts";
import { LIMB_OFFSET } from "./limbs.ts";
import type { QuantisedModel } from "./network.ts";
import { checkModel, fanIn, modelHash } from "./network.ts";
import { assembleNetwork } from "./networkCode.ts";
import { contractSource, shapeOf } from "./source.ts";

/** A network whose code would exceed the size limit of the chain even in a contract of its own. */
export class CodeSizeError extends Error {
  override readonly name = "CodeSizeError";
  readonly bytes: number;

  constructor(shape: string, bytes: number) {
    super(
      `a network of ${shape} takes ${bytes} bytes of code, the limit is ${MAX_CODE_BYTES} (EIP-170) even in a contract of its ` +
        "own: take fewer hidden neurons, in tens, in the widest two layers that follow each other",
    );
    this.bytes = bytes;
  }
}

/** A network as a contract of its own. */
export interface NetworkContract {
  /** keccak256 of the runtime code; a constant of the epoch's code. */
  readonly hash: string;
  readonly bytes: number;
  /** Creation code, hex without 0x. */
  readonly creationCode: string;
}

/** What the compiler returns beside the source text. */
export interface CompiledModel {
  readonly source: string;
  readonly contractName: string;
  /** Undefined where the epoch holds the network itself. */
  readonly network: NetworkContract | undefined;
  readonly modelHash: string;
  /** Largest structural bound of an accumulator; below 2^23. */
  readonly accumulatorBound: number;
  /** Of the contract that holds the network; exact where that is one of its own. */
  readonly codeBytesEstimate: number;
  /** Of one warm run of `score`. */
  readonly gasEstimate: number;
}

/** RiskEpochEth2017v2 from eth2017-2: words joined, a version after a digit set off by a v. */
export function contractNameOf(id: string): string {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))
    throw new RangeError(`model id ${id} is not lower-case words with dashes`);
  const words = id.split("-").map((word) => (/^\d/.test(word) ? `V${word}` : word[0]?.toUpperCase() + word.slice(1)));
  return `RiskEpoch${words.join("")}`;
}

function checkShape(model: QuantisedModel): void {
  checkModel(model);
  const hidden = model.layers.slice(1);
  if (hidden.length === 0) throw new RangeError("a compiled network has at least one hidden layer");
  if (hidden.some((layer) => fanIn(layer) > 250)) throw new RangeError("a hidden layer has at most 250 neurons");
}

function contractOf({ code }: Assembly, model: QuantisedModel): NetworkContract {
  const bytes = code.length / 2;
  if (bytes > MAX_CODE_BYTES) throw new CodeSizeError(shapeOf(model), bytes);
  return { hash: keccak256(`0x${code}`), bytes, creationCode: creationCode({ code }) };
}

/**
 * Compiles a quantised model to the Solidity source of one epoch: straight-line code with the weights as literals. A small classifier
 * becomes assembly in the epoch itself. An autoencoder, or a network that does not fit a contract together with the rest of the
 * epoch, becomes bytecode: a contract of its own, which the epoch's constructor creates. Throws AccumulatorBoundError or CodeSizeError
 * before it emits anything that could be wrong or not deployable.
 */
export function compileModel(model: QuantisedModel): CompiledModel {
  checkShape(model);
  const accumulatorBound = proveBounds(model);
  const tree = emitTree(model.knots, model.kind === "autoencoder" ? 0 : LIMB_OFFSET);
  const common = { contractName: contractNameOf(model.id), modelHash: modelHash(model) };
  const source = { model, tree, ...common };
  if (model.kind !== "autoencoder" && fitsStack(model)) {
    const lines = emitClassifier(model);
    const codeBytesEstimate = estimateWholeBytes(lines, tree);
    if (codeBytesEstimate <= MAX_WHOLE_BYTES) {
      const gasEstimate = estimateRunGas(lines);
      const text = contractSource({ ...source, network: lines });
      return { ...common, source: text, network: undefined, accumulatorBound, codeBytesEstimate, gasEstimate };
    }
  }
  const assembly = assembleNetwork(model);
  const network = contractOf(assembly, model);
  return {
    ...common,
    source: contractSource({ ...source, network }),
    network,
    accumulatorBound,
    codeBytesEstimate: network.bytes,
    gasEstimate: assembly.gas + RANK_TABLE_GAS + CALL_GAS,
  };
}
