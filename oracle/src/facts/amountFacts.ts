import { amountLevel, type FactContext, RECENT } from "./context.ts";
import { fact, type FactDefinition, NONE } from "./definition.ts";
import { countWhere, deviation16, lowerMedian, ninetieth, powerOfTenAbove, share128 } from "./integers.ts";
import { levelOf, significantDigits } from "./units.ts";

/** An amount lies just below a power of ten when less than one part in so many is missing. */
const JUST_BELOW = 20;

type Levels = (context: FactContext) => readonly number[];

/** A fact that compares the amount with the levels of earlier payments, `none` where there are none. */
function against(
  text: Omit<FactDefinition, "filledByContract" | "fromLabels" | "compute" | "window" | "worse">,
  levels: Levels,
  compare: (amount: number, levels: readonly number[]) => number,
): FactDefinition {
  return fact({ ...text, window: "last 60 payments", worse: "high" }, (c) => {
    const known = levels(c);
    return known.length === 0 ? NONE : compare(amountLevel(c), known);
  });
}

const SIDES = [
  { side: "payer", name: "Payer", of: "the payer's", levels: (c: FactContext) => c.payerLevels },
  { side: "payee", name: "Payee", of: "the payee's", levels: (c: FactContext) => c.payeeLevels },
] as const;

function overHighest({ side, name, of, levels }: (typeof SIDES)[number]): FactDefinition {
  const text = {
    name: `amountOver${name}Highest60`,
    source: side,
    unit: "lg8",
    description: `Level of this amount less the highest level of ${of} payments.`,
    phrase: `The amount, measured by ${of} largest payment,`,
  };
  return against(text, levels, (amount, known) => amount - (known.at(-1) ?? 0));
}

function overNinetieth({ side, name, of, levels }: (typeof SIDES)[number]): FactDefinition {
  const text = {
    name: `amountOver${name}Ninetieth`,
    source: side,
    unit: "lg8",
    description: `Level of this amount less the level that nine tenths of ${of} payments do not exceed.`,
    phrase: `The amount, measured by ${of} larger payments,`,
  };
  return against(text, levels, (amount, known) => amount - ninetieth(known));
}

function deviation({ side, name, of, levels }: (typeof SIDES)[number]): FactDefinition {
  const text = {
    name: `amountDeviation${name}`,
    source: side,
    unit: "1/16 of the mean absolute deviation",
    description: `Level of this amount less the mean level of ${of} payments, by their mean absolute deviation.`,
    phrase: `The distance of the amount from ${of} usual ones`,
  };
  return against(text, levels, deviation16);
}

function justBelow(micro: number): boolean {
  const power = powerOfTenAbove(micro);
  return (power - micro) * JUST_BELOW < power;
}

/** The amount against what is usual, round amounts and amounts just below a threshold. */
export const USUAL_FACTS: readonly FactDefinition[] = [
  ...SIDES.flatMap((side) => [overHighest(side), overNinetieth(side), deviation(side)]),
  fact(
    {
      name: "amountBelowThreshold",
      source: "terms",
      window: "this payment",
      unit: "1/128",
      description: "What is missing to the next power of ten, as a share of it.",
      phrase: "The distance of the amount from the next power of ten",
      worse: "low",
    },
    (c) => {
      const power = powerOfTenAbove(c.payment.micro);
      return share128(power - c.payment.micro, power);
    },
  ),
  fact(
    {
      name: "payeeBelowThreshold",
      source: "payee",
      window: "last 20 payments",
      unit: "1/128",
      description: "Share of recent amounts less than 5 % below a power of ten.",
      phrase: "The share of amounts just below a round threshold among those the payee received",
      worse: "high",
    },
    (c) =>
      c.recent.length === 0
        ? NONE
        : share128(
            countWhere(c.recent, (entry) => justBelow(entry.micro)),
            c.recent.length,
          ),
  ),
  fact(
    {
      name: "payerRoundAmounts",
      source: "payer",
      window: "last 20 payments",
      unit: "1/128",
      description: "Share of the payer's amounts with at most two significant digits.",
      phrase: "The share of round amounts among those the payer paid",
      worse: "high",
    },
    (c) => {
      const recent = c.views.payer.recent(RECENT);
      if (recent.length === 0) return NONE;
      return share128(
        countWhere(recent, (entry) => significantDigits(entry.micro) <= 2),
        recent.length,
      );
    },
  ),
  fact(
    {
      name: "amountOverPairMedian",
      source: "pair",
      window: "last 20 payments",
      unit: "lg8",
      description: "Level of this amount less the median level of this payer's payments to this payee.",
      phrase: "The amount, measured by what this payer usually paid this payee,",
      worse: "high",
    },
    (c) => {
      const levels = c.views.pair.recentLevels(RECENT);
      return levels.length === 0 ? NONE : amountLevel(c) - lowerMedian(levels);
    },
  ),
  fact(
    {
      name: "pairValue30d",
      source: "pair",
      window: "30 days",
      unit: "lg8 of micro-units, 0 for nothing",
      description: "Level of the sum this payer paid this payee.",
      phrase: "The sum this payer paid this payee within thirty days",
      worse: "low",
    },
    (c) => levelOf(c.views.pair.sumIn(c.start(30), c.end)),
  ),
];
