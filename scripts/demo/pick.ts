import { PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";
import type { QuantisedModel } from "../../oracle/src/model/network.ts";
import { score } from "../../oracle/src/model/reference.ts";
import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import { factRows } from "../../oracle/src/train/rows.ts";

/**
 * The shortest stream that ends in a payment whose score lies in [lowest, below), of an account outside the draw.
 * @throws when the sample has none
 */
export function streamEndingAt(
  sample: readonly LabelledAccount[],
  drawn: readonly LabelledAccount[],
  model: QuantisedModel,
  lowest: number,
  below: number,
): LabelledAccount {
  const names = new Set(drawn.map(({ account }) => account));
  let best: LabelledAccount | undefined;
  for (const account of sample) {
    if (names.has(account.account)) continue;
    const scores = factRows(PAYMENT_SCHEMA, [account]).map(({ facts }) => score(model, facts));
    const end = scores.findIndex((value) => value >= lowest && value < below);
    if (end < 0 || (best !== undefined && end + 1 >= best.payments.length)) continue;
    best = { ...account, payments: account.payments.slice(0, end + 1) };
  }
  if (best === undefined) throw new Error(`no payment outside the draw scores from ${lowest} to below ${below}`);
  return best;
}
