import { readFile } from "node:fs/promises";

import { failed, findingOf, type Finding } from "./parts.ts";
import { runTool } from "./tools.ts";

/** Generated files are what generating them now would write; the lock file names no registry. */
export async function checkGeneratedFiles(): Promise<Finding> {
  const generated = await runTool("../scripts/generate.ts", ["--check"]);
  const lock = hostsInLock(await readFile("package-lock.json", "utf8"));
  return generated.ok ? findingOf(lock) : failed(...generated.lines, ...lock);
}

/** Addresses in a lock file tie an install to one registry. */
export function hostsInLock(lock: string): string[] {
  const found = lock.split("\n").filter((line) => /"resolved": "\w+:/.test(line));
  return found.map((line) => `package-lock.json: ${line.trim()} (npm install --package-lock-only with this .npmrc)`);
}
