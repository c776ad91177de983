import { readFileSync, writeFileSync } from "node:fs";
import { listRegistryAbi, listBatchStruct, packListSignatures, type ListBatch } from "@sluice/sdk";
import { getAddress, Interface } from "ethers";

import { curve } from "../attest/curve.ts";
import type { Keyring } from "../attest/keyring.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { hexText } from "../chain/wire.ts";
import type { NodeSettings } from "../config.ts";
import { messageOf, OracleError } from "../errors.ts";
import { endpointsOf } from "../ops/follow.ts";
import { ChainStore } from "../store/chainStore.ts";
import { openChainOf } from "../store/open.ts";
import {
  buildBatches,
  LIST_KINDS,
  listBatchOf,
  readBatchFile,
  readSignatureFile,
  type BatchFile,
  type SignatureFile,
} from "./batches.ts";
import { LIST_FORMATS, parseList, type ParsedList } from "./formats.ts";
import { diffList, standing, type ListDiff } from "./listDiff.ts";
import { listEventOf, type ListEvent } from "./listEvents.ts";
import { minedBlock, sendOnce } from "./sendOnce.ts";

const registryInterface = new Interface(listRegistryAbi);

export interface ImportRequest {
  readonly file: string;
  readonly format: string;
  /** A list of accounts: Sanctioned or Reported. */
  readonly list: string;
  readonly column?: string | undefined;
  /** Entries that stand on the list and not in the file are taken off it. */
  readonly removeMissing: boolean;
  /** Where the batches go; nothing is written without it. */
  readonly out?: string | undefined;
}

export interface Imported {
  readonly parsed: ParsedList;
  readonly diff: ListDiff;
  /** Undefined where there is nothing to change. */
  readonly batches: BatchFile | undefined;
  /** Newest block the node has read. */
  readonly block: number;
}

/** The registry's address. @throws OracleError SETTINGS_INVALID */
function registryOf({ listRegistry }: NodeSettings): string {
  if (listRegistry !== undefined) return listRegistry;
  throw new OracleError("SETTINGS_INVALID", "listRegistry: needed to work on lists, here or in the deployment file");
}

function rpcOf(settings: NodeSettings): RpcClient {
  return endpointsOf(settings, new AbortController().signal);
}

/** Number of the next batch, and the running hash, as the chain says. */
async function registryState(rpc: RpcClient, registry: string): Promise<{ sequence: number; head: string }> {
  const data = registryInterface.encodeFunctionData("state");
  const answer = hexText(await rpc.call("eth_call", [{ to: registry, data }, "latest"]), "answer to state");
  const [sequence, head] = registryInterface.decodeFunctionResult("state", answer);
  return { sequence: Number(sequence), head: String(head) };
}

/** The batches the node has followed, and up to which block. */
async function followed(settings: NodeSettings): Promise<{ events: ListEvent[]; block: number }> {
  const database = await openChainOf(settings);
  try {
    const store = new ChainStore(database, 2 * settings.reorgMarginBlocks);
    const rows = await store.eventsOfKind(["listBatch"]);
    return { events: rows.map(listEventOf), block: (await store.cursor())?.number ?? -1 };
  } finally {
    await database.destroy();
  }
}

function readList(request: ImportRequest): ParsedList {
  const format = LIST_FORMATS.find((name) => name === request.format);
  if (format === undefined) throw new OracleError("LIST_INVALID", `--format: one of ${LIST_FORMATS.join(", ")}`);
  let text: string;
  try {
    text = readFileSync(request.file, "utf8");
  } catch (error) {
    throw new OracleError("LIST_INVALID", `${request.file} cannot be read: ${messageOf(error)}`);
  }
  const parsed = parseList(format, text, request.column);
  if (parsed.problems.length === 0 && parsed.addresses.length > 0) return parsed;
  const problems = parsed.problems.length > 0 ? parsed.problems : ["no address in it"];
  const shown = problems.slice(0, 20).join("\n  ");
  throw new OracleError("LIST_INVALID", `${request.file}: ${problems.length} problems\n  ${shown}`, { problems });
}

/**
 * Compares a public list with the registry as the node has followed it, and writes the batches that would make them alike.
 *
 * @throws OracleError LIST_INVALID with every problem of the file, BEHIND where the node has not read all batches,
 *   SETTINGS_INVALID where there is no registry.
 */
