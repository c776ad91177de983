import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { findingOf, type Finding } from "./parts.ts";

type Diagnostic = { severity: string; errorCode?: string; message: string; sourceLocation?: { file: string } };
type Input = { settings: { outputSelection: unknown }; sources: Record<string, unknown> };
type Compiler = { compile(input: string): string };

/** Analyses what was compiled once more, without making code, and reports warnings about our own files. */
export async function checkSolcWarnings(artifacts = "artifacts"): Promise<Finding> {
  const ids = new Set<string>();
  for await (const path of glob(`${artifacts}/contracts/**/*.json`)) {
    ids.add((JSON.parse(await readFile(path, "utf8")) as { buildInfoId: string }).buildInfoId); // Hardhat's artifact format
  }
  const lines = new Set<string>();
  for (const id of ids) {
    const build = JSON.parse(await readFile(`${artifacts}/build-info/${id}.json`, "utf8")) as { input: Input }; // Hardhat's
    for (const line of warningsOf(build.input)) lines.add(line);
  }
  if (ids.size === 0) lines.add("no artifacts: compile first");
  return findingOf([...lines].sort());
}

export function warningsOf(input: Input): string[] {
  const compiler = createRequire(import.meta.url)("solc") as Compiler; // the package has no types
  const analysed = { ...input, settings: { ...input.settings, outputSelection: {} } };
  const output = JSON.parse(compiler.compile(JSON.stringify(analysed))) as { errors?: Diagnostic[] }; // solc's JSON
  const ours = (output.errors ?? []).filter(({ sourceLocation }) => !sourceLocation?.file.startsWith("npm/"));
  return ours.map(({ message, errorCode, sourceLocation }) => {
    return `${sourceLocation?.file.replace(/^project\//, "") ?? "input"}: ${message} (${errorCode ?? "no code"})`;
  });
}
