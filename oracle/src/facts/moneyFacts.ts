import type { FactContext } from "./context.ts";
import { fact, type FactDefinition, NONE } from "./definition.ts";
import type { FlowKind } from "./flows.ts";
import { share128 } from "./integers.ts";
import { levelOf } from "./units.ts";
import type { TileView } from "./views.ts";

const WINDOW_DAYS = 90;
const WINDOW = "90 days";

/** Share of captured money that something happened to later, at most all of it; `none` while nothing was captured. */
function shareOfCaptured(context: FactContext, view: TileView, name: FlowKind): number | typeof NONE {
  const [from, to] = [context.start(WINDOW_DAYS), context.end];
  const side = view === context.views.payee ? "payee" : "payer";
  const captured = context.once(`captured/${side}`, () => view.sumOf("captured", from, to));
  return captured === 0 ? NONE : share128(Math.min(view.sumOf(name, from, to), captured), captured);
}

function passedOn(context: FactContext): number | typeof NONE {
  const [from, to] = [context.start(7), context.end];
  const received = context.views.payee.sumIn(from, to);
  return received === 0 ? NONE : levelOf(context.views.payeeOut.sumIn(from, to)) - levelOf(received);
}

/**
 * What became of the money. Shares are of captured value, so whoever wants to move them for another account must pay it; numbers of
 * rulings are plain counts, what was passed on or received is authorized value. Dust and opened disputes do nothing.
 */
export const MONEY_FACTS: readonly FactDefinition[] = [
  fact(
    {
      name: "payeeCaptured30d",
      source: "payee",
      window: "30 days",
      unit: "lg8 of micro-units, 0 for nothing",
      description: "Level of the money captured for the payee.",
      phrase: "The sum captured for the payee within thirty days",
      worse: "low",
    },
    (c) => levelOf(c.views.payee.sumOf("captured", c.start(30), c.end)),
  ),
  fact(
    {
      name: "payeeRefundShare",
      source: "payee",
      window: WINDOW,
      unit: "1/128",
      description: "Refunded as a share of captured money.",
      phrase: "The share of refunds in what was captured for the payee",
      worse: "high",
    },
    (c) => shareOfCaptured(c, c.views.payee, "refunded"),
  ),
  fact(
    {
      name: "payeeFraudRefundShare",
      source: "payee",
      window: WINDOW,
      unit: "1/128",
      description: "Refunded with the payee's own word that it was fraud, as a share of captured money.",
      phrase: "The share of refunds for fraud in what was captured for the payee",
      worse: "high",
      fromLabels: true,
    },
    (c) => shareOfCaptured(c, c.views.payee, "fraudRefunded"),
  ),
  fact(
    {
      name: "payerRefundShare",
      source: "payer",
      window: WINDOW,
      unit: "1/128",
      description: "Refunded to the payer as a share of what was captured from him.",
      phrase: "The share of refunds in what the payer paid",
      worse: "high",
    },
    (c) => shareOfCaptured(c, c.views.payer, "refunded"),
  ),
  fact(
    {
      name: "payeeRulingShare",
      source: "payee",
      window: WINDOW,
      unit: "1/128",
      description: "Given back by rulings against the payee, as a share of captured money.",
      phrase: "The share of rulings against the payee in what was captured",
      worse: "high",
      fromLabels: true,
    },
    (c) => shareOfCaptured(c, c.views.payee, "ruledForPayer"),
  ),
  fact(
    {
      name: "payeeRulingsAgainst",
      source: "payee",
      window: WINDOW,
      unit: "rulings",
      description: "Rulings for payers of this payee.",
      phrase: "The number of rulings against the payee",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payee.countOf("ruledForPayer", c.start(WINDOW_DAYS), c.end),
  ),
  fact(
    {
      name: "payerRulingsWon",
      source: "payer",
      window: WINDOW,
      unit: "rulings",
      description: "Rulings for this payer.",
      phrase: "The number of rulings for the payer",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payer.countOf("ruledForPayer", c.start(WINDOW_DAYS), c.end),
  ),
  fact(
    {
      name: "payerRulingsLost",
      source: "payer",
      window: WINDOW,
      unit: "rulings",
      description: "Rulings against this payer: disputes that were none.",
      phrase: "The number of rulings against the payer",
      worse: "high",
      fromLabels: true,
    },
    (c) => c.views.payer.countOf("ruledForPayee", c.start(WINDOW_DAYS), c.end),
  ),
  fact(
    {
      name: "payeePassedOn7d",
      source: "payee",
      window: "7 days",
      unit: "lg8",
      description: "Level of what the payee paid to others less the level of what it was paid.",
      phrase: "What the payee passed on, measured by what it received,",
      worse: "high",
    },
    passedOn,
  ),
  fact(
    {
      name: "payerReceived7d",
      source: "payer",
      window: "7 days",
      unit: "lg8 of micro-units, 0 for nothing",
      description: "Level of the sum that was paid to the payer.",
      phrase: "The sum the payer received within seven days",
      worse: "high",
    },
    (c) => levelOf(c.views.payerIn.sumIn(c.start(7), c.end)),
  ),
];
