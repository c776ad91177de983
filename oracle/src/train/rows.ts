import { completeFacts, computeFacts } from "../facts/facts.ts";
import { History } from "../facts/history.ts";
import type { FactSchema } from "../facts/schema.ts";
import { amountBucket } from "../facts/units.ts";
import type { LabelledAccount } from "./payments.ts";
import { microOf } from "./payments.ts";

/** One payment as the model sees it, with the label it never sees. */
export interface Row {
  readonly account: string;
  readonly index: number;
  readonly facts: Int8Array;
  readonly illicit: boolean;
}

/**
 * The rows of one account's stream. Every payment has a block of its own, so the facts of each come from those before it.
 * Labels do not enter: with every label inverted the facts are the same bytes.
 */
function rowsOf(schema: FactSchema, stream: LabelledAccount): Row[] {
  const history = new History();
  return stream.payments.map((payment) => {
    const micro = microOf(payment);
    const id = `${payment.account}/${payment.index}`;
    const parties = { id, payer: `${payment.account}/${payment.counterparty}`, payee: payment.account, micro };
    const [block, time] = [payment.index, payment.tRelSeconds];
    history.append({ kind: "authorized", ...parties, token: "native", block, logIndex: 0, time });
    const signed = computeFacts(schema, parties, history, { block, timestamp: time });
    const facts = completeFacts(signed, { amountBucket: amountBucket(micro), tokenClass: 0, native: true });
    return { account: payment.account, index: payment.index, facts, illicit: stream.illicit };
  });
}

/** The rows of many accounts, in their order. */
export function factRows(schema: FactSchema, accounts: readonly LabelledAccount[]): Row[] {
  return accounts.flatMap((account) => rowsOf(schema, account));
}
