import type { ChainState } from "../chain/state.ts";
import { OracleError } from "../errors.ts";
import type { PaymentRow } from "../store/schema.ts";
import { ruleReasons, type RuleReason, type RuleSettings } from "./rules.ts";

/**
 * What the rules say about a payment as of the newest block that was read. Amounts mean what the epoch that judges it says.
 *
 * @returns undefined where no epoch judges the payment.
 */
export function paymentRules(
  state: ChainState,
  payment: Pick<PaymentRow, "id" | "payer" | "payee" | "block" | "timestamp">,
  settings: RuleSettings,
): readonly RuleReason[] | undefined {
  const { cursor } = state;
  if (cursor === undefined) return undefined;
  const { id, payer, payee, timestamp: time } = payment;
  try {
    const history = state.book.history(state.ruling(payment.block).epoch.tokens);
    const asOf = { block: cursor.number, timestamp: cursor.timestamp };
    return ruleReasons({ history, payment: { id, payer, payee, time }, asOf }, settings);
  } catch (error) {
    const unjudged = error instanceof OracleError && ["EPOCH_UNKNOWN", "EPOCH_REVOKED"].includes(error.code);
    if (unjudged) return undefined;
    throw error;
  }
}
