import type { OwnAttestation, QuorumAttestation } from "../attest/service.ts";
import { termsJson } from "../attest/service.ts";
import { reasonsOf } from "../attest/examine.ts";
import { capturable } from "../attest/openness.ts";
import { termsFromText } from "../chain/terms.ts";
import type { OracleError } from "../errors.ts";
import { packFacts } from "../facts/facts.ts";
import type { AccountView } from "../service/accounts.ts";
import type { DecisionRow, EventRow, PaymentRow } from "../store/schema.ts";
import type { PaymentWithBand } from "../store/serviceReads.ts";
import type { Answer } from "./operation.ts";
import type { attest, listPayments, readAccount, readDecisions, readPayment } from "./operations.ts";

type ChainEventAnswer = Answer<typeof readPayment>["events"][number];

/** `facts` and `packedFacts` are what the nodes signed, `completedFacts` what the model sees and `Decided` emits. */
export function attestationAnswer(made: QuorumAttestation): Answer<typeof attest> {
  const { examination, gathered, attestation } = made;
  const { payment, epoch, asOf, facts, completed, packed, score, band, quorum } = examination;
  return {
    id: payment.id,
    epoch: epoch.address,
    asOf: asOf.number,
    asOfHash: asOf.hash,
    facts: Array.from(facts),
    packedFacts: packed,
    completedFacts: packFacts(completed),
    score,
    band,
    scoreReasons: reasonsOf(examination).map((reason) => ({ ...reason })),
    quorum,
    signatures: gathered.signatures.map((one) => ({ ...one })),
    attestation,
    differed: gathered.differed.map((one) => ({ ...one })),
  };
}

export function peerAnswer(own: OwnAttestation): object {
  const { examination, signer, signature } = own;
  const { payment, epoch, asOf, packed } = examination;
  return {
    id: payment.id,
    epoch: epoch.address,
    asOf: asOf.number,
    asOfHash: asOf.hash,
    facts: packed,
    signer,
    signature,
  };
}

function eventAnswer(event: EventRow): ChainEventAnswer {
  const { block, log_index: logIndex, kind, transaction_hash: transactionHash } = event;
  const body: unknown = JSON.parse(event.body);
  return { kind, block, logIndex, transactionHash, ...(typeof body === "object" ? body : {}) };
}

export function paymentAnswer(payment: PaymentRow, events: readonly EventRow[]): Answer<typeof readPayment> {
  return {
    id: payment.id,
    // What the terms are in JSON: the schema's input, field by field.
    terms: termsJson(termsFromText(payment.terms)) as Answer<typeof readPayment>["terms"],
    authorizedBlock: payment.block,
    authorizedAt: payment.timestamp,
    capturable: capturable(payment, events).toString(),
    events: events.map(eventAnswer),
  };
}

export function summaryAnswer(row: PaymentWithBand): Answer<typeof listPayments>["items"][number] {
  const { id, payer, payee, token, amount, block, timestamp, band } = row;
  return { id, payer, payee, token, amount, authorizedBlock: block, authorizedAt: timestamp, band };
}

export function accountAnswer(address: string, { paid, received, last }: AccountView): Answer<typeof readAccount> {
  return { address, paid, received, last: last.map(summaryAnswer) };
}

export function decisionAnswer(row: DecisionRow): Answer<typeof readDecisions>["own"][number] {
  const { epoch, as_of: asOf, as_of_hash: asOfHash, facts: packedFacts, score, band } = row;
  return { epoch, asOf, asOfHash, packedFacts, score, band };
}

export function decisionsAnswer(
  id: string,
  own: readonly DecisionRow[],
  events: readonly EventRow[],
): Answer<typeof readDecisions> {
  const onChain = events.filter((event) => event.kind === "decided").map(eventAnswer);
  return { id, own: own.map(decisionAnswer), onChain };
}

export function errorAnswer(error: OracleError): object {
  const { code, message, retriable, details } = error;
  return { error: { code, message, retriable, ...(details === undefined ? {} : { details }) } };
}
