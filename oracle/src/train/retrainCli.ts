import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { Recipe } from "../evaluate/types.ts";
import { openChain } from "../store/dataDir.ts";
import { readModel } from "../store/models.ts";
import { backendChoice, selectBackend } from "./backend.ts";
import { PAYMENTS_LABEL_FREE } from "./labelFreeRecipe.ts";
import { renderModel } from "./modelFile.ts";
import { ownHistory } from "./ownHistory.ts";
import { PAYMENTS } from "./paymentRecipe.ts";
import type { OnNewer } from "./retrain.ts";
import { enoughLabels, LEAST_FRAUDS, retrain, splitByTime } from "./retrain.ts";

const USAGE = `Usage: npm run retrain -- --data-dir DIR [options]

Trains a candidate beside the model in force, on what a node has read from its chain: facts as of each authorization, labels from
rulings, refunds coded as fraud and list entries. With fewer than ${LEAST_FRAUDS.train} + ${LEAST_FRAUDS.validation} known frauds it trains without labels, and says so.
Nothing on chain changes: give the candidate to a node as shadowModel, then \`oracle promote\` it, then governance decides.

  --data-dir DIR   the node's data directory (dataDir of its settings); the node may be running
  --models DIR     where models are (default oracle/models)
  --model ID       the model in force (default eth2017-2)
  --seed N         default 1

ORACLE_TF_BACKEND=auto|tensorflow|wasm|cpu chooses the TensorFlow.js backend (default auto).`;

const OPTIONS = {
  "data-dir": { type: "string" },
  models: { type: "string", default: "oracle/models" },
  model: { type: "string", default: "eth2017-2" },
  seed: { type: "string", default: "1" },
} as const;

/** A line that is replaced by the next one on a terminal, and not written at all elsewhere. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

function describe(name: string, reached: OnNewer | null): string {
  if (reached === null) return `${name}: reads other facts, not compared`;
  const percent = (share: number | undefined): string => (share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);
  const { auc, averagePrecision } = reached;
  const ranks =
    auc === undefined ? "no labels" : `AUC ${auc.toFixed(3)}, AP ${(averagePrecision ?? Number.NaN).toFixed(3)}`;
  return `${name}: ${ranks}, held ${percent(reached.held)}, known frauds stopped ${percent(reached.fraudsStopped)}`;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  const dataDir = values["data-dir"];
  const seed = Number(values.seed);
  if (dataDir === undefined || !Number.isSafeInteger(seed) || seed < 0) {
    console.log(USAGE);
    return args.length === 0 ? 0 : 2;
  }
  const current = readModel(join(values.models, values.model, "model.json"));
  await selectBackend(backendChoice(process.env), (message) => console.error(message));
  const database = await openChain(join(dataDir, "chain.sqlite"));
  try {
    let recipe: Recipe = PAYMENTS;
    let own = await ownHistory(database, recipe.schema);
    if (!enoughLabels(splitByTime(own.examples))) {
      console.log("too few known frauds to learn from: training without labels");
      recipe = PAYMENTS_LABEL_FREE;
      own = await ownHistory(database, recipe.schema);
    }
    const { model, card } = await retrain(`${values.model}-candidate`, own, recipe, current, seed, progress);
    const out = join(values.models, model.id);
    await mkdir(out, { recursive: true });
    await writeFile(join(out, "model.json"), renderModel(model));
    await writeFile(join(out, "candidate.json"), `${JSON.stringify(card, null, 2)}\n`);
    console.log(
      `${card.payments} payments of blocks ${card.fromBlock} to ${card.toBlock}, ${card.frauds} known frauds`,
    );
    console.log(`recipe ${card.recipe}, labels ${card.labels}, seed ${seed}; ${card.tooYoung} payments too young`);
    console.log(describe("candidate", card.candidate));
    console.log(describe("current", card.current));
    console.log(`${out} holds the candidate; set shadowModel to it to watch it beside ${current.id}`);
    return 0;
  } finally {
    await database.destroy();
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
