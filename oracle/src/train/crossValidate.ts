import { figures } from "./figures.ts";
import type { FitSettings } from "./fit.ts";
import type { LabelledAccount } from "./payments.ts";
import { FOLDS, foldOf } from "./payments.ts";
import { trainAccounts } from "./paymentRecipe.ts";

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/**
 * Trains on three of the folds 1 to 4 and measures the fourth, four times. The threshold is drawn at 97 % of the left-out fold's
 * own honest payments. Fold 0 is not touched.
 */
export async function* crossValidate(
  accounts: readonly LabelledAccount[],
  settings: FitSettings,
  onEpoch: (epoch: number, loss: number) => void,
): AsyncGenerator<string> {
  const known = accounts.filter((account) => foldOf(account.account) !== 0);
  let sum = 0;
  for (let fold = 1; fold < FOLDS; fold++) {
    const train = known.filter((account) => foldOf(account.account) !== fold);
    const validation = known.filter((account) => foldOf(account.account) === fold);
    const trained = await trainAccounts("cross-validation", { train, validation }, settings, onEpoch);
    const reached = figures(trained.float, trained.model, trained.validationRows);
    sum += reached.stoppedAtOwn97;
    const { float, integer } = reached;
    yield (
      `fold ${fold}: stopped ${percent(reached.stoppedAtOwn97)} at 97 % of honest, ` +
      `float AUC ${float.auc.toFixed(3)} AP ${float.averagePrecision.toFixed(3)}, ` +
      `integer AUC ${integer.auc.toFixed(3)} AP ${integer.averagePrecision.toFixed(3)}`
    );
  }
  yield `mean stopped ${percent(sum / (FOLDS - 1))}`;
}
