import type { FactSchema } from "../facts/schema.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { FloatLayer } from "../model/quantise.ts";
import { forward } from "../model/quantise.ts";
import { accumulate, rank } from "../model/reference.ts";
import type { Ranking } from "./metrics.ts";
import { cutFor, ranking, shareWhere } from "./metrics.ts";
import type { LabelledAccount } from "./payments.ts";
import type { Row } from "./rows.ts";
import { factRows } from "./rows.ts";
import type { Draw } from "./sample.ts";
import { drawAccounts } from "./sample.ts";

/** Default thresholds of a policy: 3 % and 0.5 % of honest reference payments. */
export const HOLD_AT = 9_700;
export const BLOCK_AT = 9_950;

/** How the demo draws its accounts. */
export const DEMO_DRAW: Draw = { honest: 45, illicit: 15 };

/** Shares of payments at the default thresholds. */
export interface Outcome {
  readonly honestPayments: number;
  readonly illicitPayments: number;
  /** Share of honest payments below HOLD_AT. */
  readonly honestAllowed: number;
  /** Share of illicit payments at or above HOLD_AT. */
  readonly illicitStopped: number;
  /** Share of illicit payments at or above BLOCK_AT. */
  readonly illicitBlocked: number;
}

/** What a model reaches on one set of rows. */
export interface Figures extends Outcome {
  readonly accounts: number;
  readonly float: Ranking;
  readonly integer: Ranking;
  /** Stopped illicit payments where the line is drawn at 97 % of the honest payments of these very rows. */
  readonly stoppedAtOwn97: number;
}

function outcome(scores: readonly number[], illicit: readonly boolean[]): Outcome {
  const bad = scores.filter((_, index) => illicit[index] === true);
  const good = scores.filter((_, index) => illicit[index] !== true);
  return {
    honestPayments: good.length,
    illicitPayments: bad.length,
    honestAllowed: shareWhere(good, (score) => score < HOLD_AT),
    illicitStopped: shareWhere(bad, (score) => score >= HOLD_AT),
    illicitBlocked: shareWhere(bad, (score) => score >= BLOCK_AT),
  };
}

/** What the integer network alone reaches: what anybody can recompute from a model's file. */
export type IntegerFigures = Omit<Figures, "float">;

/** Measures the integer network on rows of facts. */
export function integerFigures(model: QuantisedModel, rows: readonly Row[]): IntegerFigures {
  const illicit = rows.map((row) => row.illicit);
  const accumulators = rows.map((row) => accumulate(model, row.facts));
  const scores = accumulators.map((accumulator) => rank(model.knots, accumulator));
  const cut = cutFor(
    accumulators.filter((_, index) => illicit[index] !== true),
    0.03,
  );
  return {
    accounts: new Set(rows.map((row) => row.account)).size,
    ...outcome(scores, illicit),
    integer: ranking(accumulators, illicit),
    stoppedAtOwn97: shareWhere(
      accumulators.filter((_, index) => illicit[index] === true),
      (accumulator) => accumulator >= cut,
    ),
  };
}

/** Measures the float and the integer network on rows of facts. */
export function figures(float: readonly FloatLayer[], model: QuantisedModel, rows: readonly Row[]): Figures {
  const ofFloat = ranking(
    rows.map((row) => forward(float, row.facts)),
    rows.map((row) => row.illicit),
  );
  return { ...integerFigures(model, rows), float: ofFloat };
}

/** What happens to the payments of drawn accounts under the default thresholds. */
export function drawOutcome(
  model: QuantisedModel,
  schema: FactSchema,
  sample: readonly LabelledAccount[],
  seed: number,
): Outcome {
  const rows = factRows(schema, drawAccounts(sample, seed, DEMO_DRAW));
  return outcome(
    rows.map((row) => rank(model.knots, accumulate(model, row.facts))),
    rows.map((row) => row.illicit),
  );
}

/** Several outcomes as one, weighted by their payments. */
export function pooled(outcomes: readonly Outcome[]): Outcome {
  const total = (field: "honestPayments" | "illicitPayments"): number =>
    outcomes.reduce((sum, one) => sum + one[field], 0);
  const honestPayments = total("honestPayments");
  const illicitPayments = total("illicitPayments");
  const weighted = (share: keyof Outcome, weight: "honestPayments" | "illicitPayments", whole: number): number =>
    outcomes.reduce((sum, one) => sum + one[share] * one[weight], 0) / whole;
  return {
    honestPayments,
    illicitPayments,
    honestAllowed: weighted("honestAllowed", "honestPayments", honestPayments),
    illicitStopped: weighted("illicitStopped", "illicitPayments", illicitPayments),
    illicitBlocked: weighted("illicitBlocked", "illicitPayments", illicitPayments),
  };
}
