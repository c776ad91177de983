import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

import { messageOf, OracleError } from "../errors.ts";
import { checkModel, modelHash, type QuantisedModel } from "../model/network.ts";

const integers = z.array(z.int());
const network = {
  id: z.string().min(1),
  schemaHash: z.string().regex(/^0x[0-9a-f]{64}$/),
  layers: z.array(z.object({ weights: z.array(integers), bias: integers, shift: z.int() })).min(1),
  knots: z.array(z.tuple([z.int(), z.int()])),
  referenceRow: integers,
};
const modelSchema = z.union([
  z.object({
    ...network,
    kind: z.literal("autoencoder"),
    error: z.object({ factWeights: integers, twoSided: z.array(z.boolean()) }),
  }),
  z.object({ ...network, kind: z.literal("classifier").exactOptional() }),
]);

/** Reads one model.json and checks it. */
export function readModel(path: string): QuantisedModel {
  try {
    const model = modelSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    checkModel(model);
    return model;
  } catch (error) {
    throw new OracleError("MODEL_UNKNOWN", `model ${path} cannot be used: ${messageOf(error)}`, { path }, error);
  }
}

/** The installed models by the hash that an epoch names: every folder of the directory with a model.json. */
export function readModels(dir: string): ReadonlyMap<string, QuantisedModel> {
  const models = new Map<string, QuantisedModel>();
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const files = readdirSync(join(dir, entry.name));
    if (!files.includes("model.json")) continue;
    const model = readModel(join(dir, entry.name, "model.json"));
    models.set(modelHash(model), model);
  }
  return models;
}
