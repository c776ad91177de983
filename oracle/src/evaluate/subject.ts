import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { FactSchema } from "../facts/schema.ts";
import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import { backendChoice, selectBackend } from "../train/backend.ts";
import { RECIPES } from "../train/recipes.ts";
import { EvaluateError } from "./errors.ts";
import type { Subject } from "./harness.ts";
import type { Protocol } from "./protocols.ts";
import { train } from "./scoring.ts";
import type { Recipe } from "./types.ts";

const MODELS = "oracle/models";

function recipeNamed(name: string): Recipe {
  const recipe = RECIPES.get(name);
  if (recipe === undefined) {
    throw new EvaluateError(`there is no recipe ${name}; --recipe takes ${[...RECIPES.keys()].join(", ")}`);
  }
  return recipe;
}

/** A recipe that trains on each fold. TensorFlow.js is made ready. */
export async function trainedSubject(
  name: string,
  protocol: Protocol,
  progress: (line: string) => void,
): Promise<Subject> {
  const recipe = recipeNamed(name);
  if (protocol.labels === "not used" && recipe.labels === "used") {
    throw new EvaluateError(`recipe ${name} learns from labels, and ${protocol.name} is for recipes that do not`);
  }
  await selectBackend(backendChoice(process.env), progress);
  const { schema } = recipe;
  return { name, schema, ready: false, scorer: (fold, seed) => train(recipe, fold, seed, progress) };
}

function schemaOf(model: QuantisedModel): FactSchema {
  const known = [PAYMENT_SCHEMA, ...[...RECIPES.values()].map((recipe) => recipe.schema)];
  const schema = known.find(({ hash }) => hash === model.schemaHash);
  if (schema === undefined) {
    throw new EvaluateError(
      `model ${model.id} reads the facts schema ${model.schemaHash}, which this version does not have: train it again`,
    );
  }
  return schema;
}

/** A model from oracle/models, or from any folder that holds its model.json. */
export async function readySubject(idOrFolder: string): Promise<Subject> {
  const folder = idOrFolder.includes("/") ? idOrFolder : join(MODELS, idOrFolder);
  const path = join(folder, "model.json");
  const text = await readFile(path, "utf8").catch(() => {
    throw new EvaluateError(`there is no ${path}: --model takes train, the id of a model in ${MODELS}, or a folder`);
  });
  // Written by the training command; the reference arithmetic reads nothing else of it.
  const model = JSON.parse(text) as QuantisedModel;
  return { name: model.id, schema: schemaOf(model), ready: true, scorer: () => Promise.resolve({ model }) };
}
