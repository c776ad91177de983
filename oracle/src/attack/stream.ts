import { completeFacts, computeFacts } from "../facts/facts.ts";
import { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";
import { amountBucket } from "../facts/units.ts";
import type { QuantisedModel } from "../model/network.ts";
import { accumulate, rank } from "../model/reference.ts";
import type { LabelledAccount } from "../train/payments.ts";
import { microOf } from "../train/payments.ts";

/** One payment to the account under attack. */
export interface Deed {
  readonly payer: string;
  readonly micro: number;
  /** Seconds. */
  readonly time: number;
}

const PAYEE = "payee";

/** An account's incoming payments as deeds, in order of time. */
export function deedsOf(account: LabelledAccount): Deed[] {
  return account.payments.map((payment) => ({
    payer: payment.counterparty,
    micro: microOf(payment),
    time: payment.tRelSeconds,
  }));
}

/** What the contract knows of the payments' token. */
export interface TokenFacts {
  readonly tokenClass: number;
  readonly native: boolean;
}

const ETHER: TokenFacts = { tokenClass: 0, native: true };

interface Folded {
  readonly history: History;
  /** Times in order: payment n stands in block n + 1. */
  readonly times: readonly number[];
}

/** Histories by the very list they came from: a search asks about one list many times. */
const FOLDED = new WeakMap<readonly Deed[], Folded>();

function fold(others: readonly Deed[]): Folded {
  const known = FOLDED.get(others);
  if (known !== undefined) return known;
  const history = new History();
  const sorted = others.toSorted((a, b) => a.time - b.time);
  sorted.forEach((deed, index) => {
    const parties = { id: `p${index}`, payer: deed.payer, payee: PAYEE, micro: deed.micro };
    history.append({ kind: "authorized", ...parties, token: "native", block: index + 1, logIndex: 0, time: deed.time });
  });
  const folded = { history, times: sorted.map(({ time }) => time) };
  FOLDED.set(others, folded);
  return folded;
}

/** Completed facts of a payment; of the others those count that are not later than it. */
export function factsAfter(schema: FactSchema, others: readonly Deed[], judged: Deed, token = ETHER): Int8Array {
  const { history, times } = fold(others);
  const block = times.filter((time) => time <= judged.time).length;
  const payment = { id: "judged", payer: judged.payer, payee: PAYEE, micro: judged.micro };
  const signed = computeFacts(schema, payment, history, { block, timestamp: judged.time });
  return completeFacts(signed, { amountBucket: amountBucket(judged.micro), ...token });
}

/** The model as whoever attacks it sees it: its weights are public, so he reads accumulators. */
export type Query = (others: readonly Deed[], judged: Deed) => number;

/** A query of a model in the clear. */
export function queryOf(model: QuantisedModel, schema: FactSchema): Query {
  return (others, judged) => accumulate(model, factsAfter(schema, others, judged));
}

/** The lowest accumulator whose score reaches a threshold; Infinity where none does. */
export function lineOf(model: QuantisedModel, threshold: number): number {
  let low = model.knots[0]?.[0] ?? 0;
  let high = model.knots.at(-1)?.[0] ?? 0;
  if (rank(model.knots, high) < threshold) return Infinity;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (rank(model.knots, middle) >= threshold) high = middle;
    else low = middle + 1;
  }
  return low;
}