export async function importList(settings: NodeSettings, request: ImportRequest): Promise<Imported> {
  const registry = registryOf(settings);
  const kind = LIST_KINDS.indexOf(request.list as ListBatch["kind"]); // a name that is none is not found
  if (kind !== 0 && kind !== 1) throw new OracleError("LIST_INVALID", "--list: Sanctioned or Reported");
  const parsed = readList(request);
  const { events, block } = await followed(settings);
  const state = await registryState(rpcOf(settings), registry);
  if (events.length !== state.sequence || (events.at(-1)?.head ?? state.head) !== state.head) {
    const details = { followed: events.length, appended: state.sequence };
    throw new OracleError(
      "BEHIND",
      `the node has read ${events.length} of ${state.sequence} batches: let it catch up`,
      details,
    );
  }
  const diff = diffList(standing(events, kind), parsed.addresses);
  const removed = request.removeMissing ? diff.removed : [];
  const { chainId } = settings;
  const wanted = { chainId, registry, kind: LIST_KINDS[kind], sequence: state.sequence, added: diff.added, removed };
  const batches = diff.added.length + removed.length === 0 ? undefined : buildBatches(wanted);
  if (batches !== undefined && request.out !== undefined) writeJson(request.out, batches);
  return { parsed, diff, batches, block };
}

function writeJson(path: string, value: unknown): void {
  try {
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { flag: "wx" });
  } catch (error) {
    throw new OracleError("LIST_INVALID", `${path} cannot be written: ${messageOf(error)}`, { path });
  }
}

function checkSite(file: BatchFile, settings: NodeSettings): void {
  const same = file.chainId === settings.chainId && getAddress(file.registry) === getAddress(registryOf(settings));
  if (same) return;
  throw new OracleError(
    "LIST_INVALID",
    `the batches are for ${file.registry} on chain ${file.chainId}, not for this node's`,
  );
}

/** Signs every batch of a file with this node's key; the digests are recomputed from the entries first. */
export async function signBatches(
  settings: NodeSettings,
  keys: Keyring,
  batchFile: string,
  out: string,
): Promise<SignatureFile> {
  const file = readBatchFile(batchFile);
  checkSite(file, settings);
  const signer = keys.among([]);
  const signatures: SignatureFile["signatures"] = [];
  for (const { digest } of file.batches) signatures.push({ digest, signature: await signer.sign(digest) });
  const signed = { signer: signer.address, signatures };
  writeJson(out, signed);
  return signed;
}

/** The signatures of one batch, each checked to be its signer's. */
function signaturesOf(digest: string, files: readonly SignatureFile[]): { signer: string; signature: string }[] {
  return files.map(({ signer, signatures }) => {
    const signature = signatures.find((row) => row.digest === digest)?.signature;
    const own = signature !== undefined && curve.recover(digest, signature) === getAddress(signer);
    if (!own) throw new OracleError("LIST_INVALID", `${signer} has not signed ${digest}`, { signer, digest });
    return { signer, signature };
  });
}

/** A batch that is on chain now. */
export interface Submitted {
  readonly sequence: number;
  readonly hash: string;
  readonly block: number;
}

/**
 * Sends the batches that are not on chain yet, in order, each after the one before is mined. Can be repeated.
 *
 * @param signatureFiles One an attester, from `signBatches`.
 * @throws OracleError LIST_INVALID where a signature does not fit or the registry refuses.
 */
export async function submitBatches(
  settings: NodeSettings,
  keys: Keyring,
  batchFile: string,
  signatureFiles: readonly string[],
): Promise<Submitted[]> {
  const file = readBatchFile(batchFile);
  checkSite(file, settings);
  const signed = signatureFiles.map(readSignatureFile);
  const rpc = rpcOf(settings);
  const { sequence } = await registryState(rpc, file.registry);
  const done: Submitted[] = [];
  for (const batch of file.batches.filter((one) => one.sequence >= sequence)) {
    const packed = packListSignatures(signaturesOf(batch.digest, signed));
    const data = registryInterface.encodeFunctionData("append", [listBatchStruct(listBatchOf(batch)), packed]);
    const outcome = await sendOnce(rpc, keys.among([]), settings.chainId, { to: file.registry, data });
    if (outcome.kind === "refused") {
      const { error, args } = outcome;
      throw new OracleError("LIST_INVALID", `the registry refuses batch ${batch.sequence}: ${error}`, { error, args });
    }
    const { hash } = outcome;
    const block = await minedBlock(rpc, hash);
    if (block === "reverted") throw new OracleError("LIST_INVALID", `transaction ${hash} was reverted`, { hash });
    done.push({ sequence: batch.sequence, hash, block });
  }
  return done;
}
