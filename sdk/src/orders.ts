import type { Signer, TypedDataDomain } from "ethers";

import { checkUint } from "./checks.ts";
import { domainOf } from "./dues.ts";
import { SluiceError } from "./failure.ts";
import { orderTypes } from "./generated/eip712.ts";
import { orderActions, type OrderAction } from "./generated/enums.ts";
import { checkTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

/** One act of the operator or the payee that anybody may submit. Amounts in the token's smallest unit. */
export type Order = {
  action: OrderAction;
  amount: bigint;
  /** The operator's fee of a capture, in basis points; otherwise 0. */
  feeBps: number;
  /** The reason of a void or a refund, 1 for fraud; none when absent. */
  reasonCode?: number;
  /** What is in escrow now: an order for another state is refused, so each runs once. */
  capturable: bigint;
  /** What is captured and not refunded now. */
  refundable: bigint;
  /** The order counts before this second since the Unix epoch. */
  deadline: number;
};

/** An order as the contract takes it. */
export type PackedOrder = {
  action: number;
  amount: bigint;
  feeBps: bigint;
  reasonCode: bigint;
  capturable: bigint;
  refundable: bigint;
  deadline: bigint;
};

/**
 * An order as the contract takes it.
 * @throws SluiceError `NUMBER_OUT_OF_RANGE` or `ORDER_ACTION_UNKNOWN`, naming the field
 */
export function packOrder(order: Order): PackedOrder {
  const action = orderActions.indexOf(order.action);
  if (action < 0) {
    const message = `action: ${String(order.action)} is none of ${orderActions.join(", ")}`;
    throw new SluiceError("ORDER_ACTION_UNKNOWN", message, "action");
  }
  return {
    action,
    amount: checkUint("amount", order.amount, 96),
    feeBps: checkUint("feeBps", order.feeBps, 16),
    reasonCode: checkUint("reasonCode", order.reasonCode ?? 0, 16),
    capturable: checkUint("capturable", order.capturable, 96),
    refundable: checkUint("refundable", order.refundable, 96),
    deadline: checkUint("deadline", order.deadline, 40),
  };
}

/** What the operator's or the payee's wallet signs. */
export function orderTypedData(
  order: Order,
  terms: Terms,
  site: EscrowSite,
): {
  domain: TypedDataDomain;
  types: Record<string, { name: string; type: string }[]>;
  message: PackedOrder & { payment: string };
} {
  const message = { payment: paymentId(terms, site), ...packOrder(order) };
  return { domain: domainOf(site), types: { Order: [...orderTypes.Order] }, message };
}

/**
 * The operator's or the payee's signature of an order.
 * @returns What `payments.execute` takes
 * @throws SluiceError as `checkTerms` and `packOrder`
 */
export async function signOrder(signer: Signer, site: EscrowSite, terms: Terms, order: Order): Promise<string> {
  checkTerms(terms);
  const { domain, types, message } = orderTypedData(order, terms, site);
  return signer.signTypedData(domain, types, message);
}
