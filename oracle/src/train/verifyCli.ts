import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";

import { compileModel } from "../model/compile.ts";
import type { QuantisedModel } from "../model/network.ts";
import { buildEpoch } from "./buildEpoch.ts";
import type { ModelCard } from "./card.ts";
import { renderCard } from "./card.ts";

const USAGE = `Usage: npm run verify-model -- [--model DIR] [--write]

Compiles a model again from its weights and compares contract, model hash and code hash with what is committed.

  --model DIR   folder with model.json and card.json (default oracle/models/eth2017-1)
  --write       bring contract and card up to date, after a change of the code around the network`;

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8");
}

/** The card with the identity that the weights and the code give now. */
async function recomputed(
  folder: string,
  write: boolean,
): Promise<{ before: ModelCard; after: ModelCard; fresh: boolean }> {
  // Written by the training command; compileModel checks the shape.
  const model = JSON.parse(await readText(join(folder, "model.json"))) as QuantisedModel;
  // Written by the training command as well.
  const before = JSON.parse(await readText(join(folder, "card.json"))) as ModelCard;
  if (model.id !== basename(folder)) throw new Error(`${folder} holds the model ${model.id}`);
  const compiled = compileModel(model);
  const fresh = (await readText(before.contract)) === compiled.source;
  if (write) await writeFile(before.contract, compiled.source);
  else if (!fresh) return { before, after: before, fresh };
  const code = await buildEpoch(dirname(before.contract), compiled.contractName);
  const { modelHash, gasEstimate, accumulatorBound } = compiled;
  return { before, after: { ...before, ...code, modelHash, gasEstimate, accumulatorBound }, fresh };
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: "string", default: "oracle/models/eth2017-1" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const { before, after, fresh } = await recomputed(values.model, values.write);
  if (values.write) {
    await writeFile(join(values.model, "card.json"), `${JSON.stringify(after, null, 2)}\n`);
    await writeFile(join(values.model, "card.md"), renderCard(after));
  }
  const fields = ["modelHash", "codeHash", "codeBytes", "accumulatorBound"] as const;
  const different = fields.filter((field) => before[field] !== after[field]);
  console.log(`contract ${before.contract}: ${fresh ? "as compiled from the weights" : "differs from the weights"}`);
  for (const field of fields) {
    const note = different.includes(field) ? `was ${before[field]} in the card` : "as in the card";
    console.log(`${field} ${after[field]}: ${note}`);
  }
  return values.write || (fresh && different.length === 0) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
