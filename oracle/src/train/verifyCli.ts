import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";

import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import { compileModel } from "../model/compile.ts";
import type { QuantisedModel } from "../model/network.ts";
import { buildEpoch } from "./buildEpoch.ts";
import type { ModelCard } from "./card.ts";
import { renderCard } from "./card.ts";
import { guardBounds, listSlot } from "./listGuard.ts";
import { readData } from "./readData.ts";
import type { Check } from "./verify.ts";
import { checkData, checkFigures, unchecked } from "./verify.ts";

const MODELS = "oracle/models";

const USAGE = `Usage: npm run verify-model -- [--model ID] [--data FILE --labels FILE] [--write]

Compiles a model again from its weights and compares contract, model hash and code hash with what is committed. With the data
that the card names it recomputes the figures of the integer model, too. Says what it checked and what it could not.

  --model ID      a folder of ${MODELS}, or a path to one (default eth2017-2)
  --data FILE     transactions, csv or csv.gz
  --labels FILE   labels, csv
  --write         bring contract and card up to date, after a change of the code around the network`;

interface Recomputed {
  readonly model: QuantisedModel;
  readonly before: ModelCard;
  readonly after: ModelCard;
  readonly fresh: boolean;
}

/** The card with the identity that the weights and the code give now. */
async function recomputed(folder: string, write: boolean): Promise<Recomputed> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  // Written by the training command; compileModel checks the shape.
  const model = JSON.parse(await read("model.json")) as QuantisedModel;
  // Written by the training command as well.
  const before = JSON.parse(await read("card.json")) as ModelCard;
  if (model.id !== basename(folder)) throw new Error(`${folder} holds the model ${model.id}`);
  const compiled = compileModel(model);
  const fresh = (await readFile(before.contract, "utf8").catch(() => "")) === compiled.source;
  if (write) await writeFile(before.contract, compiled.source);
  else if (!fresh) return { model, before, after: before, fresh };
  const code = await buildEpoch(dirname(before.contract), compiled.contractName);
  const { modelHash, gasEstimate, accumulatorBound } = compiled;
  const guard = guardBounds(model.layers, listSlot(PAYMENT_SCHEMA));
  return { model, before, after: { ...before, ...code, modelHash, gasEstimate, accumulatorBound, guard }, fresh };
}

function checkIdentity({ model, before, after, fresh }: Recomputed): Check[] {
  const fields = ["modelHash", "codeHash", "codeBytes", "accumulatorBound"] as const;
  const { patternHighest, listedLowest } = after.guard;
  return [
    { what: `contract ${before.contract} is what the weights compile to`, holds: fresh },
    { what: `facts schema ${model.schemaHash}`, holds: before.schemaHash === model.schemaHash },
    { what: "this release computes those facts", holds: model.schemaHash === PAYMENT_SCHEMA.hash },
    ...fields.map((field) => ({
      what: `${field} ${after[field]}${before[field] === after[field] ? "" : `, the card says ${before[field]}`}`,
      holds: before[field] === after[field],
    })),
    {
      what: `no pattern above ${patternHighest}, no listed party below ${listedLowest}`,
      holds: before.guard.patternHighest === patternHighest && before.guard.listedLowest === listedLowest,
    },
  ];
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      model: { type: "string", default: "eth2017-2" },
      data: { type: "string" },
      labels: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const { data, labels } = values;
  if (values.help || (data === undefined) !== (labels === undefined)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const folder = values.model.includes("/") ? values.model : join(MODELS, values.model);
  const found = await recomputed(folder, values.write);
  if (values.write) {
    await writeFile(join(folder, "card.json"), `${JSON.stringify(found.after, null, 2)}\n`);
    await writeFile(join(folder, "card.md"), renderCard(found.after));
  }
  const checks = checkIdentity(values.write ? { ...found, before: found.after, fresh: true } : found);
  if (data !== undefined && labels !== undefined) {
    const input = await readData(data, labels);
    const files = checkData(found.before, input);
    checks.push(...files, ...(files.every(({ holds }) => holds) ? checkFigures(found.model, found.before, input) : []));
  }
  for (const { what, holds } of checks) console.log(`${holds ? "as stated" : "DIFFERS  "}  ${what}`);
  for (const what of unchecked(found.before, data !== undefined)) console.log(`not checked ${what}`);
  return values.write || checks.every(({ holds }) => holds) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
