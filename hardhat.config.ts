import { createRequire } from "node:module";

import hardhatToolboxMochaEthers from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { defineConfig } from "hardhat/config";

const soljson = createRequire(import.meta.url).resolve("solc/soljson.js");

/** One compiler profile for tests, benches and deploys: what is tested is what is deployed. */
const compiler = {
  version: "0.8.37",
  path: soljson,
  settings: {
    evmVersion: "prague",
    viaIR: true,
    optimizer: { enabled: true, runs: 1_000_000 },
    // Without metadata in the code the runtime depends on the source text alone, so a model's code hash can be recomputed.
    metadata: { bytecodeHash: "none", appendCBOR: false },
  },
} as const;

/** The governor is called rarely and is the library's longest chain of heirs: small code before cheap calls. */
const compact = { ...compiler, settings: { ...compiler.settings, optimizer: { enabled: true, runs: 200 } } };
const compilers = {
  compilers: [compiler],
  overrides: { "contracts/governance/SluiceGovernor.sol": compact },
};

export default defineConfig({
  plugins: [hardhatToolboxMochaEthers],
  solidity: { profiles: { default: compilers, production: compilers } },
  paths: { sources: "./contracts", tests: { mocha: "./test" } },
  typechain: { outDir: "./types/ethers-contracts" },
  test: { mocha: { timeout: 120_000 } },
  networks: {
    hardhat: { type: "edr-simulated", chainType: "l1", hardfork: "prague", allowBlocksWithSameTimestamp: true },
    // The chain that `npm start` and `npm run demo` run as a process of its own.
    local: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
});
