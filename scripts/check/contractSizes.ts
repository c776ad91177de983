import { glob, readFile } from "node:fs/promises";

import { findingOf, type Finding } from "./parts.ts";

/** EIP-170, less a tenth kept free for what a next version needs. */
export const largestCode = Math.floor(24_576 * 0.9);
export const longestSource = 550;

type Artifact = { contractName: string; sourceName: string; deployedBytecode: string };

/** Deployed code and source length of every contract that is not a mock. */
export async function checkContractSizes(artifacts = "artifacts/contracts", sources = "contracts"): Promise<Finding> {
  const lines: string[] = [];
  let seen = 0;
  for await (const path of glob(`${artifacts}/**/*.json`)) {
    const artifact = JSON.parse(await readFile(path, "utf8")) as Artifact; // Hardhat's artifact format
    seen += 1;
    const bytes = (artifact.deployedBytecode.length - 2) / 2;
    const product = !artifact.sourceName.startsWith("contracts/mocks/");
    if (product && bytes > largestCode) {
      lines.push(`${artifact.contractName}: ${bytes} bytes of code, at most ${largestCode} (EIP-170 less 10 %)`);
    }
  }
  for await (const path of glob(`${sources}/**/*.sol`)) {
    const count = (await readFile(path, "utf8")).trimEnd().split("\n").length;
    const generated = path.includes("risk/epochs/");
    if (!generated && count > longestSource) lines.push(`${path}: ${count} lines, at most ${longestSource}`);
  }
  if (seen === 0) lines.push("no artifacts: compile first");
  return findingOf(lines.sort());
}
