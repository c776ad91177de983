import { ACCOUNT_FACTS } from "./accountFacts.ts";
import { USUAL_FACTS } from "./amountFacts.ts";
import { CARD_FACTS } from "./cardFacts.ts";
import { fact, type FactDefinition, type FactText } from "./definition.ts";
import { FRAUD_FACTS } from "./fraudFacts.ts";
import { LABEL_FACTS } from "./labelFacts.ts";
import { MONEY_FACTS } from "./moneyFacts.ts";
import { AMOUNT_FACTS, PAYER_MIX_FACTS } from "./payeeFacts.ts";
import { PAIR_FACTS, PAYER_FACTS } from "./payerFacts.ts";
import { RHYTHM_FACTS } from "./rhythmFacts.ts";
import { ROBUST_FACTS } from "./robustFacts.ts";
import { significantDigits } from "./units.ts";
import { WINDOW_FACTS } from "./windowFacts.ts";

function filledByContract(text: Omit<FactText, "source" | "window" | "worse">): FactDefinition {
  const rest = { source: "contract", window: "this payment", worse: "high" } as const;
  return { ...text, ...rest, fromLabels: false, filledByContract: true, compute: () => 0 };
}

/** Facts 0 to 2 of every schema: the epoch contract fills them in from the terms; they are zero when signed. */
export const CONTRACT_FACTS = [
  filledByContract({
    name: "amountBucket",
    unit: "lg8 - 160",
    description: "Level of the amount in micro-units, -128 for zero.",
    phrase: "The amount",
  }),
  filledByContract({
    name: "tokenClass",
    unit: "class",
    description: "Class of the token in the epoch's token table.",
    phrase: "The class of the token",
  }),
  filledByContract({
    name: "nativeFlag",
    unit: "0 or 1",
    description: "1 for the chain's native coin.",
    phrase: "Payment in the native coin",
  }),
] as const;

const TERMS_FACTS = [
  fact(
    {
      name: "amountDigits",
      source: "terms",
      window: "this payment",
      unit: "digits",
      description: "Significant decimal digits of the amount in micro-units.",
      phrase: "The number of significant digits of the amount",
      worse: "low",
    },
    (c) => significantDigits(c.payment.micro),
  ),
] as const;

/** Every fact a schema may choose. Order has no meaning here. */
export const CATALOGUE: readonly FactDefinition[] = [
  ...CONTRACT_FACTS,
  ...TERMS_FACTS,
  ...AMOUNT_FACTS,
  ...PAYER_MIX_FACTS,
  ...RHYTHM_FACTS,
  ...PAIR_FACTS,
  ...PAYER_FACTS,
  ...WINDOW_FACTS,
  ...USUAL_FACTS,
  ...MONEY_FACTS,
  ...FRAUD_FACTS,
  ...ROBUST_FACTS,
  ...CARD_FACTS,
  ...LABEL_FACTS,
  ...ACCOUNT_FACTS,
];

const BY_NAME: ReadonlyMap<string, FactDefinition> = new Map(CATALOGUE.map((one) => [one.name, one]));

/** The definition of that name; throws on an unknown one. */
export function definitionOf(name: string): FactDefinition {
  const found = BY_NAME.get(name);
  if (found === undefined) throw new RangeError(`the catalogue has no fact named ${name}`);
  return found;
}
