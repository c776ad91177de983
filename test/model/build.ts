import { createRequire } from "node:module";

import type { InterfaceAbi } from "ethers";

import { compileModel } from "../../oracle/src/model/compile.ts";
import type { Knot, QuantisedLayer, QuantisedModel } from "../../oracle/src/model/network.ts";
import { accumulate } from "../../oracle/src/model/reference.ts";
import type { Random } from "../../oracle/src/train/random.ts";
import { randomFacts } from "./vectors.ts";

/** The one function of the compiler package that is used. */
interface Compiler {
  compile(input: string): string;
}

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, { abi: InterfaceAbi; evm: { bytecode: { object: string } } }>>;
}

/** Just enough around the network to call it: the real base's signatures and tables have tests of their own. */
const BARE_BASE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {EpochConfig} from "../types/EpochConfig.sol";
import {IRiskEpoch} from "../interfaces/IRiskEpoch.sol";
abstract contract RiskEpochBase is IRiskEpoch {
    constructor(EpochConfig memory) {}
    function score(bytes32 facts) external pure returns (uint256) { return _run(facts); }
    function _run(bytes32 facts) internal pure virtual returns (uint256);
}`;
const BARE_INTERFACE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
interface IRiskEpoch {
    function score(bytes32 facts) external view returns (uint256);
    function schemaHash() external pure returns (bytes32);
    function modelHash() external pure returns (bytes32);
}`;
const BARE_CONFIG = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
struct EpochConfig { uint256 nothing; }`;

/** Compiles a model that is not in the project, with the project's compiler settings, to creation code. */
export function buildEpoch(model: QuantisedModel): { abi: InterfaceAbi; bytecode: string } {
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
    },
    settings: {
      evmVersion: "prague",
      viaIR: true,
      optimizer: { enabled: true, runs: 1_000_000 },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  // Output of the compiler's documented JSON interface.
  const output = JSON.parse(compiler.compile(JSON.stringify(input))) as CompilerOutput;
  const errors = (output.errors ?? []).filter((error) => error.severity === "error");
  const contract = output.contracts?.["contracts/risk/epochs/Epoch.sol"]?.[contractName];
  if (contract === undefined) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
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

function quantileKnots(model: QuantisedModel, random: Random): Knot[] {
  const values = Array.from({ length: 500 }, () => accumulate(model, randomFacts(random)));
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const count = Math.min(9, sorted.length);
  return Array.from({ length: count }, (_, index): Knot => {
    const value = sorted[Math.floor((index * (sorted.length - 1)) / (count - 1))] ?? 0;
    return [value, Math.floor((10_000 * index) / (count - 1))];
  });
}
