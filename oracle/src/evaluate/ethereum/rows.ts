import { accountFacts, completeFacts } from "../../facts/facts.ts";
import { History } from "../../facts/history.ts";
import type { FactSchema } from "../../facts/schema.ts";
import { amountBucket } from "../../facts/units.ts";
import type { Example } from "../types.ts";
import type { AccountStream } from "./reader.ts";

/** An account's history as a chain would show it: every transaction in a block of its own, none too small to count. */
export function historyOf({ account, transactions }: AccountStream): History {
  const history = new History({ floorMicro: 0 });
  transactions.forEach(({ time, inward, counterparty, micro, failed, call }, index) => {
    const other = `${account}/${counterparty}`;
    history.append({
      kind: "authorized",
      id: `${account}/${index + 1}`,
      payer: inward ? other : account,
      payee: inward ? account : other,
      token: "native",
      micro,
      block: index + 1,
      logIndex: 0,
      time,
      ...(failed ? { failed } : {}),
      ...(call ? { call } : {}),
    });
  });
  return history;
}

/**
 * An account as it stood after its first transactions: one row for each of the counts, an account with fewer as a whole.
 * There is no judged payment: its amount is nothing, of the native coin.
 */
export function accountRows(schema: FactSchema, stream: AccountStream, counts: readonly number[]): Example[] {
  const { account, illicit, transactions } = stream;
  const history = historyOf(stream);
  const known = new Map<number, Int8Array>();
  return counts.map((count) => {
    const block = Math.min(count, transactions.length);
    const time = transactions[block - 1]?.time ?? 0;
    let facts = known.get(block);
    if (facts === undefined) {
      const signed = accountFacts(schema, account, history, { block, timestamp: time });
      facts = completeFacts(signed, { amountBucket: amountBucket(0), tokenClass: 0, native: true });
      known.set(block, facts);
    }
    return { id: `${account}/${block}`, group: account, time, micro: 0, facts, illicit };
  });
}
