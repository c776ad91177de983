import { OracleError } from "../errors.ts";
import { examine, type Examination } from "./examine.ts";
import type { AsOfRequest, ExamineDeps } from "./finding.ts";

/** One payment of a capture batch; the block is what a coordinator named. */
export interface BatchItem {
  readonly id: string;
  readonly asOf?: AsOfRequest;
}

function checkOneEpoch(found: readonly Examination[]): void {
  const epochs = new Map<string, string[]>();
  for (const { epoch, subject } of found) epochs.set(epoch.address, [...(epochs.get(epoch.address) ?? []), subject]);
  if (epochs.size <= 1) return;
  throw new OracleError("BATCH_OF_EPOCHS", `the payments are judged by ${epochs.size} epochs: one batch for each`, {
    epochs: Object.fromEntries(epochs),
  });
}

/**
 * Finds facts, score and band of many payments in escrow that are to be captured together, each as of its own block.
 *
 * @throws OracleError UNKNOWN_PAYMENT naming every payment that was not seen, BATCH_OF_EPOCHS, or as `examine`.
 */
export async function examineBatch(deps: ExamineDeps, items: readonly BatchItem[]): Promise<Examination[]> {
  const found: Examination[] = [];
  const unknown: string[] = [];
  for (const { id, asOf } of items) {
    try {
      found.push(await examine(deps, id, asOf));
    } catch (error) {
      if (!(error instanceof OracleError) || error.code !== "NOT_AUTHORIZED_YET") throw error;
      unknown.push(id);
    }
  }
  if (unknown.length > 0) {
    throw new OracleError("NOT_AUTHORIZED_YET", `${unknown.length} of the payments were not seen on chain`, {
      ids: unknown,
    });
  }
  checkOneEpoch(found);
  return found;
}
