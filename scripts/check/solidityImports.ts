import { glob, readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

import { findingOf, type Finding } from "./parts.ts";

type Import = { from: string; to: string };

/** What a folder may import besides itself; a domain (escrow, risk, …) is any folder that is not named here. */
const allowed: Record<string, string[]> = {
  types: [],
  interfaces: ["types"],
  libraries: ["types", "interfaces"],
};
const forDomains = ["types", "interfaces", "libraries"];

/** Domains meet in interfaces, types and libraries only; nothing but mocks imports mocks; no file needs itself. */
export async function checkSolidityImports(root: string): Promise<Finding> {
  const imports: Import[] = [];
  for await (const file of glob(`${root}/**/*.sol`)) {
    const source = await readFile(file, "utf8");
    imports.push(...importsOf(file.slice(root.length + 1), source));
  }
  const crossing = imports.flatMap(({ from, to }) => {
    const problem = problemOf(folderOf(from), folderOf(to));
    return problem === undefined ? [] : [`${from} imports ${to}: ${problem}`];
  });
  return findingOf([...crossing.sort(), ...cyclesOf(imports)]);
}

/** Imports of files of ours; libraries from npm are free to use. */
function importsOf(file: string, source: string): Import[] {
  const matches = source.matchAll(/^\s*import\s[^;"']*["']([^"']+)["']/gm);
  const targets = [...matches].map((match) => match[1] ?? "").filter((path) => path.startsWith("."));
  return targets.map((path) => ({ from: file, to: normalize(join(dirname(file), path)) }));
}

function folderOf(file: string): string {
  return file.split("/")[0] ?? "";
}

function problemOf(from: string, to: string): string | undefined {
  if (from === to || from === "mocks") return undefined;
  if (to === "mocks") return "only mocks import mocks";
  if (to === "..") return "outside of contracts/";
  const may = allowed[from] ?? forDomains;
  if (may.includes(to)) return undefined;
  return `${from} may import ${["itself", ...may].join(", ")}`;
}

function cyclesOf(imports: Import[]): string[] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: string[]): void => {
    if (path.includes(file)) found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
    if (path.includes(file) || done.has(file)) return;
    for (const { to } of next.get(file) ?? []) walk(to, [...path, file]);
    done.add(file);
  };
  for (const file of [...next.keys()].sort()) walk(file, []);
  return found;
}
