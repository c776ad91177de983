import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import { compileModel } from "../model/compile.ts";
import type { QuantisedModel } from "../model/network.ts";
import { buildEpoch } from "./buildEpoch.ts";
import type { ModelCard } from "./card.ts";
import { guardBounds, listSlot } from "./listGuard.ts";
import type { Check } from "./verify.ts";

/** A model, its card as it is and as it would be if it were written now, and whether its contract is what the weights compile to. */
export interface Recomputed {
  readonly model: QuantisedModel;
  readonly before: ModelCard;
  readonly after: ModelCard;
  readonly fresh: boolean;
}

/**
 * The card with the identity that the weights and the code give now.
 *
 * @param write Whether the contract is written anew.
 */
export async function recomputed(folder: string, write: boolean): Promise<Recomputed> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  // Written by the training command; compileModel checks the shape.
  const model = JSON.parse(await read("model.json")) as QuantisedModel;
  // Written by the training command as well.
  const before = JSON.parse(await read("card.json")) as ModelCard;
  if (model.id !== basename(folder)) throw new Error(`${folder} holds the model ${model.id}`);
  const compiled = compileModel(model);
  const fresh = (await readFile(before.contract, "utf8").catch(() => "")) === compiled.source;
  if (write) await writeFile(before.contract, compiled.source);
  else if (!fresh) return { model, before, after: before, fresh };
  const code = await buildEpoch(dirname(before.contract), compiled.contractName);
  const { modelHash, gasEstimate, accumulatorBound } = compiled;
  const guard = guardBounds(model.layers, listSlot(PAYMENT_SCHEMA));
  return { model, before, after: { ...before, ...code, modelHash, gasEstimate, accumulatorBound, guard }, fresh };
}

/** What a model folder claims beside what its weights give. */
export function checkIdentity({ model, before, after, fresh }: Recomputed): Check[] {
  const fields = ["modelHash", "codeHash", "codeBytes", "accumulatorBound"] as const;
  const { patternHighest, listedLowest } = after.guard;
  return [
    { what: `contract ${before.contract} is what the weights compile to`, holds: fresh },
    { what: `facts schema ${model.schemaHash}`, holds: before.schemaHash === model.schemaHash },
    { what: "this release computes those facts", holds: model.schemaHash === PAYMENT_SCHEMA.hash },
    ...fields.map((field) => ({
      what: `${field} ${after[field]}${before[field] === after[field] ? "" : `, the card says ${before[field]}`}`,
      holds: before[field] === after[field],
    })),
    {
      what: `no pattern above ${patternHighest}, no listed party below ${listedLowest}`,
      holds: before.guard.patternHighest === patternHighest && before.guard.listedLowest === listedLowest,
    },
  ];
}
