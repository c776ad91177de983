import type { OwnAttestation, QuorumAttestation } from "../attest/service.ts";
import { termsJson } from "../attest/service.ts";
import { reasonsOf } from "../attest/examine.ts";
import { capturable } from "../attest/openness.ts";
import { termsFromText } from "../chain/terms.ts";
import type { OracleError } from "../errors.ts";
import { packFacts } from "../facts/facts.ts";
import type { DecisionRow, EventRow, PaymentRow } from "../store/schema.ts";

/** `facts` and `packedFacts` are what the nodes signed, `completedFacts` what the model sees and `Decided` emits. */
export function attestationAnswer(made: QuorumAttestation): object {
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
    scoreReasons: reasonsOf(examination),
    quorum,
    signatures: gathered.signatures,
    attestation,
    differed: gathered.differed,
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

function eventAnswer(event: EventRow): object {
  const { block, log_index: logIndex, kind, transaction_hash: transactionHash } = event;
  const body: unknown = JSON.parse(event.body);
  return { kind, block, logIndex, transactionHash, ...(typeof body === "object" ? body : {}) };
}

export function paymentAnswer(payment: PaymentRow, events: readonly EventRow[]): object {
  return {
    id: payment.id,
    terms: termsJson(termsFromText(payment.terms)),
    authorizedBlock: payment.block,
    authorizedAt: payment.timestamp,
    capturable: capturable(payment, events).toString(),
    events: events.map(eventAnswer),
  };
}

export function decisionsAnswer(id: string, own: readonly DecisionRow[], events: readonly EventRow[]): object {
  return {
    id,
    own: own.map((row) => ({
      epoch: row.epoch,
      asOf: row.as_of,
      asOfHash: row.as_of_hash,
      packedFacts: row.facts,
      score: row.score,
      band: row.band,
    })),
    onChain: events.filter((event) => event.kind === "decided").map(eventAnswer),
  };
}

export function errorAnswer(error: OracleError): object {
  const { code, message, retriable, details } = error;
  return { error: { code, message, retriable, ...(details === undefined ? {} : { details }) } };
}
