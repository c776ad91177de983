import { availableParallelism } from "node:os";

import { checkContractSizes } from "./check/contractSizes.ts";
import { checkGeneratedFiles } from "./check/generatedFiles.ts";
import { checkLeftovers } from "./check/leftovers.ts";
import { failed, type Finding, runParts } from "./check/parts.ts";
import { checkSdkPackage } from "./check/sdkPackage.ts";
import { checkSolcWarnings } from "./check/solcWarnings.ts";
import { checkSolidityImports } from "./check/solidityImports.ts";
import { checkImports, runTool } from "./check/tools.ts";

const usage = `npm run check              every part; exit 1 if one fails
npm run check -- PART...   some of them: `;

const solidity = "contracts/**/*.sol";

/** Everything that can be wrong without a test failing. Types and sizes need what the first part compiles. */
const parts: Record<string, () => Promise<Finding>> = {
  compile: () => runTool("hardhat/dist/src/cli.js", ["compile", "--quiet"]),
  format: () => runTool("prettier/bin/prettier.cjs", ["--check", "--log-level", "warn", "."]),
  eslint: () => runTool("eslint/bin/eslint.js", ["."]),
  solhint: () => runTool("solhint/solhint.js", ["--noPoster", "--max-warnings", "0", solidity]),
  "solc-warnings": () => checkSolcWarnings(),
  types: () => runTool("typescript/bin/tsc", []),
  imports: () => checkImports(),
  "solidity-imports": () => checkSolidityImports("contracts"),
  sizes: () => checkContractSizes(),
  generated: () => checkGeneratedFiles(),
  leftovers: () => checkLeftovers(),
  "sdk-package": () => checkSdkPackage(),
};

async function main(wanted: string[]): Promise<void> {
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    console.error(`${usage}${Object.keys(parts).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  const names = wanted.length > 0 ? wanted : Object.keys(parts);
  const chosen = names.map((name) => ({ name, run: parts[name] ?? (async () => failed("no such part")) }));
  const first = chosen.filter(({ name }) => name === "compile");
  const rest = chosen.filter(({ name }) => name !== "compile");
  const results = [...(await runParts(first, 1)), ...(await runParts(rest, Math.min(2, availableParallelism())))];
  const wrong = results.filter(({ finding }) => !finding.ok).length;
  console.log(`${results.length - wrong} parts ok, ${wrong} failed`);
  process.exitCode = wrong > 0 ? 1 : 0;
}

await main(process.argv.slice(2));
