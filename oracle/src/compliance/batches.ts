import { readFileSync } from "node:fs";
import { listBatchDigest, type ListBatch } from "@sluice/sdk";
import { z } from "zod";

import { messageOf, OracleError } from "../errors.ts";

/** The registry's lists in the contract's order. */
export const LIST_KINDS = ["Sanctioned", "Reported", "Fraud"] as const satisfies readonly ListBatch["kind"][];

/** Entries of one batch: about 16 gas a byte of calldata, so a batch stays far below a block's limit. */
export const MOST_ENTRIES = 500;

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const word = z.string().regex(/^0x[0-9a-f]{64}$/);
const batchSchema = z.strictObject({
  kind: z.enum(LIST_KINDS),
  removal: z.boolean(),
  sequence: z.int().min(0),
  entries: z.array(word).min(1),
  digest: word,
});
const fileSchema = z.strictObject({
  chainId: z.int().positive(),
  registry: address,
  batches: z.array(batchSchema).min(1),
});
const signaturesSchema = z.strictObject({
  signer: address,
  signatures: z.array(z.strictObject({ digest: word, signature: z.string().regex(/^0x[0-9a-fA-F]{128}$/) })).min(1),
});

/** Batches that a quorum is asked to sign. */
export type BatchFile = z.output<typeof fileSchema>;
/** One attester's signatures of a batch file. */
export type SignatureFile = z.output<typeof signaturesSchema>;

/** A batch as the SDK and the contract take it. */
export function listBatchOf({ kind, removal, sequence, entries }: BatchFile["batches"][number]): ListBatch {
  return { kind, removal, sequence: BigInt(sequence), entries };
}

export interface BatchRequest {
  readonly chainId: number;
  readonly registry: string;
  readonly kind: ListBatch["kind"];
  /** Number of the next batch of the registry. */
  readonly sequence: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Entries as append-only batches in order, additions first, each with the digest to sign. */
export function buildBatches({ chainId, registry, kind, sequence, added, removed }: BatchRequest): BatchFile {
  const parts: { removal: boolean; entries: string[] }[] = [];
  for (const [removal, list] of [
    [false, added],
    [true, removed],
  ] as const) {
    for (let from = 0; from < list.length; from += MOST_ENTRIES) {
      const entries = list.slice(from, from + MOST_ENTRIES).map((entry) => `0x${entry.slice(2).padStart(64, "0")}`);
      parts.push({ removal, entries });
    }
  }
  const batches = parts.map((part, index) => {
    const batch = { kind, sequence: sequence + index, ...part };
    const digest = listBatchDigest({ ...batch, sequence: BigInt(batch.sequence) }, { chainId, contract: registry });
    return { ...batch, digest };
  });
  return { chainId, registry, batches };
}

function readJson<T>(path: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? `${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`
        : messageOf(error);
    throw new OracleError("LIST_INVALID", `${path} is no ${what}: ${reason}`, { path });
  }
}

/**
 * Reads a batch file and recomputes every digest: what is signed is what the file says, whoever wrote it.
 *
 * @throws OracleError LIST_INVALID.
 */
export function readBatchFile(path: string): BatchFile {
  const file = readJson(path, fileSchema, "file of list batches");
  for (const batch of file.batches) {
    const digest = listBatchDigest(listBatchOf(batch), { chainId: file.chainId, contract: file.registry });
    if (digest === batch.digest) continue;
    throw new OracleError("LIST_INVALID", `${path}: the digest of batch ${batch.sequence} does not fit its entries`);
  }
  return file;
}

/** @throws OracleError LIST_INVALID. */
export function readSignatureFile(path: string): SignatureFile {
  return readJson(path, signaturesSchema, "file of signatures");
}
