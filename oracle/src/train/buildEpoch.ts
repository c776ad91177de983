import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { RuntimeTemplate } from "../model/codeHash.ts";
import { codeBytes, codeHash } from "../model/codeHash.ts";

/** Identity and size of an epoch's runtime code. */
export interface EpochCode {
  readonly codeHash: string;
  readonly codeBytes: number;
}

/**
 * Builds one generated contract, in the project's root, and reads its code.
 *
 * @param contracts Folder of the generated contracts.
 */
export async function buildEpoch(contracts: string, contractName: string): Promise<EpochCode> {
  const source = join(contracts, `${contractName}.sol`);
  const result = spawnSync("npx", ["hardhat", "build", source], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`npx hardhat build ${source} failed:\n${result.stdout}${result.stderr}`);
  const path = join("artifacts", contracts, `${contractName}.sol`, `${contractName}.json`);
  // The compiler's own artifact; codeHash checks the fields it reads.
  const template = JSON.parse(await readFile(path, "utf8")) as RuntimeTemplate;
  return { codeHash: codeHash(template), codeBytes: codeBytes(template) };
}
