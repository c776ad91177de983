import type { CompiledModel } from "../model/compile.ts";
import type { Figures, Outcome } from "./figures.ts";
import { BLOCK_AT, HOLD_AT } from "./figures.ts";
import type { FitSettings } from "./fit.ts";

/** Figures of the payments with one number, counted from an account's first. */
export interface FiguresAt extends Figures {
  readonly paymentNumber: number;
}

/** Everything a reader needs to judge a model, without a clock or a machine in it. */
export interface ModelCard {
  readonly id: string;
  readonly command: string;
  readonly backend: string;
  readonly dataHash: string;
  readonly labelsHash: string;
  readonly schemaHash: string;
  readonly modelHash: string;
  /** Null until the contract was built. */
  readonly codeHash: string | null;
  readonly codeBytes: number | null;
  readonly contract: string;
  readonly settings: FitSettings;
  readonly thresholds: { readonly holdAt: number; readonly blockAt: number };
  readonly accumulatorBound: number;
  readonly gasEstimate: number;
  readonly neverSeen: Figures;
  readonly neverSeenByPaymentNumber: readonly FiguresAt[];
  readonly validation: Figures;
  readonly training: Figures;
  readonly draws: readonly (Outcome & { readonly seed: number })[];
  readonly pooledDraws: Outcome;
  readonly weaknesses: readonly string[];
}

/** What is known to be wrong with a model of this kind on this data. */
export const WEAKNESSES: readonly string[] = [
  "An account's first payment cannot be judged: there is no history, and no first payment is held.",
  "A label means that an account was reported at some time, not that the payment in question was a fraud.",
  "All accounts began in 2017 and are paid in ether. Later fraud, other chains and stablecoins look different.",
  "Counterparties are anonymous and local to an account, so nothing is learned about payers across payees.",
  "The pattern found most is many new payers within days. An honest fund-raising looks like that; review is the remedy.",
  "Whoever knows the model can space payments out or trade with himself first; both cost time or fees, neither is prevented.",
  "Amounts of different tokens enter history side by side in micro-units, without an exchange rate.",
];

/** The thresholds the card states. */
export const THRESHOLDS = { holdAt: HOLD_AT, blockAt: BLOCK_AT } as const;

function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(100 * share).toFixed(1)} %`;
}

function three(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(3);
}

function figuresRow(name: string, f: Figures): string {
  const cells = [name, f.accounts, f.honestPayments + f.illicitPayments, f.illicitPayments];
  const ranks = [f.float.auc, f.float.averagePrecision, f.integer.auc, f.integer.averagePrecision].map(three);
  const shares = [f.illicitStopped, f.honestAllowed, f.stoppedAtOwn97].map(percent);
  return `| ${[...cells, ...ranks, ...shares].join(" | ")} |`;
}

const FIGURES_HEAD = `| rows | accounts | payments | illicit | AUC float | AP float | AUC integer | AP integer | illicit stopped | honest allowed | stopped at own 97 % |
|---|---|---|---|---|---|---|---|---|---|---|`;

function drawsTable(card: ModelCard): string {
  const rows = [
    ...card.draws.map((draw) => ({ name: `seed ${draw.seed}`, ...draw })),
    { name: "pooled", ...card.pooledDraws },
  ];
  const lines = rows.map((row) => {
    const cells = [row.name, row.illicitPayments, row.honestPayments];
    return `| ${[...cells, percent(row.illicitStopped), percent(row.illicitBlocked), percent(row.honestAllowed)].join(" | ")} |`;
  });
  return [
    "| draw | illicit | honest | illicit stopped | illicit blocked | honest allowed |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** The card as a page. */
export function renderCard(card: ModelCard): string {
  const numbers = card.neverSeenByPaymentNumber.map((row) => figuresRow(`payment ${row.paymentNumber}`, row));
  return `# Model ${card.id}

Written by \`${card.command}\`; do not edit.

## What it reaches

Scores from ${card.thresholds.holdAt} are held, from ${card.thresholds.blockAt} blocked. "Never seen" are the accounts of fold 0, which
entered neither training nor any choice; the rank table comes from the validation accounts.

${FIGURES_HEAD}
${figuresRow("never seen", card.neverSeen)}
${figuresRow("validation", card.validation)}
${figuresRow("training", card.training)}

Never seen, by the number of the payment within its account:

${FIGURES_HEAD}
${numbers.join("\n")}

Draws of 45 honest and 15 illicit accounts that were never seen, as the demo makes them:

${drawsTable(card)}

## Known weaknesses

${card.weaknesses.map((weakness) => `* ${weakness}`).join("\n")}

## Identity

| what | value |
|---|---|
| transactions, sha256 | \`${card.dataHash}\` |
| labels, sha256 | \`${card.labelsHash}\` |
| facts schema | \`${card.schemaHash}\` |
| model | \`${card.modelHash}\` |
| code | \`${card.codeHash ?? "not built"}\` |
| contract | ${card.contract}, ${card.codeBytes ?? "–"} bytes of runtime code |
| gas of a warm run, estimated | ${card.gasEstimate} |
| largest bound of an accumulator | ${card.accumulatorBound} of 8388607 |
| settings | ${JSON.stringify(card.settings)} |
`;
}

/** The part of the card that comes from the compiler. */
export function compiledPart(
  compiled: CompiledModel,
): Pick<ModelCard, "modelHash" | "accumulatorBound" | "gasEstimate"> {
  const { modelHash, accumulatorBound, gasEstimate } = compiled;
  return { modelHash, accumulatorBound, gasEstimate };
}
