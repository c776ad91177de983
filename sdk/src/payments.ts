import { hexlify, randomBytes, ZeroAddress, type BlockTag, type Result, type Signer } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { escrowCall } from "./escrowCall.ts";
import { SluiceError } from "./failure.ts";
import { payouts, type Payout } from "./generated/enums.ts";
import { packOrder, type Order } from "./orders.ts";
import {
  capturedEvent,
  postedEvent,
  reclaimedEvent,
  refundedEvent,
  requestedEvent,
  stateOf,
  sweptEvent,
  timerOf,
  voidedEvent,
  type CapturedEvent,
  type PaymentState,
  type PaymentTimer,
  type PostedEvent,
  type RefundedEvent,
  type RequestedEvent,
  type ReturnedEvent,
  type SweptEvent,
  type VoidedEvent,
} from "./paymentEvents.ts";
import { read, type Reader } from "./read.ts";
import { send, type SendOptions, type Sent } from "./send.ts";
import { isCoin, sendTerms } from "./sendTerms.ts";
import { checkTerms, packTerms, paymentId, type EscrowSite, type Terms } from "./terms.ts";

export * from "./authorize.ts";
export * from "./captures.ts";
export type * from "./caseEvents.ts";
export { signReview, signSettlement, type Review, type Settlement } from "./caseOrders.ts";
export * from "./cases.ts";
export { signOrder, type Order } from "./orders.ts";
export * from "./payerSignatures.ts";
export type * from "./paymentEvents.ts";

const eventOf = {
  Capture: capturedEvent,
  CapturePushed: capturedEvent,
  CaptureCredited: capturedEvent,
  Void: voidedEvent,
  Refund: refundedEvent,
};
const hour = 3_600;
const day = 24 * hour;

/** The part of terms nobody else can know. */
export type Parties = Pick<Terms, "payer" | "payee" | "operator" | "token" | "amount">;

/**
 * Terms with usual values for what is not named: an hour to authorize, 7 days to capture, 30 to refund, no fee, no arbiter,
 * money back to the payer when screening is asked for and nobody answers, at most a day of Hold, a random salt.
 * @param now Seconds since the Unix epoch, best of the chain's latest block
 * @throws SluiceError as `checkTerms`
 */
export function draftTerms(parties: Parties & Partial<Terms>, now: number): Terms {
  const terms: Terms = {
    authorizeBy: now + hour,
    captureBy: now + 7 * day,
    refundBy: now + 30 * day,
    minFeeBps: 0,
    maxFeeBps: 0,
    feeReceiver: ZeroAddress,
    arbiter: ZeroAddress,
    disputeBond: 0n,
    defaultSplitBps: 0,
    rulingWindow: 0,
    silenceRule: "Refund",
    maxHold: day,
    referral: `0x${"00".repeat(12)}`,
    feeTier: "Nobody",
    salt: BigInt(hexlify(randomBytes(32))),
    ...parties,
  };
  checkTerms(terms);
  return terms;
}

/** How much to capture, and on what grounds. */
export type CaptureOptions = SendOptions & {
  /** In the token's smallest unit, fees included. */
  amount: bigint;
  /** The operator's fee in basis points, within the terms' range; the highest where the payee captures. */
  feeBps: number;
  /** Where the money goes; "Push" when absent: the payee is paid, the operator's fee stays in the ledger for `sweep`. */
  payout?: Payout;
  /** Absent where a band is posted or silence has spoken. */
  attestation?: string;
};

/**
 * Pays the payee, by the operator or the payee himself.
 * @example
 * const { attestation } = await attestations.requestAttestation(nodes, site, terms);
 * const { event } = await payments.capture(operator, site, terms, { amount: terms.amount, feeBps: 100, attestation });
 * console.log("paid:", event.amount - event.operatorFee - event.protocolFee);
 */
export async function capture(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  { amount, feeBps, payout = "Push", attestation = "0x", ...options }: CaptureOptions,
): Promise<Sent<CapturedEvent>> {
  const where = payouts.indexOf(payout);
  if (where < 0) {
    throw new SluiceError("TERMS_INVALID", `payout: ${String(payout)} is none of ${payouts.join(", ")}`, "payout");
  }
  const more = [checkUint("amount", amount, 96), checkUint("feeBps", feeBps, 16), where, attestation];
  return sendTerms(sender, site, terms, "capture", more, capturedEvent, options);
}

/** `reasonCode` goes to the event: 0 none (when absent), 1 fraud, others are the integrator's. */
export type GiveBackOptions = SendOptions & { reasonCode?: number };

