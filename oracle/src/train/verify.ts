import { isDeepStrictEqual } from "node:util";

import { PAYMENT_SCHEMA } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { ModelCard } from "./card.ts";
import { drawOutcome, integerFigures, pooled } from "./figures.ts";
import { foldOf } from "./payments.ts";
import type { DataSet } from "./readData.ts";
import { factRows } from "./rows.ts";

/** The fold that gives rank table and thresholds; fold 0 is never seen, the others train. */
export const VALIDATION_FOLD = 1;
export const DRAW_SEEDS: readonly number[] = [1, 2, 3, 4, 5];
export const REPORTED_NUMBERS: readonly number[] = [1, 2, 3, 5, 10, 20];

/** One thing that was looked at. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
}

/** Sets figures of a card beside recomputed ones; what the card has beyond them is not looked at. */
function same(stated: object, found: object): boolean {
  return Object.entries(found).every(([name, value]) => isDeepStrictEqual(Reflect.get(stated, name), value));
}

/** Recomputes the integer figures of a card from the data it names. */
export function checkFigures(model: QuantisedModel, card: ModelCard, input: DataSet): Check[] {
  const rowsOf = (wanted: (fold: number) => boolean): ReturnType<typeof factRows> =>
    factRows(
      PAYMENT_SCHEMA,
      input.accounts.filter(({ account }) => wanted(foldOf(account))),
    );
  const unseen = rowsOf((fold) => fold === 0);
  const byNumber = card.neverSeenByPaymentNumber.every((row) =>
    same(
      row,
      integerFigures(
        model,
        unseen.filter(({ index }) => index === row.paymentNumber),
      ),
    ),
  );
  const accounts = input.accounts.filter(({ account }) => foldOf(account) === 0);
  const draws = DRAW_SEEDS.map((seed) => ({ seed, ...drawOutcome(model, PAYMENT_SCHEMA, accounts, seed) }));
  const training = rowsOf((fold) => fold !== 0 && fold !== VALIDATION_FOLD);
  return [
    {
      what: "figures of accounts never seen, integer model",
      holds: same(card.neverSeen, integerFigures(model, unseen)),
    },
    { what: "the same by payment number", holds: byNumber },
    {
      what: "figures of the validation accounts, integer model",
      holds: same(
        card.validation,
        integerFigures(
          model,
          rowsOf((fold) => fold === VALIDATION_FOLD),
        ),
      ),
    },
    {
      what: "figures of the training accounts, integer model",
      holds: same(card.training, integerFigures(model, training)),
    },
    { what: "draws of the demo", holds: isDeepStrictEqual(card.draws, draws) && same(card.pooledDraws, pooled(draws)) },
  ];
}

/** Whether the files are those the card names. */
export function checkData(card: ModelCard, input: DataSet): Check[] {
  return [
    { what: `transactions, sha256 ${input.dataHash}`, holds: input.dataHash === card.dataHash },
    { what: `labels, sha256 ${input.labelsHash}`, holds: input.labelsHash === card.labelsHash },
  ];
}

/** What a verification cannot tell, with what would. */
export function unchecked(card: ModelCard, withData: boolean): string[] {
  return [
    ...(withData ? [] : ["every figure of the card: give --data and --labels"]),
    `that these weights are what training on the data gives: ${card.command} makes the same bytes again`,
    "figures of the float network: its weights are not kept; the same command prints them",
    ...(card.fiveFold === null
      ? []
      : ["five-fold figures: they come from five other models; the same command trains them"]),
    ...(card.attack === null ? [] : [`what attackers reach: npm run attack searches again, seed ${card.attack.seed}`]),
    "gas: it is an estimate of the compiler; npm run bench:gas measures the deployed contract",
    "that labels and data are true",
  ];
}
