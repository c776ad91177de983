import type { FactContext } from "./context.ts";
import { fact, type FactDefinition } from "./definition.ts";
import { levelOf, lg8 } from "./units.ts";
import type { TileView } from "./views.ts";

/** Lengths of the windows. */
const WINDOWS = [
  { days: 1, suffix: "1d", window: "1 day", words: "a day" },
  { days: 7, suffix: "7d", window: "7 days", words: "seven days" },
  { days: 30, suffix: "30d", window: "30 days", words: "thirty days" },
] as const;

/** The two sides of a payment, and what is said about each. */
const SIDES = [
  { side: "payee", deed: "to the payee", other: "payers", received: "received" },
  { side: "payer", deed: "by the payer", other: "payees", received: "paid" },
] as const;

type Window = (typeof WINDOWS)[number];
type Side = (typeof SIDES)[number];

function viewOf(context: FactContext, side: Side["side"]): TileView {
  return side === "payee" ? context.views.payee : context.views.payer;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function countFact({ side, deed }: Side, { days, suffix, window, words }: Window): FactDefinition {
  const text = { name: `${side}Count${suffix}`, source: side, window, unit: "payments", worse: "high" } as const;
  const sentence = { description: `Payments ${deed}.`, phrase: `The number of payments ${deed} within ${words}` };
  return fact({ ...text, ...sentence }, (c) => viewOf(c, side).countIn(c.start(days), c.end));
}

function valueFact({ side, deed, received }: Side, { days, suffix, window, words }: Window): FactDefinition {
  const unit = "lg8 of micro-units, 0 for nothing";
  const text = { name: `${side}Value${suffix}`, source: side, window, unit, worse: "high" } as const;
  const sentence = {
    description: `Level of the sum of the payments ${deed}.`,
    phrase: `The sum the ${side} ${received} within ${words}`,
  };
  return fact({ ...text, ...sentence }, (c) => levelOf(viewOf(c, side).sumIn(c.start(days), c.end)));
}

function distinctFact({ side, deed, other }: Side, { days, suffix, window, words }: Window): FactDefinition {
  const name = `${side}${capital(other)}${suffix}`;
  const text = { name, source: side, window, unit: other, worse: "high" } as const;
  const sentence = {
    description: `Distinct ${other} among the payments ${deed}.`,
    phrase: `The number of different ${other} among payments ${deed} within ${words}`,
  };
  return fact({ ...text, ...sentence }, (c) => viewOf(c, side).distinctCounterparties(c.start(days), c.end));
}

function newFact({ side, deed, other }: Side, { days, suffix, window, words }: Window): FactDefinition {
  const name = `${side}New${capital(other)}${suffix}`;
  const text = { name, source: side, window, unit: other, worse: "high" } as const;
  const sentence = {
    description: `Distinct ${other} whose first payment ${deed} lies in the window.`,
    phrase: `The number of ${other} new to the ${side} within ${words}`,
  };
  return fact({ ...text, ...sentence }, (c) => viewOf(c, side).newCounterparties(c.start(days), c.end));
}

function burstFact({ side, deed }: Side): FactDefinition {
  const text = { name: `${side}Burst`, source: side, window: "30 days", unit: "lg8", worse: "high" } as const;
  const sentence = {
    description: `Level of 1 + 30 times the payments ${deed} of one day less the level of 1 + those of 30 days.`,
    phrase: `The number of payments ${deed} within a day, measured by the month,`,
  };
  return fact({ ...text, ...sentence }, (c) => {
    const [day, month] = [1, 30].map((days) => viewOf(c, side).countIn(c.start(days), c.end));
    return lg8(1 + 30 * (day ?? 0)) - lg8(1 + (month ?? 0));
  });
}

/** Facts that other files define by hand, under the same names. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "payeeCount1d",
  "payerCount1d",
  "payeeNewPayers7d",
  "payerNewPayees7d",
]);

/** Counts, values and counterparties of payee and payer over 1, 7 and 30 days: volume, fan-in, fan-out and bursts. */
export const WINDOW_FACTS: readonly FactDefinition[] = SIDES.flatMap((side) => [
  ...WINDOWS.flatMap((window) => [countFact, valueFact, distinctFact, newFact].map((define) => define(side, window))),
  burstFact(side),
]).filter(({ name }) => !ELSEWHERE.has(name));
