import { epochViews, modelViews } from "../../service/epochs.ts";
import type { AppDeps } from "../deps.ts";
import { listEpochs, listModels } from "../operations.ts";
import type { Routes } from "../serve.ts";

/** Reads of what judges payments. */
export function epochRoutes(routes: Routes, deps: AppDeps): void {
  routes.serve(listModels, async () => {
    const { models, state } = deps.running();
    return { items: modelViews(models, state) };
  });
  routes.serve(listEpochs, async () => ({ items: epochViews(deps.running().state) }));
}
