import { readFile } from "node:fs/promises";

import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { parseSample } from "../../oracle/src/train/sample.ts";

const ROOT = new URL("../../", import.meta.url);

export function readProjectFile(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

/** The committed model. */
export async function shippedModel(): Promise<QuantisedModel> {
  // The file is generated; checkModel and the compiler's tests check its shape.
  return JSON.parse(await readProjectFile("oracle/models/eth2017-2/model.json")) as QuantisedModel;
}

/** The committed sample: accounts no model was trained on. */
export async function sampleAccounts(): Promise<LabelledAccount[]> {
  const folder = "oracle/samples/ethereum-2017";
  return parseSample(await readProjectFile(`${folder}/payments.csv`), await readProjectFile(`${folder}/labels.csv`));
}
