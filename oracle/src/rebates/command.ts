import type { Keyring } from "../attest/keyring.ts";
import { loadKeyring } from "../attest/nodeKeys.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import type { Built } from "./build.ts";
import { buildWith } from "./buildWith.ts";
import { invalid, jsonText, readRoot, readSignature, readTree, writeBuild, writeNew } from "./files.ts";
import { keepBuild } from "./keep.ts";
import { claimData, signRoot, submitRoot } from "./signing.ts";
import { readTable } from "./table.ts";

/** How the command line is asked for its options. */
export interface RebateOptions {
  readonly settings: () => NodeSettings;
  /** Throws where the option is missing. */
  readonly needed: (name: string) => string;
  readonly optional: (name: string) => string | undefined;
}

function wholeOf(name: string, text: string): number {
  if (/^(0|[1-9][0-9]{0,14})$/.test(text)) return Number(text);
  throw invalid(`--${name}: a whole number, got ${text}`);
}

function addressOf(name: string, text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text.toLowerCase();
  throw invalid(`--${name}: an address, got ${text}`);
}

/** The token that is named, else the table's only one. */
function tokenOf(table: string, named: string | undefined): string {
  if (named !== undefined) return addressOf("token", named);
  const [token, ...others] = Object.keys(readTable(table.split(",")[0] ?? "").table.tokens);
  if (token !== undefined && others.length === 0) return token;
  throw invalid(`--token: the table has tiers for ${others.length + 1} tokens, say which`);
}

function builtText({ root, result, posted }: Built, out: string): string {
  const { leaves, payments, short } = result;
  const earning = payments.filter(({ reason }) => reason === undefined).length;
  const owed = short > 0n ? `; ${short} more are owed and wait for funds` : "";
  const lines = [
    `period ${root.period} as of block ${root.asOf}: ${payments.length} payments name a referral, ${earning} of them earn`,
    `${leaves.length} accounts, total ${root.total}${owed}`,
    `root ${root.root}, tier table ${root.tierTable}`,
    `written to ${out}: have a quorum sign root.json`,
  ];
  if (posted === undefined || posted.root === root.root) return lines.join("\n");
  const call = `challenge(${root.token}, ${root.root})`;
  return [...lines, `THE POOL HOLDS ANOTHER ROOT: ${posted.root}. While it waits, ${call} stops it.`].join("\n");
}

async function build({ settings: read, needed, optional }: RebateOptions): Promise<string> {
  const [settings, table, out] = [read(), needed("table"), needed("out")];
  const request = {
    token: tokenOf(table, optional("token")),
    period: wholeOf("period", needed("period")),
    asOf: wholeOf("as-of", needed("as-of")),
  };
  const built = await buildWith(settings, table.split(","), request);
  writeBuild(out, built);
  await keepBuild(settings, built);
  return builtText(built, out);
}

async function withKeys<T>(settings: NodeSettings, use: (keys: Keyring) => Promise<T>): Promise<T> {
  const keys = await loadKeyring(settings);
  try {
    return await use(keys);
  } finally {
    await keys.close();
  }
}

async function sign({ settings: read, needed }: RebateOptions): Promise<string> {
  const [settings, file, tables, out] = [read(), readRoot(needed("root")), needed("table"), needed("out")];
  const signed = await withKeys(settings, (keys) => signRoot(settings, keys, file, tables.split(",")));
  writeNew(out, jsonText(signed));
  return `${signed.signer} has signed ${signed.digest}`;
}

async function submit({ settings: read, needed }: RebateOptions): Promise<string> {
  const [settings, file] = [read(), readRoot(needed("root"))];
  const signatures = needed("signatures").split(",").map(readSignature);
  const { hash, block } = await withKeys(settings, (keys) => submitRoot(settings, keys, file, signatures));
  return `period ${file.period}: block ${block}, transaction ${hash}`;
}

/** A leaf's proof and the call that claims it, from a build's folder alone. */
function proof({ needed }: RebateOptions): string {
  const { file, tree } = readTree(needed("dir"));
  const account = addressOf("account", needed("account"));
  const path = tree.proof(account);
  const leaf = tree.leaves[tree.indexOf(account)];
  if (path === undefined || leaf === undefined) {
    throw new OracleError("UNKNOWN_AFFILIATE", `${account} has no leaf in period ${file.period}`, { account });
  }
  const { chainId, pool, token, period, root } = file;
  const claim = { to: pool, data: claimData(token, account, leaf.cumulative, path) };
  const cumulative = leaf.cumulative.toString();
  return JSON.stringify({ chainId, token, period, root, account, cumulative, proof: path, claim }, null, 2);
}

type Verb = (options: RebateOptions) => string | Promise<string>;
const VERBS: Readonly<Record<string, Verb>> = { build, sign, submit, proof };

/**
 * Runs `oracle rebates VERB`; answers what to print, undefined for a verb there is not.
 *
 * @throws OracleError REBATES_INVALID, REBATES_DIFFER, or what `buildRoot` throws.
 */
export async function rebatesCommand(verb: string, options: RebateOptions): Promise<string | undefined> {
  return Object.hasOwn(VERBS, verb) ? VERBS[verb]?.(options) : undefined;
}
