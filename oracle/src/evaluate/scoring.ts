import type { QuantisedModel } from "../model/network.ts";
import { accumulate, rank } from "../model/reference.ts";
import { BASELINES } from "./baselines.ts";
import { withoutLabels } from "./firstDay.ts";
import { fitLogistic, matrixOf, standardOf, standardised } from "./logistic.ts";
import type { Measures } from "./metrics.ts";
import { measure } from "./metrics.ts";
import type { Fold, Protocol, View } from "./protocols.ts";
import type { Example, Recipe, Trained } from "./types.ts";

/** Float and integer figures of one model, or of a ready model whose float form is not kept. */
export interface Pair {
  readonly float?: Measures;
  readonly integer: Measures;
}

/** The same rows with the facts as they are, and as on a first day. */
export interface BothDays<T> {
  readonly usual: T;
  readonly firstDay: T;
}

/** A model ready to score: made by a recipe or read from its file. */
export interface Scorer {
  readonly floatScore?: Trained["floatScore"];
  readonly model: QuantisedModel;
}

/** One model on one view. */
export interface ViewFigures extends BothDays<Pair> {
  readonly view: string;
}

/** What one seed gives on one fold. */
export interface FoldFigures {
  readonly fold: string;
  readonly seed: number;
  readonly views: readonly ViewFigures[];
  readonly baselines: Readonly<Record<string, BothDays<Measures>>>;
}

/** The views of a fold, all its test rows first unless the protocol says otherwise. */
export function viewsOf(fold: Fold): readonly View[] {
  return fold.views ?? [{ name: "all", rows: fold.test }];
}

function pairOf(scorer: Scorer, rows: readonly Example[], facts: readonly Int8Array[], withCards: boolean): Pair {
  const { floatScore, model } = scorer;
  const integer = measure(
    rows,
    Float64Array.from(facts, (row) => accumulate(model, row)),
    withCards,
  );
  if (floatScore === undefined) return { integer };
  return { float: measure(rows, Float64Array.from(facts, floatScore), withCards), integer };
}

function bothDays<T>(
  rows: readonly Example[],
  slots: ReadonlyMap<number, number>,
  figures: (facts: readonly Int8Array[]) => T,
): BothDays<T> {
  const facts = rows.map((row) => row.facts);
  const usual = figures(facts);
  const firstDay = slots.size === 0 ? usual : figures(facts.map((row) => withoutLabels(slots, row)));
  return { usual, firstDay };
}

function baselineFigures(
  protocol: Protocol,
  fold: Fold,
  slots: ReadonlyMap<number, number>,
  seed: number,
): FoldFigures["baselines"] {
  const rows = viewsOf(fold)[0]?.rows ?? [];
  if (fold.train.length === 0) return {};
  const labelled = protocol.labels === "used" && hasBoth(fold.train);
  const fitting = BASELINES.filter(({ usesLabels }) => !usesLabels || labelled);
  return Object.fromEntries(
    fitting.map(({ key, fit }) => {
      const score = fit(fold.train, seed);
      return [key, bothDays(rows, slots, (facts) => measure(rows, score(facts), protocol.cardPrecision))];
    }),
  );
}

/** Scores every view of a fold, and the baselines on its first view if they are wanted. */
export function scoreFold(
  protocol: Protocol,
  fold: Fold,
  scorer: Scorer,
  slots: ReadonlyMap<number, number>,
  seed: number,
  withBaselines: boolean,
): FoldFigures {
  const views = viewsOf(fold).map(({ name, rows }) => ({
    view: name,
    ...bothDays(rows, slots, (facts) => pairOf(scorer, rows, facts, protocol.cardPrecision)),
  }));
  const baselines = withBaselines ? baselineFigures(protocol, fold, slots, seed) : {};
  return { fold: fold.name, seed, views, baselines };
}

/** A test row with what the integer model says, comparable between folds. */
export interface JudgedRow {
  readonly row: Example;
  /** 0 to 10,000, by the model's own rank table. */
  readonly score: number;
  /** Log-odds that the fold's validation rows give to the accumulator: the calibrated probability, unsquashed. */
  readonly logit: number;
}

/** Test rows and validation rows of one fold under one model. */
export interface Judged {
  /** False where the validation rows do not hold both kinds: logits then only rank. */
  readonly calibrated: boolean;
  readonly test: readonly JudgedRow[];
  readonly validation: readonly JudgedRow[];
}

/** Whether there are honest and illicit rows. */
export function hasBoth(rows: readonly Example[]): boolean {
  return rows.some((row) => row.illicit) && rows.some((row) => !row.illicit);
}

function calibration(model: QuantisedModel, validation: readonly Example[]): (accumulator: number) => number {
  const matrix = matrixOf(validation.map((row) => [accumulate(model, row.facts)]));
  const standard = standardOf(matrix);
  const weights = fitLogistic(
    standardised(matrix, standard),
    validation.map((row) => row.illicit),
  );
  // Where the fit finds no rising line, the accumulator's own order stays.
  if (!((weights[0] ?? 0) > 0)) weights[0] = 1;
  const [slope = 1, intercept = 0] = weights;
  const [mean = 0] = standard.mean;
  const [deviation = 1] = standard.deviation;
  return (accumulator) => (slope * (accumulator - mean)) / deviation + intercept;
}

/** Judges the first view of a fold and its validation rows. */
export function judge(model: QuantisedModel, fold: Fold): Judged {
  const calibrated = hasBoth(fold.validation);
  const logitFor = calibrated ? calibration(model, fold.validation) : (accumulator: number): number => accumulator;
  const judged = (row: Example): JudgedRow => {
    const accumulator = accumulate(model, row.facts);
    return { row, score: rank(model.knots, accumulator), logit: logitFor(accumulator) };
  };
  const test = (viewsOf(fold)[0]?.rows ?? []).map(judged);
  return { calibrated, test, validation: fold.validation.map(judged) };
}

/** A row as somebody without labels sees it. */
function unlabelled({ scenario: _, ...row }: Example): Example {
  return { ...row, illicit: false };
}

/** Trains a recipe on a fold. One that says it uses no labels gets none, and none gets the test rows. */
export function train(recipe: Recipe, fold: Fold, seed: number, progress: (line: string) => void): Promise<Scorer> {
  const strip = (rows: readonly Example[]): readonly Example[] =>
    recipe.labels === "used" ? rows : rows.map(unlabelled);
  const split = { name: fold.name, train: strip(fold.train), validation: strip(fold.validation), test: [] };
  return recipe.train(split, seed, (line) => progress(`${fold.name}, seed ${seed}: ${line}`));
}
