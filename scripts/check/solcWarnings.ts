import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { failed, findingOf, type Finding } from "./parts.ts";

type Diagnostic = { severity: string; errorCode?: string; message: string; sourceLocation?: { file: string } };
type Input = {
  settings: { outputSelection: unknown; remappings?: string[] };
  sources: Record<string, { content: string }>;
};
type Compiler = { compile(input: string): string };

/** Analyses the contracts as they are now, without making code, and reports warnings about our own files. */
export async function checkSolcWarnings(artifacts = "artifacts"): Promise<Finding> {
  const inputs: Input[] = [];
  for await (const path of glob(`${artifacts}/build-info/*.json`)) {
    if (path.endsWith(".output.json")) continue;
    inputs.push((JSON.parse(await readFile(path, "utf8")) as { input: Input }).input); // Hardhat's build format
  }
  const [first] = inputs;
  if (first === undefined) return failed("no builds: compile first");
  const remappings = new Set(inputs.flatMap(({ settings }) => settings.remappings ?? []));
  const settings = { ...first.settings, remappings: [...remappings] };
  return findingOf(warningsOf({ ...first, settings, sources: await currentSources(inputs) }).sort());
}

/** Files of all builds; of our own files what they hold now, builds being as old as the file they were made for. */
async function currentSources(inputs: Input[]): Promise<Input["sources"]> {
  const sources: Input["sources"] = Object.assign({}, ...inputs.map((input) => input.sources)) as Input["sources"]; // a union
  for (const name of Object.keys(sources).filter((key) => key.startsWith("project/"))) {
    const content = await readFile(name.replace("project/", ""), "utf8").catch(() => undefined);
    if (content === undefined) delete sources[name];
    else sources[name] = { content };
  }
  return sources;
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
