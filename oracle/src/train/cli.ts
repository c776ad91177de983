import { parseArgs } from "node:util";

import { backendChoice, selectBackend } from "./backend.ts";
import { crossValidate } from "./crossValidate.ts";
import { PAYMENT_FIT } from "./paymentRecipe.ts";
import { readData } from "./readData.ts";
import { RECIPES } from "./recipes.ts";
import { trainRecipe } from "./trainRecipe.ts";
import { trainAndWrite } from "./write.ts";

const USAGE = `Usage: npm run train -- --data FILE --labels FILE --out DIR [options]
       npm run train -- --data FILE --labels FILE --cross-validate [options]
       npm run train -- --recipe NAME --format handbook --data FILE --out DIR [--contracts DIR] [--seed N]

Trains the risk model on the incoming payments 1 to 20 of each account, quantises it and compiles it to a contract. Accounts of
fold 0 are never trained on and chosen by; they are reported. Same seed, data, versions and backend: same bytes.

  --data FILE        transactions, csv or csv.gz: account,t_rel_s,dir,counterparty,value_eth,is_error,is_call
  --labels FILE      labels, csv: account,flag
  --out DIR          where model.json, card.json and card.md go; its last part is the model's id
  --contracts DIR    where the generated contract goes (default contracts/risk/epochs)
  --seed N           seed of weights, order and noise (default ${PAYMENT_FIT.seed})
  --epochs N         passes over the training rows (default ${PAYMENT_FIT.epochs})
  --no-build         do not build the contract: the card then has no code hash
  --no-five-fold     do not train five more models for the card's five-fold figures
  --recipe NAME      train by a recipe of \`npm run evaluate\` on the newest labelled week of a card stream: ${[...RECIPES.keys()].join(", ")}
  --format NAME      format of that stream: handbook
  --cross-validate   train four times within folds 1 to 4 and print what each left-out fold gets; write nothing

ORACLE_TF_BACKEND=auto|tensorflow|wasm|cpu chooses the TensorFlow.js backend (default auto).`;

const OPTIONS = {
  recipe: { type: "string" },
  format: { type: "string", default: "handbook" },
  data: { type: "string" },
  labels: { type: "string" },
  out: { type: "string" },
  contracts: { type: "string", default: "contracts/risk/epochs" },
  seed: { type: "string", default: String(PAYMENT_FIT.seed) },
  epochs: { type: "string", default: String(PAYMENT_FIT.epochs) },
  "no-build": { type: "boolean", default: false },
  "no-five-fold": { type: "boolean", default: false },
  "cross-validate": { type: "boolean", default: false },
} as const;

function natural(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} must be a whole number from 1, got ${text}`);
  return value;
}

/** A line that is replaced by the next one on a terminal, and not written at all elsewhere. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

interface RecipeArguments {
  readonly recipe: string;
  readonly format: string;
  readonly data: string | undefined;
  readonly out: string | undefined;
  readonly contracts: string;
  readonly seed: string;
}

/** Trains by a named recipe on a card stream. */
async function byRecipe({ recipe: name, format, data, out, contracts, seed }: RecipeArguments): Promise<number> {
  const recipe = RECIPES.get(name);
  if (recipe === undefined) throw new RangeError(`there is no recipe ${name}: ${[...RECIPES.keys()].join(", ")}`);
  if (format !== "handbook") throw new RangeError(`--recipe reads --format handbook, not ${format}`);
  if (data === undefined || out === undefined) throw new RangeError("--recipe needs --data and --out");
  const backend = await selectBackend(backendChoice(process.env), (message) => console.error(message));
  console.log(`seed ${seed}, backend ${backend}`);
  const run = { recipe, data, out, contracts, seed: natural("seed", seed) };
  for (const line of await trainRecipe(run, progress, () => performance.now() / 1000)) console.log(line);
  return 0;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS, strict: true });
  if (values.recipe !== undefined)
    return byRecipe({ ...values, recipe: values.recipe, data: values.data, out: values.out });
  const { data, labels, out } = values;
  if (data === undefined || labels === undefined || (out === undefined && !values["cross-validate"])) {
    console.log(USAGE);
    return args.length === 0 ? 0 : 2;
  }
  const settings = { ...PAYMENT_FIT, seed: natural("seed", values.seed), epochs: natural("epochs", values.epochs) };
  const backend = await selectBackend(backendChoice(process.env), (message) => console.error(message));
  const input = await readData(data, labels);
  console.log(`seed ${settings.seed}, backend ${backend}, ${input.accounts.length} accounts`);
  const onEpoch = (epoch: number, loss: number): void =>
    progress(`epoch ${epoch}/${settings.epochs} loss ${loss.toFixed(4)} `);
  if (values["cross-validate"] || out === undefined) {
    for await (const line of crossValidate(input.accounts, settings, onEpoch)) console.log(line);
    return 0;
  }
  const target = {
    out,
    contracts: values.contracts,
    build: !values["no-build"],
    fiveFold: !values["no-five-fold"],
    backend,
  };
  for (const line of await trainAndWrite(input, settings, target, onEpoch)) console.log(line);
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
