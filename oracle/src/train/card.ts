import type { AttackFigures } from "../attack/run.ts";
import { attackText } from "../attack/text.ts";
import type { CompiledModel } from "../model/compile.ts";
import type { Figures, Outcome } from "./figures.ts";
import { BLOCK_AT, HOLD_AT } from "./figures.ts";
import type { FitSettings } from "./fit.ts";
import type { FiveFold, FiveFoldFigures } from "./fiveFold.ts";
import type { GuardBounds } from "./listGuard.ts";
import { PATTERN_CEILING } from "./listGuard.ts";

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
  /** Bounds of the last accumulator with and without a listed party. */
  readonly guard: GuardBounds;
  /** Null where the five trainings were left out. */
  readonly fiveFold: FiveFold | null;
  /** Null until `npm run attack -- --write` has searched. */
  readonly attack: AttackFigures | null;
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
  "A stranger can have an honest payee's next payments held, not blocked: what he buys is what fraud looks like. The table above says how many for what.",
  "An evader who sends every payment himself and may delay each by a day mostly gets through; one who only sends the judged payment seldom does.",
  "Whoever trades with himself for weeks before the first victim pays looks older than he is; it costs time and fees, no more.",
  "No fraud pattern blocks by itself. Block comes from a party on a list, and the list fact was set by rule, not learned.",
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

function fiveFoldTable(figures: FiveFold): string {
  const row = (name: string, f: FiveFoldFigures): string =>
    `| ${[name, f.payments, f.illicit, percent(f.illicitStopped), percent(f.honestAllowed)].join(" | ")} |`;
  return [
    "| payments | judged | illicit | illicit stopped | honest allowed |",
    "|---|---|---|---|---|",
    row("1 to 20", figures.all),
    row("6 to 20", figures.fromSixth),
    ...figures.byNumber.map((one) => row(`number ${one.paymentNumber}`, one)),
  ].join("\n");
}

function fiveFoldPart({ fiveFold, thresholds }: ModelCard): string {
  if (fiveFold === null) return "";
  return `## Five folds

The same recipe trained five times; every account is judged by the model that has not seen it, Hold from ${thresholds.holdAt}.
Mean over the folds: AUC ${three(fiveFold.auc)}, AP ${three(fiveFold.averagePrecision)} (integer).

${fiveFoldTable(fiveFold)}

`;
}

function attackPart({ attack }: ModelCard): string {
  if (attack === null) return "";
  return `## What attackers reach

${attackText(attack)}

![evasion](attack-evasion.svg) ![framing](attack-framing.svg) ![ageing](attack-ageing.svg)

`;
}

/** The card as a page. */
export function renderCard(card: ModelCard): string {
  const numbers = card.neverSeenByPaymentNumber.map((row) => figuresRow(`payment ${row.paymentNumber}`, row));
  return `# Model ${card.id}

Written by \`${card.command}\`; do not edit.

## What it reaches on the first day

No fact of this model comes from labels but \`listedParties\`, which is zero in the data: all figures are those of a deployment
without a history of rulings. Scores from ${card.thresholds.holdAt} are held, from ${card.thresholds.blockAt} blocked. "Never seen" are the accounts of fold 0, which
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

${fiveFoldPart(card)}${attackPart(card)}## What can block

No payments, whatever their amounts, times and payers, score above ${PATTERN_CEILING}: with no listed party the last accumulator is at most
${card.guard.patternHighest}, and the rank table gives that ${PATTERN_CEILING}. With a listed party it is at least ${card.guard.listedLowest}, which scores 10,000.
Both bounds follow from the weights. So a stranger can make an honest payee's payments wait, and never have them blocked, as long as
the policy blocks from above ${PATTERN_CEILING}.

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
