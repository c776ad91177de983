import type { Example, Recipe, Split } from "../evaluate/types.ts";
import type { QuantisedModel } from "../model/network.ts";
import { modelHash } from "../model/network.ts";
import { accumulate, score } from "../model/reference.ts";
import { HOLD_AT } from "./figures.ts";
import type { Ranking } from "./metrics.ts";
import { ranking, shareWhere } from "./metrics.ts";
import type { OwnHistory } from "./ownHistory.ts";

/** Fewer known frauds than these teach a supervised model nothing that holds. */
export const LEAST_FRAUDS = { train: 30, validation: 10 } as const;

/** The older part of the history trains, the newer part stops the training and gives the rank table. */
const TRAIN_SHARE = 0.7;

/** What one model does on the newer part of the history. */
export interface OnNewer extends Partial<Ranking> {
  /** Share of payments at or above the default Hold threshold. */
  readonly held: number;
  /** Share of known frauds at or above it; absent without labels. */
  readonly fraudsStopped?: number;
}

/** What a retraining was made from and what it reached; written beside the candidate's weights. */
export interface CandidateCard {
  readonly id: string;
  readonly modelHash: string;
  readonly schemaHash: string;
  readonly recipe: string;
  readonly labels: "used" | "not used";
  readonly seed: number;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly payments: number;
  readonly frauds: number;
  readonly tooYoung: number;
  readonly candidate: OnNewer;
  /** The model in force on the same payments; null where it reads other facts. */
  readonly current: OnNewer | null;
}

/** Older and newer payments; the newer ones are judged by neither model's training. */
export function splitByTime(examples: readonly Example[]): Split {
  const cut = Math.floor(TRAIN_SHARE * examples.length);
  const [train, validation] = [examples.slice(0, cut), examples.slice(cut)];
  return { name: "own history", train, validation, test: validation };
}

/** Whether there are labels enough to learn from them. */
export function enoughLabels(split: Split): boolean {
  const frauds = (rows: readonly Example[]): number => rows.filter((row) => row.illicit).length;
  return frauds(split.train) >= LEAST_FRAUDS.train && frauds(split.validation) >= LEAST_FRAUDS.validation;
}

function onNewer(model: QuantisedModel, rows: readonly Example[]): OnNewer {
  const scores = rows.map((row) => score(model, row.facts));
  const held = shareWhere(scores, (points) => points >= HOLD_AT);
  const illicit = rows.map((row) => row.illicit);
  if (!illicit.includes(true) || !illicit.includes(false)) return { held };
  const bad = scores.filter((_, index) => illicit[index] === true);
  const ranks = ranking(
    rows.map((row) => accumulate(model, row.facts)),
    illicit,
  );
  return { held, fraudsStopped: shareWhere(bad, (points) => points >= HOLD_AT), ...ranks };
}

/**
 * Trains a candidate on a node's own history.
 *
 * @param id Of the candidate.
 * @param current The model in force, measured on the same payments.
 */
export async function retrain(
  id: string,
  own: OwnHistory,
  recipe: Recipe,
  current: QuantisedModel,
  seed: number,
  progress: (line: string) => void,
): Promise<{ model: QuantisedModel; card: CandidateCard }> {
  const split = splitByTime(own.examples);
  const trained = await recipe.train(split, seed, progress);
  const model = { ...trained.model, id };
  const { fromBlock, toBlock, tooYoung } = own;
  const card: CandidateCard = {
    id,
    modelHash: modelHash(model),
    schemaHash: model.schemaHash,
    recipe: recipe.name,
    labels: recipe.labels,
    seed,
    fromBlock,
    toBlock,
    payments: own.examples.length,
    frauds: own.examples.filter((row) => row.illicit).length,
    tooYoung,
    candidate: onNewer(model, split.validation),
    current: current.schemaHash === model.schemaHash ? onNewer(current, split.validation) : null,
  };
  return { model, card };
}
