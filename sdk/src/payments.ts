import { hexlify, Interface, randomBytes, ZeroAddress, type BlockTag, type Result, type Signer } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { paymentEscrowAbi } from "./generated/abi.ts";
import { collections, type Collection } from "./generated/enums.ts";
import {
  authorizedEvent,
  capturedEvent,
  postedEvent,
  reclaimedEvent,
  refundedEvent,
  requestedEvent,
  stateOf,
  sweptEvent,
  timerOf,
  voidedEvent,
  type AuthorizedEvent,
  type CapturedEvent,
  type PaymentState,
  type PaymentTimer,
  type PostedEvent,
  type RefundedEvent,
  type RequestedEvent,
  type ReturnedEvent,
  type SweptEvent,
} from "./paymentEvents.ts";
import { read, type Reader } from "./read.ts";
import { send, type Call, type EventReader, type SendOptions, type Sent } from "./send.ts";
import { checkTerms, packTerms, paymentId, termsTypedData, type EscrowSite, type Terms } from "./terms.ts";
import { signReceiveAuthorization, type TokenDomain } from "./tokens.ts";

export type * from "./paymentEvents.ts";

const abi = new Interface(paymentEscrowAbi);
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
    salt: BigInt(hexlify(randomBytes(32))),
    ...parties,
  };
  checkTerms(terms);
  return terms;
}

/**
 * The payer's one signature for money and terms (ERC-3009): the payment id is its nonce. The payer needs no gas.
 * @returns What `authorize` takes with "Erc3009"
 */
export async function signAuthorization(
  payer: Signer,
  site: EscrowSite,
  terms: Terms,
  token: TokenDomain,
): Promise<string> {
  checkTerms(terms);
  return signReceiveAuthorization(payer, {
    token: terms.token,
    ...token,
    chainId: site.chainId,
    from: terms.payer,
    to: site.escrow,
    value: terms.amount,
    validAfter: 0,
    validBefore: terms.authorizeBy,
    nonce: paymentId(terms, site),
  });
}

/**
 * The payer's signature of the terms, for money that comes out of an allowance he gave the escrow.
 * @returns What `authorize` takes with "Allowance"
 */
export async function signTerms(payer: Signer, site: EscrowSite, terms: Terms): Promise<string> {
  checkTerms(terms);
  const { domain, types, message } = termsTypedData(terms, site);
  return payer.signTypedData(domain, types, message);
}

/**
 * Takes the payer's money into escrow, with a signature that is there already. Anybody may send it.
 * @param payerSignature Of `signAuthorization` or `signTerms`; "0x" for an allowance whose payer sends himself
 * @throws SluiceError `TERMS_INVALID`; ContractRevertedError, see `send`. So do all functions below.
 */
export async function authorize(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  collection: Collection,
  payerSignature: string,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const more = [collections.indexOf(collection), payerSignature];
  return sendTerms(sender, site, terms, "authorize", more, authorizedEvent, options);
}

/**
 * The payer signs, the sender submits: one call where both are at hand.
 * @param token Name and version of the token's EIP-712 domain
 * @example
 * const usdc = { tokenName: "USD Coin", tokenVersion: "2" };
 * const { event } = await payments.authorizeByAuthorization(operator, site, terms, payer, usdc);
 * console.log("in escrow:", event.id);
 */
export async function authorizeByAuthorization(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer: Signer,
  token: TokenDomain,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const signature = await signAuthorization(payer, site, terms, token);
  return authorize(sender, site, terms, "Erc3009", signature, options);
}

/**
 * Takes the money out of the allowance the payer gave the escrow.
 * @param payer Signs the terms; absent where the sender is the payer
 */
export async function authorizeByAllowance(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  payer?: Signer,
  options?: SendOptions,
): Promise<Sent<AuthorizedEvent>> {
  const signature = payer === undefined ? "0x" : await signTerms(payer, site, terms);
  return authorize(sender, site, terms, "Allowance", signature, options);
}

/** How much to capture, and on what grounds. */
export type CaptureOptions = SendOptions & {
  /** In the token's smallest unit, fees included. */
  amount: bigint;
  /** The operator's fee in basis points, within the terms' range; the highest where the payee captures. */
  feeBps: number;
  /** Sends the operator's fee along; kept in the ledger for `sweep` when absent. */
  pushFee?: boolean;
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
  { amount, feeBps, pushFee = false, attestation = "0x", ...options }: CaptureOptions,
): Promise<Sent<CapturedEvent>> {
  const more = [checkUint("amount", amount, 96), checkUint("feeBps", feeBps, 16), pushFee, attestation];
  return sendTerms(sender, site, terms, "capture", more, capturedEvent, options);
}

/** Gives escrowed money back to the payer, by the operator or the payee. `payments.void` outside. */
async function voidPayment(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<ReturnedEvent>> {
  return sendTerms(sender, site, terms, "void", [checkUint("amount", amount, 96)], voidedEvent, options);
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

/** Pays captured money back out of the sender's allowance for the escrow, by the operator or the payee. */
export async function refund(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  amount: bigint,
  options?: SendOptions,
): Promise<Sent<RefundedEvent>> {
  return sendTerms(sender, site, terms, "refund", [checkUint("amount", amount, 96)], refundedEvent, options);
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
  return send(sender, callOf(site, "sweep", args), sweptEvent, options);
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
    return read(reader, callOf(site, method, [argument]), block);
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

function callOf(site: EscrowSite, method: string, args: readonly unknown[]): Call {
  return { chainId: site.chainId, to: checkAddress("escrow", site.escrow), abi, method, args };
}

async function sendTerms<Event>(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  method: string,
  more: readonly unknown[],
  reader: EventReader<Event>,
  options: SendOptions | undefined,
): Promise<Sent<Event>> {
  checkTerms(terms);
  return send(sender, callOf(site, method, [packTerms(terms), ...more]), reader, options);
}
