import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rebateRootDigest, type RebateLeaf, type RebateRoot } from "@sluice/sdk";
import { z } from "zod";

import { messageOf, OracleError } from "../errors.ts";
import type { Built } from "./build.ts";
import { reportsOfBuild } from "./csv.ts";
import { RebateTreeIndex } from "./merkle.ts";

const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const word = z.string().regex(/^0x[0-9a-f]{64}$/);
const decimal = z.string().regex(/^(0|[1-9][0-9]{0,77})$/);

/** A root file, also as the service store keeps it. */
export const rootSchema = z.strictObject({
  format: z.literal("sluice-rebate-root"),
  version: z.literal(1),
  chainId: z.int().positive(),
  pool: address,
  token: address,
  period: z.int().positive(),
  asOf: z.int().min(0),
  asOfHash: word,
  asOfTime: z.int().min(0),
  tierTable: word,
  total: decimal,
  root: word,
  leaves: z.int().positive(),
  digest: word,
});

/** A root as it is written, for attesters to sign. */
export type RootFile = z.output<typeof rootSchema>;

const signatureSchema = z.strictObject({
  signer: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  digest: word,
  signature: z.string().regex(/^0x[0-9a-fA-F]{128}$/),
});

/** One attester's signature of a root. */
export type RootSignature = z.output<typeof signatureSchema>;

export function invalid(message: string, details?: Readonly<Record<string, unknown>>): OracleError {
  return new OracleError("REBATES_INVALID", message, details);
}

export function rootFileOf({ site, root, digest, asOfTime, result }: Built): RootFile {
  const { token, asOf, asOfHash, tierTable } = root;
  return {
    ...{ format: "sluice-rebate-root", version: 1, chainId: site.chainId, pool: site.pool, token },
    ...{ period: Number(root.period), asOf, asOfHash, asOfTime, tierTable, total: root.total.toString() },
    ...{ root: root.root, leaves: result.leaves.length, digest },
  };
}

/** The struct that the pool takes. */
export function rootOfFile({ token, period, asOf, asOfHash, tierTable, total, root }: RootFile): RebateRoot {
  return { token, period: BigInt(period), asOf, asOfHash, tierTable, total: BigInt(total), root };
}

/** Writes one of a build's files; one that is there stays. @throws OracleError REBATES_INVALID */
export function writeNew(path: string, content: string): void {
  try {
    writeFileSync(path, content, { flag: "wx" });
  } catch (error) {
    throw invalid(`${path} cannot be written: ${messageOf(error)}`, { path });
  }
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Writes root and reports into a folder of their own. @throws OracleError REBATES_INVALID where one is there already. */
export function writeBuild(directory: string, built: Built): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw invalid(`${directory} cannot be made: ${messageOf(error)}`, { path: directory });
  }
  writeNew(join(directory, "root.json"), jsonText(rootFileOf(built)));
  for (const [name, content] of Object.entries(reportsOfBuild(built))) writeNew(join(directory, name), content);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw invalid(`${path} cannot be read: ${messageOf(error)}`, { path });
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>, what: string): T {
  const text = read(path);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const reason = issue === undefined ? messageOf(error) : `${issue.path.join(".")}: ${issue.message}`;
    throw invalid(`${path} is no ${what}: ${reason}`, { path });
  }
}

/** Reads a root and recomputes its digest. @throws OracleError REBATES_INVALID */
export function readRoot(path: string): RootFile {
  const file = readJson(path, rootSchema, "rebate root");
  const digest = rebateRootDigest(rootOfFile(file), { chainId: file.chainId, pool: file.pool });
  if (digest === file.digest) return file;
  throw invalid(`${path}: the digest does not fit the root`, { digest: file.digest, computed: digest });
}

/** @throws OracleError REBATES_INVALID */
export function readSignature(path: string): RootSignature {
  return readJson(path, signatureSchema, "signature of a rebate root");
}

const LEAF = /^(0x[0-9a-f]{40}),(0|[1-9][0-9]{0,77})$/;

/**
 * The tree of a build's folder, checked against its root.
 *
 * @throws OracleError REBATES_INVALID where the leaves are not those of the root.
 */
export function readTree(directory: string): { readonly file: RootFile; readonly tree: RebateTreeIndex } {
  const file = readRoot(join(directory, "root.json"));
  const path = join(directory, "leaves.csv");
  const [, ...lines] = read(path).trimEnd().split("\n");
  const leaves = lines.map((line, index): RebateLeaf => {
    const [, account, cumulative] = LEAF.exec(line) ?? [];
    if (account !== undefined && cumulative !== undefined) return { account, cumulative: BigInt(cumulative) };
    throw invalid(`${path}: line ${index + 2} is no leaf`, { path, line: index + 2 });
  });
  const tree = treeOf(leaves, path);
  if (tree.root === file.root) return { file, tree };
  throw invalid(`${path}: its root is ${tree.root}, root.json says ${file.root}`, { path });
}

function treeOf(leaves: readonly RebateLeaf[], path: string): RebateTreeIndex {
  try {
    return new RebateTreeIndex(leaves);
  } catch (error) {
    throw invalid(`${path}: ${messageOf(error)}`, { path });
  }
}
