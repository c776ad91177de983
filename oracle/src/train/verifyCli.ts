import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { renderCard } from "./card.ts";
import { readData } from "./readData.ts";
import { checkData, checkFigures, unchecked } from "./verify.ts";
import { checkIdentity, recomputed } from "./verifyModel.ts";

const MODELS = "oracle/models";

const USAGE = `Usage: npm run verify-model -- [--model ID] [--data FILE --labels FILE] [--write]

Compiles a model again from its weights and compares contract, model hash and code hash with what is committed. With the data
that the card names it recomputes the figures of the integer model, too. Says what it checked and what it could not.

  --model ID      a folder of ${MODELS}, or a path to one (default eth2017-2)
  --data FILE     transactions, csv or csv.gz
  --labels FILE   labels, csv
  --write         bring contract and card up to date, after a change of the code around the network`;

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
