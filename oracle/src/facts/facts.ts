import { type AsOf, type FactContext, factContext, type FactPayment } from "./context.ts";
import type { History } from "./history.ts";
import type { FactSchema } from "./schema.ts";
import { FACT_COUNT, quantise } from "./schema.ts";

/** What the epoch contract knows itself and fills in: facts 0, 1 and 2. */
export interface ContractFacts {
  readonly amountBucket: number;
  readonly tokenClass: number;
  readonly native: boolean;
}

function quantised(schema: FactSchema, context: FactContext): Int8Array {
  const facts = new Int8Array(FACT_COUNT);
  schema.slots.forEach((slot, index) => {
    const definition = schema.definitions[index];
    if (definition === undefined || definition.filledByContract) return;
    facts[index] = quantise(slot, definition.compute(context));
  });
  return facts;
}

/**
 * The 32 facts of a payment, as nodes sign them: integers only, from history up to and including `asOf`, without the
 * payment itself. Other authorizations of that block count whatever their log index, as open exposure.
 *
 * @returns 32 signed bytes; the three that the contract fills in are zero.
 */
export function computeFacts(schema: FactSchema, payment: FactPayment, history: History, asOf: AsOf): Int8Array {
  return quantised(schema, factContext(payment, history.viewOf(payment, asOf.block), asOf.timestamp));
}

/**
 * The 32 facts of an account: facts about a payee read what it received, facts about a payer what it paid, and there is no
 * payment to be judged.
 */
export function accountFacts(schema: FactSchema, account: string, history: History, asOf: AsOf): Int8Array {
  const payment = { id: "", payer: account, payee: account, micro: 0 };
  return quantised(schema, factContext(payment, history.viewOf(payment, asOf.block), asOf.timestamp));
}

/** A copy with the facts the contract fills in: what the model sees. */
export function completeFacts(facts: Int8Array, known: ContractFacts): Int8Array {
  const completed = Int8Array.from(facts);
  completed[0] = known.amountBucket;
  completed[1] = Math.min(127, known.tokenClass);
  completed[2] = known.native ? 1 : 0;
  return completed;
}

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Facts as a bytes32 word: byte i, counted from the most significant, is fact i in two's complement. */
export function packFacts(facts: Int8Array): string {
  if (facts.length !== FACT_COUNT) throw new RangeError(`a word holds ${FACT_COUNT} facts, not ${facts.length}`);
  let word = "0x";
  for (const value of facts) word += HEX_BYTES[value & 0xff];
  return word;
}

/** The inverse of packFacts. */
export function unpackFacts(word: string): Int8Array {
  if (!/^0x[0-9a-fA-F]{64}$/.test(word)) throw new RangeError(`not a bytes32 word: ${word}`);
  return Int8Array.from({ length: FACT_COUNT }, (_, index) => parseInt(word.slice(2 + 2 * index, 4 + 2 * index), 16));
}
