import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { ModelCard } from "../train/card.ts";
import { renderCard } from "../train/card.ts";
import { BLOCK_AT, HOLD_AT } from "../train/figures.ts";
import { FOLDS, foldOf } from "../train/payments.ts";
import { readData } from "../train/readData.ts";
import { attackCharts } from "./curves.ts";
import { EVASION } from "./evade.ts";
import { attack } from "./run.ts";
import { attackText } from "./text.ts";

const USAGE = `Usage: npm run attack -- --data FILE --labels FILE [options]

Searches for ways around a model: changes of stopped payments that make it allow them, a stranger's payments that spoil an honest
payee's name, and accounts that pay themselves first.

  --data FILE      transactions, or a sample's payments.csv; .gz is unpacked
  --labels FILE    labels, csv: account,flag
  --model DIR      folder with model.json (default oracle/models/eth2017-2)
  --fold N         accounts of this fold, 0 to 4 (default 0, which no shipped model has seen)
  --seed N         seed of the search (default 1)
  --queries N      queries for each evasion (default ${EVASION.queries})
  --framed N       honest payments that are framed, drawn by the seed (default 300)
  --hold-at N      Hold from this score (default ${HOLD_AT}); --block-at N (default ${BLOCK_AT})
  --write          put figures and curves into the model's card
  --json           print the figures as one JSON object`;

const OPTIONS = {
  data: { type: "string" },
  labels: { type: "string" },
  model: { type: "string", default: "oracle/models/eth2017-2" },
  fold: { type: "string", default: "0" },
  seed: { type: "string", default: "1" },
  queries: { type: "string", default: String(EVASION.queries) },
  framed: { type: "string", default: "300" },
  "hold-at": { type: "string", default: String(HOLD_AT) },
  "block-at": { type: "string", default: String(BLOCK_AT) },
  write: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} as const;

function natural(name: string, text: string, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > most) {
    throw new RangeError(`--${name} must be a whole number up to ${most}, got ${text}`);
  }
  return value;
}

/** A line that is replaced by the next one on a terminal, and not written at all elsewhere. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  const { data, labels } = values;
  if (data === undefined || labels === undefined) {
    console.log(USAGE);
    return args.length === 0 ? 0 : 2;
  }
  const fold = natural("fold", values.fold, FOLDS - 1);
  // Written by the training command; the schema's hash is checked below.
  const model = JSON.parse(await readFile(join(values.model, "model.json"), "utf8")) as QuantisedModel;
  if (model.schemaHash !== PAYMENT_SCHEMA.hash)
    throw new RangeError(`${model.id} reads other facts than payments have`);
  const { accounts } = await readData(data, labels);
  const figures = attack(
    model,
    PAYMENT_SCHEMA,
    accounts.filter(({ account }) => foldOf(account) === fold),
    {
      seed: natural("seed", values.seed),
      queries: natural("queries", values.queries),
      framed: natural("framed", values.framed),
      holdAt: natural("hold-at", values["hold-at"]),
      blockAt: natural("block-at", values["block-at"]),
      progress,
    },
  );
  progress("");
  console.log(values.json ? JSON.stringify({ attack: figures }) : attackText(figures));
  if (values.write) {
    const path = join(values.model, "card.json");
    // Written by the training command as well.
    const card: ModelCard = { ...(JSON.parse(await readFile(path, "utf8")) as ModelCard), attack: figures };
    await writeFile(path, `${JSON.stringify(card, null, 2)}\n`);
    await writeFile(join(values.model, "card.md"), renderCard(card));
    for (const [name, svg] of attackCharts(figures)) await writeFile(join(values.model, name), svg);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
