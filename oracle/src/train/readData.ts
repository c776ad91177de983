import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import type { LabelledAccount } from "./payments.ts";
import { parseLabels, parseTransactions } from "./payments.ts";
import { parseSample, SAMPLE_HEADER } from "./sample.ts";

/** Accounts with the hashes of the files they came from, uncompressed. */
export interface DataSet {
  readonly accounts: readonly LabelledAccount[];
  readonly dataHash: string;
  readonly labelsHash: string;
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Reads transactions, or a sample's payments, and labels; `.gz` files are unpacked. */
export async function readData(dataPath: string, labelsPath: string): Promise<DataSet> {
  const [data, labels] = await Promise.all([readText(dataPath), readText(labelsPath)]);
  const accounts = data.startsWith(SAMPLE_HEADER)
    ? parseSample(data, labels)
    : parseTransactions(data, parseLabels(labels));
  return { accounts, dataHash: sha256(data), labelsHash: sha256(labels) };
}
