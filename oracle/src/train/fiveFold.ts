import { accumulate, rank } from "../model/reference.ts";
import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { FitSettings } from "./fit.ts";
import { HOLD_AT } from "./figures.ts";
import { ranking, shareWhere } from "./metrics.ts";
import { trainAccounts } from "./paymentRecipe.ts";
import type { LabelledAccount } from "./payments.ts";
import { FOLDS, foldOf, MOST_PAYMENTS } from "./payments.ts";
import { factRows } from "./rows.ts";

/** What five models reach together, each on the fold it has not seen. */
export interface FiveFoldFigures {
  readonly payments: number;
  readonly illicit: number;
  /** Share of illicit payments stopped, and of honest ones allowed, at the default Hold threshold. */
  readonly illicitStopped: number;
  readonly honestAllowed: number;
}

export interface FiveFold {
  /** Means over the folds, of the integer model. */
  readonly auc: number;
  readonly averagePrecision: number;
  readonly all: FiveFoldFigures;
  readonly fromSixth: FiveFoldFigures;
  readonly byNumber: readonly (FiveFoldFigures & { readonly paymentNumber: number })[];
}

interface Judged {
  readonly paymentNumber: number;
  readonly illicit: boolean;
  readonly held: boolean;
}

function figuresOf(rows: readonly Judged[]): FiveFoldFigures {
  const illicit = rows.filter((row) => row.illicit);
  const honest = rows.filter((row) => !row.illicit);
  return {
    payments: rows.length,
    illicit: illicit.length,
    illicitStopped: shareWhere(illicit, (row) => row.held),
    honestAllowed: shareWhere(honest, (row) => !row.held),
  };
}

/** Trains five times with the same settings: fold k is judged, fold k + 1 gives the rank table, the other three train. */
export async function fiveFold(
  accounts: readonly LabelledAccount[],
  settings: FitSettings,
  progress: (fold: number, epoch: number, loss: number) => void,
): Promise<FiveFold> {
  const judged: Judged[] = [];
  let [auc, averagePrecision] = [0, 0];
  const inFold = (wanted: (fold: number) => boolean): LabelledAccount[] =>
    accounts.filter(({ account }) => wanted(foldOf(account)));
  for (let test = 0; test < FOLDS; test++) {
    const other = (test + 1) % FOLDS;
    const split = {
      train: inFold((fold) => fold !== test && fold !== other),
      validation: inFold((fold) => fold === other),
    };
    const { model } = await trainAccounts("five-fold", split, settings, (epoch, loss) => progress(test, epoch, loss));
    const rows = factRows(
      PAYMENT_SCHEMA,
      inFold((fold) => fold === test),
    );
    const accumulators = rows.map((row) => accumulate(model, row.facts));
    const reached = ranking(
      accumulators,
      rows.map((row) => row.illicit),
    );
    auc += reached.auc / FOLDS;
    averagePrecision += reached.averagePrecision / FOLDS;
    rows.forEach(({ index, illicit }, at) => {
      const held = rank(model.knots, accumulators[at] ?? 0) >= HOLD_AT;
      judged.push({ paymentNumber: index, illicit, held });
    });
  }
  return {
    auc,
    averagePrecision,
    all: figuresOf(judged),
    fromSixth: figuresOf(judged.filter(({ paymentNumber }) => paymentNumber >= 6)),
    byNumber: Array.from({ length: MOST_PAYMENTS }, (_, index) => ({
      paymentNumber: index + 1,
      ...figuresOf(judged.filter(({ paymentNumber }) => paymentNumber === index + 1)),
    })),
  };
}
