import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import type { InterfaceAbi } from "ethers";

import { compileModel } from "../../oracle/src/model/compile.ts";
import type { AutoencoderModel, Knot, QuantisedLayer, QuantisedModel } from "../../oracle/src/model/network.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import type { Random } from "../../oracle/src/train/random.ts";
import { randomFacts } from "./vectors.ts";

/** The one function of the compiler package that is used. */
interface Compiler {
  compile(input: string): string;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<
    string,
    Record<string, { abi: InterfaceAbi; evm: { bytecode: { object: string }; deployedBytecode: { object: string } } }>
  >;
}

/** Just enough around the network to call it: the real base's signatures and tables have tests of their own. */
const BARE_BASE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {EpochConfig} from "../types/EpochConfig.sol";
import {EpochReasons} from "./EpochReasons.sol";
abstract contract RiskEpochBase is EpochReasons {
    constructor(EpochConfig memory) {}
    function score(bytes32 facts) external view returns (uint256 score_) { (score_, ) = _run(facts); }
    function network() public view virtual returns (address) { return address(this); }
    function networkHash() public pure virtual returns (bytes32) { return 0; }
}`;
const BARE_INTERFACE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {Reason} from "../types/Reason.sol";
interface IRiskEpoch {
    function score(bytes32 facts) external view returns (uint256);
    function accumulator(bytes32 facts) external view returns (uint256);
    function explain(bytes32 facts, uint256 most) external view returns (Reason[] memory reasons);
    function referenceFacts() external pure returns (bytes32);
    function network() external view returns (address);
    function networkHash() external pure returns (bytes32);
    function schemaHash() external pure returns (bytes32);
    function modelHash() external pure returns (bytes32);
}`;
const BARE_CONFIG = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
struct EpochConfig { uint256 nothing; }`;
/** The project's own sources that a generated contract stands on, as they are. */
const OWN = ["contracts/types/Reason.sol", "contracts/risk/EpochReasons.sol", "contracts/risk/SplitEpochBase.sol"];

function ownSources(): Record<string, { content: string }> {
  const root = new URL("../../", import.meta.url);
  return Object.fromEntries(OWN.map((path) => [path, { content: readFileSync(new URL(path, root), "utf8") }]));
}

/** A compiled model that is not in the project. */
export interface BuiltEpoch {
  readonly abi: InterfaceAbi;
  /** Creation code. */
  readonly bytecode: string;
}

/** Compiles a model that is not in the project, with the project's compiler settings. */
export function buildEpoch(model: QuantisedModel): BuiltEpoch {
  // The package has no types; the interface above is what its documentation states.
  const compiler = createRequire(import.meta.url)("solc") as Compiler;
  const { source, contractName } = compileModel(model);
  const input = {
    language: "Solidity",
    sources: {
      "contracts/risk/epochs/Epoch.sol": { content: source },
      "contracts/risk/RiskEpochBase.sol": { content: BARE_BASE },
      "contracts/interfaces/IRiskEpoch.sol": { content: BARE_INTERFACE },
      "contracts/types/EpochConfig.sol": { content: BARE_CONFIG },
      ...ownSources(),
    },
    settings: {
      evmVersion: "prague",
      viaIR: true,
      optimizer: { enabled: true, runs: 1_000_000 },
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  // Output of the compiler's documented JSON interface.
  const output = JSON.parse(compiler.compile(JSON.stringify(input))) as CompilerOutput;
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  const contracts = output.contracts?.["contracts/risk/epochs/Epoch.sol"];
  const epoch = contracts?.[contractName];
  if (epoch === undefined) throw new Error(errors.map((one) => one.formattedMessage).join("\n"));
  return { abi: epoch.abi, bytecode: `0x${epoch.evm.bytecode.object}` };
}

function randomLayer(random: Random, inputs: number, neurons: number, shift: number): QuantisedLayer {
  const weight = (): number => (random() < 0.1 ? 0 : Math.floor(random() * 255) - 127);
  return {
    weights: Array.from({ length: neurons }, () => Array.from({ length: inputs }, weight)),
    bias: Array.from({ length: neurons }, () => Math.floor(random() * 4_001) - 2_000),
    shift,
  };
}

/** A network of the given hidden widths with weights over the whole range, so that every neuron saturates somewhere. */
export function randomModel(random: Random, widths: readonly number[]): QuantisedModel {
  let inputs = 32;
  const layers = widths.map((neurons, index) => {
    const layer = randomLayer(random, inputs, neurons, index === 0 ? 8 : 5);
    inputs = neurons;
    return layer;
  });
  layers.push(randomLayer(random, inputs, 1, 0));
  const draft = {
    id: "made-up",
    schemaHash: `0x${"00".repeat(32)}`,
    layers,
    knots: [],
    referenceRow: Array.from({ length: 32 }, () => 0),
  };
  return { ...draft, knots: quantileKnots(draft, random) };
}

/**
 * An autoencoder of the given hidden widths. Each fact is close to its own reconstruction in size, so that errors lie on both sides;
 * a third of the facts count above their reconstruction only, a third below, a third on both sides; one does not count at all.
 */
export function randomAutoencoder(random: Random, widths: readonly number[], shift = 4): AutoencoderModel {
  let inputs = 32;
  const layers = widths.map((neurons, index) => {
    const layer = randomLayer(random, inputs, neurons, index === 0 ? 8 : 5);
    inputs = neurons;
    return layer;
  });
  const last = randomLayer(random, inputs, 32, shift);
  const leftOut = Math.floor(random() * 32);
  const weights = last.weights.map((row, fact) => (fact === leftOut ? row.map(() => 0) : row));
  const bias = last.bias.map((value, fact) => (fact === leftOut ? 0 : value));
  const factWeights = weights.map((_, fact) => {
    if (fact === leftOut) return 0;
    return (fact % 3 === 1 ? -1 : 1) * (1 + Math.floor(2 ** (random() * 12)));
  });
  const draft: AutoencoderModel = {
    kind: "autoencoder",
    id: "made-up",
    schemaHash: `0x${"00".repeat(32)}`,
    layers: [...layers, { ...last, weights, bias }],
    error: { factWeights, twoSided: weights.map((_, fact) => fact % 3 === 2) },
    knots: [],
    referenceRow: Array.from({ length: 32 }, () => Math.floor(random() * 256) - 128),
  };
  return { ...draft, knots: quantileKnots(draft, random) };
}

function quantileKnots(model: QuantisedModel, random: Random): Knot[] {
  const values = Array.from({ length: 500 }, () => accumulate(model, randomFacts(random)));
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const count = Math.min(9, sorted.length);
  return Array.from({ length: count }, (_, index): Knot => {
    const value = sorted[Math.floor((index * (sorted.length - 1)) / (count - 1))] ?? 0;
    return [value, Math.floor((10_000 * index) / (count - 1))];
  });
}
