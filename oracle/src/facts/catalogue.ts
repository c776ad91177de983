import type { FactDefinition, FactSource } from "./definition.ts";
import { fact } from "./definition.ts";
import { AMOUNT_FACTS, PAYER_MIX_FACTS, RHYTHM_FACTS } from "./payeeFacts.ts";
import { PAIR_FACTS, PAYER_FACTS } from "./payerFacts.ts";
import { significantDigits } from "./units.ts";

function filledByContract(name: string, unit: string, description: string): FactDefinition {
  const source: FactSource = "contract";
  return { name, unit, description, window: "this payment", source, filledByContract: true, compute: () => 0 };
}

/** Facts 0 to 2 of every schema: the epoch contract fills them in from the terms; they are zero when signed. */
export const CONTRACT_FACTS = [
  filledByContract("amountBucket", "lg8 - 160", "Level of the amount in micro-units, -128 for zero."),
  filledByContract("tokenClass", "class", "Class of the token in the epoch's token table."),
  filledByContract("nativeFlag", "0 or 1", "1 for the chain's native coin."),
] as const;

const TERMS_FACTS = [
  fact(
    "terms",
    "this payment",
    "amountDigits",
    "digits",
    "Significant decimal digits of the amount in micro-units.",
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
];

/** The definition of that name; throws on an unknown one. */
export function definitionOf(name: string): FactDefinition {
  const found = CATALOGUE.find((definition) => definition.name === name);
  if (found === undefined) throw new RangeError(`the catalogue has no fact named ${name}`);
  return found;
}
