import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { exampleRows } from "../evaluate/examples.ts";
import { readHandbook } from "../evaluate/formats/handbook.ts";
import { DAY, WEEK } from "../evaluate/handbookRules.ts";
import type { Example, Recipe, Split } from "../evaluate/types.ts";
import { compileModel } from "../model/compile.ts";
import { renderModel } from "./modelFile.ts";

/** What a recipe is run on, and where its model goes. */
export interface RecipeRun {
  readonly recipe: Recipe;
  /** Path of the Handbook's payments, csv or csv.gz. */
  readonly data: string;
  readonly seed: number;
  /** Folder of model.json; its last part is the model's id. */
  readonly out: string;
  /** Folder of the generated contract. */
  readonly contracts: string;
}

/**
 * The newest weeks of rows whose labels are all in by the end: one to stop and calibrate on, and the one after it to train on.
 *
 * @param end First second after the stream.
 */
function newestSplit(rows: readonly Example[], end: number): Split {
  const within = (from: number): Example[] => rows.filter(({ time }) => time >= from && time < from + WEEK);
  return { name: "newest labelled week", train: within(end - 2 * WEEK), validation: within(end - 3 * WEEK), test: [] };
}

/**
 * Trains on the newest labelled week of a stream, compiles the model and writes both.
 *
 * @param seconds A clock, for the times that are printed only.
 * @returns What to print.
 */
export async function trainRecipe(
  { recipe, data, seed, out, contracts }: RecipeRun,
  progress: (line: string) => void,
  seconds: () => number,
): Promise<string[]> {
  const began = seconds();
  const stream = await readHandbook(data);
  const end = (Math.floor((stream.time[stream.length - 1] ?? 0) / DAY) + 1) * DAY;
  const split = newestSplit(exampleRows(stream, recipe.schema, end - 3 * WEEK, end - WEEK, progress), end);
  const computed = seconds();
  const { model } = await recipe.train(split, seed, progress);
  const trained = seconds();
  const compiled = compileModel({ ...model, id: basename(out) });
  await mkdir(out, { recursive: true });
  await mkdir(contracts, { recursive: true });
  await writeFile(join(out, "model.json"), renderModel({ ...model, id: basename(out) }));
  await writeFile(join(contracts, `${compiled.contractName}.sol`), compiled.source);
  const illicit = split.train.filter((row) => row.illicit).length;
  return [
    `recipe ${recipe.name}, seed ${seed}: ${split.train.length} payments, ${illicit} of them frauds, from the newest labelled week`,
    `facts ${Math.round(computed - began)} s, training ${Math.round(trained - computed)} s, in all ${Math.round(seconds() - began)} s`,
    `${compiled.contractName}: about ${compiled.gasEstimate} gas warm, largest accumulator bound ${compiled.accumulatorBound}`,
  ];
}
