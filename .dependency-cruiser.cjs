/** Imports that must not exist. test/checks/imports.test.ts shows each rule firing. */
const edges = "^(oracle|web|contracts|artifacts|types|deploy|bench|test|scripts|hardhat\\.config)";
const hardhat = "node_modules/(@nomicfoundation/)?hardhat";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-cycle",
      comment: "Two files that need each other are one file, or three.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      comment: "An import that leads nowhere escapes every other rule.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "sdk-stands-alone",
      comment: "Integrators install the SDK with ethers and nothing else; it runs in browsers.",
      severity: "error",
      from: { path: "^sdk/" },
      to: { path: `${edges}|${hardhat}` },
    },
    {
      name: "sdk-runs-anywhere",
      comment: "No Node built-in and no dependency but ethers.",
      severity: "error",
      from: { path: "^sdk/src" },
      to: { dependencyTypesNot: ["local"], pathNot: "node_modules/ethers/|^sdk/src" },
    },
    {
      name: "pure-core-does-no-io",
      comment: "Facts, model and policy are functions of values, so that every node computes the same.",
      severity: "error",
      from: { path: "^oracle/src/(facts|model|policy)/" },
      to: { pathNot: "^oracle/src/(facts|model|policy)/|node_modules/ethers/|^sdk/src/" },
    },
    {
      name: "oracle-is-a-product",
      comment: "A node runs without the web console, without Hardhat and without test code.",
      severity: "error",
      from: { path: "^oracle/src" },
      to: { path: `^(web|contracts|artifacts|types|deploy|bench|test|scripts|hardhat\\.config)|${hardhat}` },
    },
    {
      name: "web-knows-sdk-and-api",
      comment: "The console sees the contracts through the SDK and the nodes through their HTTP API.",
      severity: "error",
      from: { path: "^web/" },
      to: { path: "^(oracle|contracts|artifacts|types|deploy|bench|test|scripts)" },
    },
    {
      name: "sdk-through-its-door",
      comment:
        "Other packages import the SDK by its index, or an entry that package.json names for them, not its insides.",
      severity: "error",
      from: { path: "^(oracle|web)/" },
      to: { path: "^sdk/src/", pathNot: "^sdk/src/(index|vouchers/keccakWasm)\\.ts$" },
    },
    {
      name: "no-tests-in-product",
      comment: "Nothing that a user runs imports tests.",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^test/" },
    },
    {
      name: "benches-use-helpers-only",
      comment: "A bench may build its world with the tests' helpers; a test file itself it may not load.",
      severity: "error",
      from: { path: "^bench/" },
      to: { path: "^test/", pathNot: "/(support|shared)/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|^(types|artifacts)/" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".mts", ".mjs", ".js", ".cjs", ".json"],
    },
  },
};
