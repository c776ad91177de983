import type { AsOf, FactPayment } from "./context.ts";
import type { FactDefinition } from "./definition.ts";
import { computeFacts } from "./facts.ts";
import type { History } from "./history.ts";
import { FACT_COUNT, type FactSchema, type SchemaSlot } from "./schema.ts";

/** The worse of two bytes: a quantiser with a negative factor turns the direction round. */
function worseOf(definition: FactDefinition, slot: SchemaSlot, a: number, b: number): number {
  const high = (definition.worse === "high") === slot.num >= 0;
  return high ? Math.max(a, b) : Math.min(a, b);
}

/** Facts of many payments as one word: each fact by itself from the row where it is worst. */
function worstFacts(
  schema: FactSchema,
  [first, ...rest]: readonly [FactPayment, ...FactPayment[]],
  history: History,
  asOf: AsOf,
): Int8Array {
  const worst = computeFacts(schema, first, history, asOf);
  for (const row of rest) {
    const facts = computeFacts(schema, row, history, asOf);
    for (let index = 0; index < FACT_COUNT; index++) {
      const [definition, slot] = [schema.definitions[index], schema.slots[index]];
      if (definition === undefined || slot === undefined) continue;
      worst[index] = worseOf(definition, slot, worst[index] ?? 0, facts[index] ?? 0);
    }
  }
  return worst;
}

/**
 * The 32 facts of a channel batch as one word, under the same schema as a payment's. Facts about the payee are the same for
 * every row; of facts about the payer, the pair and the amount the worst row counts, each fact by itself. A fact that is
 * unknown for a row takes part with the byte the model sees for it.
 *
 * @param rows One payout each: the channel as id, its payer, the common payee, and what the row pays.
 * @throws RangeError for a batch without rows or with rows of different payees.
 */
export function channelBatchFacts(
  schema: FactSchema,
  rows: readonly FactPayment[],
  history: History,
  asOf: AsOf,
): Int8Array {
  const [first, ...rest] = rows;
  if (first === undefined) throw new RangeError("a channel batch has at least one row");
  const stranger = rest.find((row) => row.payee !== first.payee);
  if (stranger !== undefined) throw new RangeError(`a batch of ${first.payee} has a row of ${stranger.payee}`);
  return worstFacts(schema, [first, ...rest], history, asOf);
}

/**
 * The 32 facts of what one account pays to many, as one word: the mirror image of a channel batch. Facts about the payer are
 * the same for every row; of facts about the payee, the pair and the amount the worst row counts.
 *
 * @param rows One for each payee, with all that the list pays him.
 * @throws RangeError for a list without rows, with rows of different payers, or with a payee who stands twice.
 */
export function payListFacts(
  schema: FactSchema,
  rows: readonly FactPayment[],
  history: History,
  asOf: AsOf,
): Int8Array {
  const [first, ...rest] = rows;
  if (first === undefined) throw new RangeError("a list pays at least one payee");
  const stranger = rest.find((row) => row.payer !== first.payer);
  if (stranger !== undefined) throw new RangeError(`a list of ${first.payer} has a row of ${stranger.payer}`);
  if (new Set(rows.map((row) => row.payee)).size < rows.length) throw new RangeError("a payee stands twice in a list");
  return worstFacts(schema, [first, ...rest], history, asOf);
}
