import type { FactSchema } from "../facts/schema.ts";
import type { Drift } from "./drift.ts";
import { drift } from "./drift.ts";
import { EvaluateError } from "./errors.ts";
import { labelSlots } from "./firstDay.ts";
import type { Measures } from "./metrics.ts";
import { curve, meanMeasures } from "./metrics.ts";
import type { Budgets } from "./operating.ts";
import { costCurve } from "./operating.ts";
import { policyOf } from "./policy.ts";
import type { Fold, Protocol, Source } from "./protocols.ts";
import { publishedFor } from "./published.ts";
import { reliability } from "./reliability.ts";
import type { Curves, Figures, FoldCounts, Policy, Result, ViewMeans } from "./result.ts";
import type { BothDays, FoldFigures, Judged, Pair, Scorer } from "./scoring.ts";
import { judge, scoreFold, viewsOf } from "./scoring.ts";
import type { Example } from "./types.ts";

/** What is evaluated: a recipe that trains on each fold, or a ready model. */
export interface Subject {
  readonly name: string;
  readonly schema: FactSchema;
  readonly scorer: (fold: Fold, seed: number) => Promise<Scorer>;
  /** A ready model was trained elsewhere: its seeds do not vary, and only folds it has not seen count. */
  readonly ready: boolean;
}

export interface RunSettings {
  readonly seeds: readonly number[];
  readonly budgets: Budgets;
  /** Where the lines by scenario and payment number are drawn, if neither the protocol's nor the proposed threshold is wanted. */
  readonly holdAt?: number;
}

/** A result with what its plots need. */
export interface Run {
  readonly result: Result;
  readonly curves: Curves;
}

function checkRows(rows: readonly Example[], what: string, needsIllicit: boolean): void {
  const illicit = rows.filter((row) => row.illicit).length;
  if (illicit < rows.length && (illicit > 0 || !needsIllicit)) return;
  throw new EvaluateError(
    `the ${what} rows hold ${illicit} illicit and ${rows.length - illicit} honest payments, and both kinds are needed: ` +
      "give a longer stream, or check the fraud column",
  );
}

/** A ready model needs test rows only; without the others there are no baselines, no calibration and no drift. */
function checkFold(fold: Fold, protocol: Protocol, ready: boolean): void {
  checkRows(fold.test, `${fold.name} test`, true);
  if (ready) return;
  checkRows(fold.train, `${fold.name} training`, protocol.labels === "used");
  checkRows(fold.validation, `${fold.name} validation`, protocol.labels === "used");
}

function countsOf(fold: Fold): FoldCounts {
  const illicit = (rows: Fold["train"]): number => rows.filter((row) => row.illicit).length;
  const test = viewsOf(fold)[0]?.rows ?? [];
  return {
    fold: fold.name,
    train: fold.train.length,
    trainIllicit: illicit(fold.train),
    validation: fold.validation.length,
    test: test.length,
    testIllicit: illicit(test),
  };
}

function meanPair(pairs: readonly Pair[]): Pair {
  const floats = pairs.flatMap(({ float }) => (float === undefined ? [] : [float]));
  const integer = meanMeasures(pairs.map((pair) => pair.integer));
  return floats.length === pairs.length ? { float: meanMeasures(floats), integer } : { integer };
}

function viewMeans(runs: readonly FoldFigures[]): ViewMeans[] {
  return (runs[0]?.views ?? []).map(({ view }) => {
    const own = runs.flatMap(({ views }) => views.filter((figures) => figures.view === view));
    return {
      view,
      usual: meanPair(own.map(({ usual }) => usual)),
      firstDay: meanPair(own.map(({ firstDay }) => firstDay)),
    };
  });
}

function figuresOf(runs: readonly FoldFigures[], views: readonly ViewMeans[], day: keyof BothDays<unknown>): Figures {
  const [first] = views;
  if (first === undefined) throw new RangeError("a protocol needs at least one view");
  const withBaselines = runs.map(({ baselines }) => baselines).filter((one) => Object.keys(one).length > 0);
  const baselines: Record<string, Measures> = {};
  for (const key of Object.keys(withBaselines[0] ?? {})) {
    const own = withBaselines.flatMap((one) => (one[key] === undefined ? [] : [one[key][day]]));
    baselines[key] = meanMeasures(own);
  }
  return { float: first[day].float ?? null, integer: first[day].integer, baselines };
}

function curvesOf(judged: readonly Judged[], proposed: Policy["proposed"]): Curves {
  const test = judged.flatMap((fold) => fold.test);
  const illicit = test.map(({ row }) => row.illicit);
  return {
    roc: {
      "integer model": curve(
        test.map(({ logit }) => logit),
        illicit,
      ),
    },
    reliability: judged.every(({ calibrated }) => calibrated) ? reliability(test) : [],
    cost: costCurve(test),
    proposed,
  };
}

function driftOf(schema: FactSchema, fold: Fold | undefined): Drift[] {
  if (fold === undefined || fold.train.length === 0) return [];
  const names = schema.slots.map((slot) => slot.fact);
  return drift(
    names,
    fold.train.map((row) => row.facts),
    fold.test.map((row) => row.facts),
  );
}

/** Runs a protocol: every fold with every seed. Reads the data, trains, scores; writes nothing. */
export async function runProtocol(
  protocol: Protocol,
  subject: Subject,
  source: Source,
  settings: RunSettings,
  progress: (line: string) => void,
): Promise<Run> {
  const all = await protocol.folds(source, subject.schema, progress);
  const folds =
    subject.ready && protocol.unseenFolds ? all.filter((fold) => protocol.unseenFolds?.includes(fold.name)) : all;
  for (const fold of folds) checkFold(fold, protocol, subject.ready);
  const slots = labelSlots(subject.schema);
  const seeds = subject.ready ? settings.seeds.slice(0, 1) : settings.seeds;
  const figures: FoldFigures[] = [];
  const judged: Judged[] = [];
  for (const fold of folds) {
    for (const [index, seed] of seeds.entries()) {
      progress(`${fold.name}, seed ${seed}`);
      const scorer = await subject.scorer(fold, seed);
      figures.push(scoreFold(protocol, fold, scorer, slots, seed, index === 0));
      if (index === 0) judged.push(judge(scorer.model, fold));
    }
  }
  const views = viewMeans(figures);
  const policy = policyOf(judged, settings.budgets, settings.holdAt ?? protocol.holdAt);
  const result: Result = {
    protocol: protocol.name,
    summary: protocol.summary,
    recipe: subject.name,
    schemaHash: subject.schema.hash,
    labels: protocol.labels,
    seeds,
    notes: protocol.notes,
    folds: folds.map(countsOf),
    evaluate: { ...figuresOf(figures, views, "usual"), firstDay: figuresOf(figures, views, "firstDay") },
    views,
    runs: figures.map(({ fold, seed, views: [first] }) => {
      if (first === undefined) throw new RangeError(`${fold} has no view`);
      const { usual, firstDay } = first;
      return { fold, seed, float: usual.float ?? null, integer: usual.integer, firstDay: firstDay.integer };
    }),
    published: publishedFor(protocol.name),
    policy,
    drift: driftOf(subject.schema, folds.at(-1)),
  };
  return { result, curves: curvesOf(judged, policy.proposed) };
}
