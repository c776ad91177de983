import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { packOrder, payments } from "@sluice/sdk";

import { arbitrated, fundBonds, signReview, signSettlement } from "../shared/cases.ts";
import { post } from "../shared/moves.ts";
import {
  attest,
  authorized,
  COLLECTION,
  DAY,
  ethers,
  networkHelpers,
  POLICY,
  type AttestOptions,
  type Authorized,
  type Suite,
} from "../shared/suite.ts";

/** Scores on the suite's policy: Hold from 9,700, Block from 9,950. */
export const SCORE = { Allow: 5_000, Hold: 9_800, Block: 9_999 } as const;

type Item = { payment: Authorized; amount?: bigint; feeBps?: number };

/** Captures many by the operator without a fee, unless told otherwise. */
export function captureMany(suite: Suite, items: readonly Item[], attestation = "0x", by = suite.operator) {
  const rows = items.map(({ payment, amount = payment.terms.amount, feeBps = 0 }) => {
    return { terms: payment.packed, amount, feeBps };
  });
  return suite.escrow.connect(by).captureMany(rows, attestation);
}

/** Id and reason of every payment of the batch that was passed over. */
export async function skipped(suite: Suite, tx: { blockNumber: number | null }): Promise<[string, string][]> {
  const block = tx.blockNumber ?? 0;
  const events = await suite.escrow.queryFilter(suite.escrow.filters.CaptureSkipped(), block, block);
  return events.map(({ args }) => [args.id, args.reason]);
}

/** The block as of which a charge in the next block is judged. */
export async function chargeBlock(): Promise<number> {
  const head = await ethers.provider.getBlockNumber();
  return Math.floor(head / POLICY.stride) * POLICY.stride;
}

/** Charges by the operator, out of the allowance of a payer who signed the terms, or who is the operator. */
export async function charge(suite: Suite, payment: Authorized, signature = "0x", options: AttestOptions = {}) {
  const attestation = await attest(suite, payment, { asOf: await chargeBlock(), ...options });
  const escrow = suite.escrow.connect(suite.operator);
  return escrow.charge(payment.packed, COLLECTION.Allowance, signature, 0, attestation);
}

type OrderChoice = { by?: HardhatEthersSigner; amount?: bigint; attestation?: string };

/** Submits, by a stranger, an order of the operator for everything in escrow, unless told otherwise. */
export async function order(
  suite: Suite,
  payment: Authorized,
  action: payments.Order["action"],
  { by = suite.operator, amount, attestation = "0x" }: OrderChoice = {},
) {
  const { capturable, refundable } = await suite.escrow.payment(payment.id);
  const feeBps = action.startsWith("Capture") && by === suite.payee ? payment.terms.maxFeeBps : 0;
  const fields = { action, amount: amount ?? capturable, feeBps, capturable, refundable, deadline: 2 ** 40 - 1 };
  const signature = await payments.signOrder(by, suite.site, payment.terms, fields);
  return suite.escrow.connect(suite.stranger).execute(payment.packed, packOrder(fields), signature, attestation);
}

/** Submits, by a stranger, what payer and payee signed. */
export async function settle(suite: Suite, payment: Authorized, toPayee: bigint, toPayer: bigint) {
  const { capturable } = await suite.escrow.payment(payment.id);
  const deadline = (await networkHelpers.time.latest()) + DAY;
  const agreed = { toPayee, toPayer, capturable, deadline };
  const byPayer = await signSettlement(suite, suite.payer, payment.id, agreed);
  const byPayee = await signSettlement(suite, suite.payee, payment.id, agreed);
  const escrow = suite.escrow.connect(suite.stranger);
  return escrow.settle(payment.packed, toPayee, toPayer, deadline, byPayer, byPayee);
}

/** Submits, by a stranger, a review one step milder by this reviewer. */
export async function review(suite: Suite, payment: Authorized, reviewer = suite.arbiter) {
  const { band: fromBand } = await suite.escrow.payment(payment.id);
  const toBand = fromBand - 1n;
  const deadline = (await networkHelpers.time.latest()) + 30 * DAY;
  const signature = await signReview(suite, reviewer, payment.id, { fromBand, toBand, reasonCode: 7, deadline });
  const escrow = suite.escrow.connect(suite.stranger);
  return escrow.review(payment.packed, toBand, 7, deadline, reviewer.address, signature);
}

/** A payment with an arbiter and a posted band; payer and payee can pay bonds. */
export async function judgedFor(suite: Suite, score: number, changes: Parameters<typeof authorized>[1] = {}) {
  await fundBonds(suite);
  const payment = await authorized(suite, { ...arbitrated(suite), ...changes });
  await post(suite, payment, { score });
  return payment;
}

/** The same, disputed by the payer. */
export async function disputedFor(suite: Suite, changes: Parameters<typeof authorized>[1] = {}) {
  const payment = await judgedFor(suite, SCORE.Hold, changes);
  await suite.escrow.connect(suite.payer).dispute(payment.packed);
  return payment;
}
