import { glob, readFile } from "node:fs/promises";

/** The parts of solc's syntax tree that are read here. */
export type AstNode = {
  nodeType: string;
  name?: string;
  nodes?: AstNode[];
  members?: AstNode[];
  documentation?: { text: string } | null;
  errorSelector?: string;
  eventSelector?: string;
  functionSelector?: string;
  value?: AstNode | string | null;
  arguments?: AstNode[];
};

export type AbiParameter = {
  name: string;
  type: string;
  internalType?: string;
  indexed?: boolean;
  components?: AbiParameter[];
};

export type AbiEntry = {
  type: string;
  name?: string;
  inputs?: AbiParameter[];
  outputs?: AbiParameter[];
  stateMutability?: string;
  anonymous?: boolean;
};

export type CompiledContract = { name: string; source: string; abi: AbiEntry[] };

/** Everything compiled: contracts with their ABI, and the syntax tree of each source file, libraries from npm included. */
export type Compiled = { contracts: CompiledContract[]; sources: Map<string, AstNode> };

type Artifact = { contractName: string; sourceName: string; abi: AbiEntry[]; buildInfoId: string };
type BuildInput = { input: { sources: Record<string, { content: string }> } };
type BuildOutput = { output: { sources: Record<string, { ast: AstNode }> } };

/** Reads the artifacts of everything under contracts/. */
export async function readContracts(): Promise<Compiled> {
  const artifacts: Artifact[] = [];
  for await (const path of glob("artifacts/contracts/**/*.json")) artifacts.push(await readJson<Artifact>(path));
  if (artifacts.length === 0) throw new Error("no artifacts: run `npx hardhat compile` first");
  artifacts.sort((a, b) => compare(a.sourceName, b.sourceName) || compare(a.contractName, b.contractName));
  const sources = new Map<string, AstNode>();
  for (const id of new Set(artifacts.map((artifact) => artifact.buildInfoId))) {
    for (const [name, ast] of await readTrees(id)) sources.set(name, ast);
  }
  const absent = artifacts.find(({ sourceName }) => !sources.has(sourceName));
  if (absent) throw new Error(`${absent.sourceName} changed since it was compiled: run \`npx hardhat compile\``);
  const contracts = artifacts.map(({ contractName, sourceName, abi }) => ({
    name: contractName,
    source: sourceName,
    abi,
  }));
  return { contracts, sources };
}

/** Top-level and nested definitions of every source in order of file name, each with the contract around it. */
export function* definitions(compiled: Compiled): Generator<{ node: AstNode; source: string; contract: string }> {
  for (const source of [...compiled.sources.keys()].sort(compare)) {
    for (const node of compiled.sources.get(source)?.nodes ?? []) {
      yield { node, source, contract: "" };
      if (node.nodeType !== "ContractDefinition") continue;
      for (const inner of node.nodes ?? []) yield { node: inner, source, contract: node.name ?? "" };
    }
  }
}

/** Trees of one build. Builds add up as files change; what an older one holds of a file that changed later is left out. */
async function readTrees(buildId: string): Promise<[name: string, ast: AstNode][]> {
  const { input } = await readJson<BuildInput>(`artifacts/build-info/${buildId}.json`);
  const { output } = await readJson<BuildOutput>(`artifacts/build-info/${buildId}.output.json`);
  const trees: [string, AstNode][] = [];
  for (const [inputName, { ast }] of Object.entries(output.sources)) {
    const name = inputName.replace(/^project\//, "");
    const now = name === inputName ? undefined : await readFile(name, "utf8").catch(() => "");
    if (now === undefined || now === input.sources[inputName]?.content) trees.push([name, ast]);
  }
  return trees;
}

/** Order by code units, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, "utf8")) as T; // written by Hardhat and solc, whose formats T states
}
