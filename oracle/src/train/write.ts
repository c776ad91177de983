import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import { compileModel } from "../model/compile.ts";
import { buildEpoch } from "./buildEpoch.ts";
import type { ModelCard } from "./card.ts";
import { compiledPart, renderCard, THRESHOLDS, WEAKNESSES } from "./card.ts";
import { drawOutcome, figures, pooled } from "./figures.ts";
import type { FitSettings } from "./fit.ts";
import { fiveFold } from "./fiveFold.ts";
import { guardBounds, listSlot } from "./listGuard.ts";
import { renderModel } from "./modelFile.ts";
import type { TrainedAccounts } from "./paymentRecipe.ts";
import { trainAccounts } from "./paymentRecipe.ts";
import { foldOf } from "./payments.ts";
import type { DataSet } from "./readData.ts";
import { factRows } from "./rows.ts";
import { DRAW_SEEDS, REPORTED_NUMBERS, VALIDATION_FOLD } from "./verify.ts";

/** Where a trained model goes. */
export interface Target {
  readonly out: string;
  readonly contracts: string;
  /** Whether to build the contract for its code hash. */
  readonly build: boolean;
  /** Whether to train five more models for the five-fold figures. */
  readonly fiveFold: boolean;
  readonly backend: string;
}

function measured(
  trained: TrainedAccounts,
  input: DataSet,
): Pick<ModelCard, "neverSeen" | "neverSeenByPaymentNumber" | "validation" | "training" | "draws" | "pooledDraws"> {
  const { float, model } = trained;
  const unseen = input.accounts.filter((account) => foldOf(account.account) === 0);
  const rows = factRows(PAYMENT_SCHEMA, unseen);
  const draws = DRAW_SEEDS.map((seed) => ({ seed, ...drawOutcome(model, PAYMENT_SCHEMA, unseen, seed) }));
  return {
    neverSeen: figures(float, model, rows),
    neverSeenByPaymentNumber: REPORTED_NUMBERS.map((paymentNumber) => ({
      paymentNumber,
      ...figures(
        float,
        model,
        rows.filter((row) => row.index === paymentNumber),
      ),
    })),
    validation: figures(float, model, trained.validationRows),
    training: figures(float, model, trained.trainRows),
    draws,
    pooledDraws: pooled(draws),
  };
}

function summary(card: ModelCard): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const { neverSeen, pooledDraws } = card;
  return [
    `never seen: AUC ${neverSeen.integer.auc.toFixed(3)}, AP ${neverSeen.integer.averagePrecision.toFixed(3)} (integer); ` +
      `illicit stopped ${percent(neverSeen.illicitStopped)}, honest allowed ${percent(neverSeen.honestAllowed)}`,
    ...card.draws.map(
      (draw) =>
        `draw ${draw.seed}: illicit stopped ${percent(draw.illicitStopped)}, honest allowed ${percent(draw.honestAllowed)}`,
    ),
    `pooled: illicit stopped ${percent(pooledDraws.illicitStopped)}, honest allowed ${percent(pooledDraws.honestAllowed)}`,
    `code ${card.codeHash ?? "not built"}, ${card.codeBytes ?? "unknown"} bytes, about ${card.gasEstimate} gas warm`,
  ];
}

/** What makes the same bytes again from the files whose hashes the card states. */
function commandOf(target: Target, settings: FitSettings): string {
  const options = `--data FILE --labels FILE --out ${target.out} --seed ${settings.seed} --epochs ${settings.epochs}`;
  return `ORACLE_TF_BACKEND=${target.backend} npm run train -- ${options}`;
}

/** Trains on the data, writes model, contract and card, and returns what to print. */
export async function trainAndWrite(
  input: DataSet,
  settings: FitSettings,
  target: Target,
  onEpoch: (epoch: number, loss: number) => void,
): Promise<string[]> {
  const id = basename(target.out);
  const inFold = (wanted: (fold: number) => boolean): DataSet["accounts"] =>
    input.accounts.filter((account) => wanted(foldOf(account.account)));
  const split = {
    train: inFold((fold) => fold !== 0 && fold !== VALIDATION_FOLD),
    validation: inFold((fold) => fold === VALIDATION_FOLD),
  };
  const trained = await trainAccounts(id, split, settings, onEpoch);
  const compiled = compileModel(trained.model);
  await mkdir(target.out, { recursive: true });
  await mkdir(target.contracts, { recursive: true });
  await writeFile(join(target.contracts, `${compiled.contractName}.sol`), compiled.source);
  const card: ModelCard = {
    id,
    command: commandOf(target, settings),
    backend: target.backend,
    dataHash: input.dataHash,
    labelsHash: input.labelsHash,
    schemaHash: trained.model.schemaHash,
    ...compiledPart(compiled),
    ...(target.build ? await buildEpoch(target.contracts, compiled.contractName) : { codeHash: null, codeBytes: null }),
    contract: `${target.contracts}/${compiled.contractName}.sol`,
    settings,
    thresholds: THRESHOLDS,
    guard: guardBounds(trained.model.layers, listSlot(PAYMENT_SCHEMA)),
    fiveFold: target.fiveFold
      ? await fiveFold(input.accounts, settings, (_, epoch, loss) => onEpoch(epoch, loss))
      : null,
    attack: null,
    ...measured(trained, input),
    weaknesses: WEAKNESSES,
  };
  await writeFile(join(target.out, "model.json"), renderModel(trained.model));
  await writeFile(join(target.out, "card.json"), `${JSON.stringify(card, null, 2)}\n`);
  await writeFile(join(target.out, "card.md"), renderCard(card));
  return summary(card);
}
