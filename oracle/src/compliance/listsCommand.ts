import { loadKeyring } from "../attest/nodeKeys.ts";
import type { NodeSettings } from "../config.ts";
import { importList, signBatches, submitBatches, type Imported } from "./lists.ts";

/** Addresses shown of each kind of change; the file of batches has them all. */
const MOST_SHOWN = 20;

function shown(title: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  const rest = entries.length - MOST_SHOWN;
  const lines = entries.slice(0, MOST_SHOWN).map((entry) => `  ${title} ${entry}`);
  return rest > 0 ? [...lines, `  … and ${rest} more`] : lines;
}

function importText(
  list: string,
  { parsed, diff, batches, block }: Imported,
  out: string | undefined,
  removes: boolean,
): string {
  const { added, removed, unchanged } = diff;
  const kept = removes || removed.length === 0 ? "" : " (left on the list: --remove-missing takes them off)";
  const written = out === undefined ? "nothing was written" : `written to ${out}: have a quorum sign them`;
  return [
    `${parsed.addresses.length} addresses, ${parsed.repeated} repeated; compared with ${list} as of block ${block}`,
    `added ${added.length}, removed ${removed.length}${kept}, unchanged ${unchanged.length}`,
    ...shown("+", added),
    ...shown("-", removed),
    batches === undefined
      ? "the list needs no change"
      : `${batches.batches.length} batches from number ${batches.batches[0]?.sequence}; ${written}`,
  ].join("\n");
}

/** How the command line is asked for its options. */
export interface ListOptions {
  readonly settings: NodeSettings;
  /** Throws where the option is missing. */
  readonly needed: (name: string) => string;
  readonly optional: (name: string) => string | undefined;
  readonly flag: (name: string) => boolean;
}

async function importCommand({ settings, needed, optional, flag }: ListOptions): Promise<string> {
  const list = needed("list");
  const out = flag("dry-run") ? undefined : needed("out");
  const removeMissing = flag("remove-missing");
  const request = {
    file: needed("file"),
    format: needed("format"),
    list,
    column: optional("column"),
    removeMissing,
    out,
  };
  return importText(list, await importList(settings, request), out, removeMissing);
}

/** Runs `oracle lists VERB`; answers what to print, undefined for a verb there is not. */
export async function listsCommand(verb: string, options: ListOptions): Promise<string | undefined> {
  if (verb === "import") return importCommand(options);
  if (verb !== "sign" && verb !== "submit") return undefined;
  const { settings, needed } = options;
  const keys = await loadKeyring(settings);
  try {
    if (verb === "sign") {
      const { signer, signatures } = await signBatches(settings, keys, needed("batch"), needed("out"));
      return `${signer} has signed ${signatures.length} batches`;
    }
    const done = await submitBatches(settings, keys, needed("batch"), needed("signatures").split(","));
    const lines = done.map(({ sequence, hash, block }) => `batch ${sequence}: block ${block}, transaction ${hash}`);
    return done.length === 0 ? "every batch is on chain already" : lines.join("\n");
  } finally {
    await keys.close();
  }
}
