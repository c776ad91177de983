import { microOf, type Epoch } from "../chain/epochs.ts";
import { OracleError } from "../errors.ts";
import { computeFacts } from "../facts/facts.ts";
import { asOfBlock, isAsOfBlock } from "../policy/asOf.ts";
import type { PolicyEntry } from "../policy/timeline.ts";
import type { PaymentRow } from "../store/schema.ts";
import {
  atOneMoment,
  checkEpoch,
  checkReached,
  judge,
  type AsOfRequest,
  type ExamineDeps,
  type Finding,
  type Matter,
} from "./finding.ts";

/** What a node finds about one payment in escrow. */
export interface Examination extends Finding {
  readonly payment: PaymentRow;
}

/** A payment in escrow as what is judged. */
export function paymentMatter(payment: PaymentRow, epoch: Epoch, asOf: number): Matter {
  const { id, payer, payee, token } = payment;
  const amount = BigInt(payment.amount);
  const micro = microOf(epoch.tokens, token, amount);
  return {
    ...{ subject: id, token, amount, refreshed: asOf !== payment.block, drawn: true },
    facts: (schema, history, at) => computeFacts(schema, { id, payer, payee, micro }, history, at),
  };
}

/** Which block to look from, by the rule or by request; throws the reason why a request cannot be followed. */
function chooseAsOf(payment: PaymentRow, entry: PolicyEntry, head: number, request: AsOfRequest | undefined): number {
  const { refreshLog2 } = entry.policy;
  if (request === undefined) {
    const number = asOfBlock(payment.block, refreshLog2, head);
    if (number === undefined) throw new OracleError("BEHIND", `block ${payment.block} has not been read yet`);
    return number;
  }
  checkEpoch(entry, request);
  if (!isAsOfBlock(payment.block, refreshLog2, request.number)) {
    const details = { authorizedBlock: payment.block, asOf: request.number };
    throw new OracleError(
      "WRONG_AS_OF",
      `facts of a payment of block ${payment.block} cannot be as of ${request.number}`,
      details,
    );
  }
  return request.number;
}

async function paymentRow(store: ExamineDeps["store"], id: string, head: number): Promise<PaymentRow> {
  const payment = await store.payment(id);
  if (payment !== undefined) return payment;
  throw new OracleError(
    "NOT_AUTHORIZED_YET",
    `no authorization of ${id} was seen up to block ${head}; if it is on chain, its terms differ from the ones sent`,
    { id, head },
  );
}

/**
 * Finds facts, score and band of a payment.
 *
 * @param id Payment id, lower-case.
 * @param request The block and epoch a coordinator named; without it the rule decides.
 * @throws OracleError NOT_AUTHORIZED_YET, BEHIND, OTHER_FORK, EPOCH_UNKNOWN, EPOCH_REVOKED, WRONG_AS_OF or MODEL_UNKNOWN.
 */
export async function examine(deps: ExamineDeps, id: string, request?: AsOfRequest): Promise<Examination> {
  return atOneMoment(deps, request, async (head) => {
    const payment = await paymentRow(deps.store, id, head);
    checkReached(payment.block, head);
    return {
      ruledBy: payment.block,
      asOf: (entry) => chooseAsOf(payment, entry, head, request),
      find: (entry, epoch, asOf) => ({
        payment,
        ...judge(paymentMatter(payment, epoch, asOf.number), entry, epoch, asOf, deps.state),
      }),
    };
  });
}
