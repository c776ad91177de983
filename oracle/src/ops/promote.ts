import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { bands } from "@sluice/sdk";

import { OracleError } from "../errors.ts";
import { modelHash } from "../model/network.ts";
import { readModel } from "../store/models.ts";
import { openChainOf, type StoreSettings } from "../store/open.ts";
import { ShadowStore } from "../store/shadowStore.ts";

/** How a watched model agreed with the one in force. */
export interface ShadowReport {
  readonly id: string;
  readonly hash: string;
  readonly payments: number;
  readonly same: number;
  readonly lines: readonly string[];
}

/**
 * Compares a watched model with the one in force, over the payments a node judged with both.
 *
 * @param model Folder of the watched model.
 */
export async function shadowReport(stores: StoreSettings, model: string): Promise<ShadowReport> {
  const watched = readModel(join(model, "model.json"));
  const hash = modelHash(watched);
  const database = await openChainOf(stores);
  try {
    const pairs = await new ShadowStore(database).bandPairs(hash);
    const count = (rows: typeof pairs): number => rows.reduce((sum, row) => sum + row.payments, 0);
    const name = (band: number): string => bands[band] ?? String(band);
    return {
      id: watched.id,
      hash,
      payments: count(pairs),
      same: count(pairs.filter((row) => row.current === row.shadow)),
      lines: pairs.map(
        (row) => `${row.payments} payments: ${name(row.current)} now, ${name(row.shadow)} by ${watched.id}`,
      ),
    };
  } finally {
    await database.destroy();
  }
}

/**
 * Marks a watched model as the one to propose: writes proposed.json into the models directory. What judges payments is the epoch
 * that the gate names, and only governance changes that.
 *
 * @throws OracleError MODEL_UNKNOWN where the node has not judged a single payment with it.
 */
export async function promote(stores: StoreSettings, model: string, modelsDir: string): Promise<ShadowReport> {
  const report = await shadowReport(stores, model);
  if (report.payments === 0) {
    const details = { id: report.id, modelHash: report.hash };
    throw new OracleError(
      "MODEL_UNKNOWN",
      `${report.id} has judged no payment yet: run the node with shadowModel set to it first`,
      details,
    );
  }
  const { id, hash, payments, same } = report;
  const proposed = { id, modelHash: hash, shadowPayments: payments, sameBand: same };
  writeFileSync(join(modelsDir, "proposed.json"), `${JSON.stringify(proposed, null, 2)}\n`);
  return report;
}