/** Gives escrowed money back to the payer, by the operator or the payee. `payments.void` outside. */
async function voidPayment(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  amount: bigint,
  { reasonCode = 0, ...options }: GiveBackOptions = {},
): Promise<Sent<VoidedEvent>> {
  const more = [checkUint("amount", amount, 96), checkUint("reasonCode", reasonCode, 16)];
  return sendTerms(sender, site, terms, "void", more, voidedEvent, options);
}
export { voidPayment as void };

/** Returns what is still in escrow to the payer once the payee's time is over. Anybody may send it. */
export async function reclaim(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  options?: SendOptions,
): Promise<Sent<ReturnedEvent>> {
  return sendTerms(sender, site, terms, "reclaim", [], reclaimedEvent, options);
}

/** Pays captured money back, by the operator or the payee: out of the sender's allowance for the escrow, or in native coin. */
export async function refund(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  amount: bigint,
  { reasonCode = 0, ...options }: GiveBackOptions = {},
): Promise<Sent<RefundedEvent>> {
  const value = isCoin(terms) ? amount : 0n;
  const more = [checkUint("amount", amount, 96), checkUint("reasonCode", reasonCode, 16)];
  return sendTerms(sender, site, terms, "refund", more, refundedEvent, options, value);
}

/** The grounds of a capture that an order tells, as in `CaptureOptions`. */
export type ExecuteOptions = SendOptions & { attestation?: string };

/**
 * Submits what the operator or the payee has signed. Anybody may send it; a refund in native coin comes out of the sender's
 * pocket, one in a token out of the signer's allowance.
 * @param signature Of `signOrder`
 * @returns The event of what the order told: Captured, Voided or Refunded
 * @example
 * const { state } = await payments.readPayment(provider, site, terms);
 * const { capturable, refundable } = state;
 * const order = { action: "Void", amount: capturable, feeBps: 0, capturable, refundable, deadline } as const;
 * await payments.execute(relayer, site, terms, order, await payments.signOrder(operator, site, terms, order));
 */
export async function execute(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  order: Order,
  signature: string,
  { attestation = "0x", ...options }: ExecuteOptions = {},
): Promise<Sent<CapturedEvent | VoidedEvent | RefundedEvent>> {
  const more = [packOrder(order), signature, attestation];
  const value = order.action === "Refund" && isCoin(terms) ? order.amount : 0n;
  return sendTerms<CapturedEvent | VoidedEvent | RefundedEvent>(
    sender,
    site,
    terms,
    "execute",
    more,
    eventOf[order.action],
    options,
    value,
  );
}

/** Asks for screening on chain and starts the silence clock, by payer, payee or operator. */
export async function request(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  options?: SendOptions,
): Promise<Sent<RequestedEvent>> {
  return sendTerms(sender, site, terms, "request", [], requestedEvent, options);
}

/** Stores the band that follows from an attestation. Anybody may send it. */
export async function post(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  attestation: string,
  options?: SendOptions,
): Promise<Sent<PostedEvent>> {
  return sendTerms(sender, site, terms, "post", [attestation], postedEvent, options);
}

/** Pays out what the ledger holds for an account: fees, and money that could not be delivered. Anybody may send it. */
export async function sweep(
  sender: Signer,
  site: EscrowSite,
  token: string,
  account: string,
  options?: SendOptions,
): Promise<Sent<SweptEvent>> {
  const args = [checkAddress("token", token), checkAddress("account", account)];
  return send(sender, escrowCall(site, "sweep", args), sweptEvent, options);
}

/** A payment as the escrow knows it. */
export type PaymentView = {
  id: string;
  /** False for terms nobody has authorized. */
  exists: boolean;
  state: PaymentState;
  timer: PaymentTimer;
  /** Latest second at which money of these terms can still be in escrow without anybody being able to take it out. */
  exitBy: number;
};

/**
 * All the escrow knows of a payment.
 * @param block As of which block; the latest when absent
 * @example
 * const { state, exitBy } = await payments.readPayment(provider, site, terms);
 * if (state.band === "Hold") console.log(state.capturable, "held, out by", new Date(exitBy * 1000));
 */
export async function readPayment(
  reader: Reader,
  site: EscrowSite,
  terms: Terms,
  block: BlockTag = "latest",
): Promise<PaymentView> {
  const id = checkBytes("id", paymentId(terms, site), 32);
  const ask = (method: string, argument: unknown): Promise<Result> => {
    return read(reader, escrowCall(site, method, [argument]), block);
  };
  const answers = [ask("payment", id), ask("timer", id), ask("exitBy", packTerms(terms))] as const;
  const [payment, timer, exitBy] = await Promise.all(answers);
  const state = stateOf(payment[0] as Result); // structs decode to results, here and below
  return {
    id,
    exists: state.authorizedBlock !== 0,
    state,
    timer: timerOf(timer[0] as Result), // see above
    exitBy: Number(exitBy[0]),
  };
}
