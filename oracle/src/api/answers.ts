import type { ChannelFinding } from "../attest/channelBatches.ts";
import type { ChargeFinding } from "../attest/charges.ts";
import type { Gathered } from "../attest/gather.ts";
import type { OwnAttestation, QuorumAttestation, QuorumBatch } from "../attest/service.ts";
import { termsJson } from "../attest/service.ts";
import { reasonsOf, type Finding } from "../attest/finding.ts";
import type { PayListFinding } from "../attest/payLists.ts";
import { capturable } from "../attest/openness.ts";
import { termsFromText } from "../chain/terms.ts";
import type { RuleReason } from "../compliance/rules.ts";
import type { OracleError } from "../errors.ts";
import { packFacts } from "../facts/facts.ts";
import type { AccountView } from "../service/accounts.ts";
import type { DecisionRow, EventRow, PaymentRow } from "../store/schema.ts";
import type { PaymentWithBand } from "../store/serviceReads.ts";
import type { Answer } from "./operation.ts";
import type { attest, attestBatch, listPayments, readAccount, readDecisions, readPayment } from "./operations.ts";

type ChainEventAnswer = Answer<typeof readPayment>["events"][number];

/** `facts` and `packedFacts` are what the nodes signed, `completedFacts` what the model sees and `Decided` emits. */
function findingAnswer(finding: Finding) {
  const { subject, epoch, asOf, facts, completed, packed, score, band, quorum } = finding;
  return {
    id: subject,
    epoch: epoch.address,
    asOf: asOf.number,
    asOfHash: asOf.hash,
    facts: Array.from(facts),
    packedFacts: packed,
    completedFacts: packFacts(completed),
    score,
    band,
    scoreReasons: reasonsOf(finding).map((reason) => ({ ...reason })),
    quorum,
  };
}

function gatheredAnswer({ signatures, differed }: Gathered) {
  return { signatures: signatures.map((one) => ({ ...one })), differed: differed.map((one) => ({ ...one })) };
}

export function attestationAnswer(made: QuorumAttestation<Finding>): Answer<typeof attest> {
  const { examination, gathered, attestation } = made;
  return { ...findingAnswer(examination), ...gatheredAnswer(gathered), attestation };
}

/** `lastBlock` is the last block in which the contract accepts the attestation. */
export function chargeAnswer(made: QuorumAttestation<ChargeFinding>): Answer<typeof attest> {
  return { ...attestationAnswer(made), lastBlock: made.examination.lastBlock };
}

/** `id` is the subject of the batch or list; `amount` what the rows pay together as of the block. */
export function rowsAnswer(made: QuorumAttestation<ChannelFinding | PayListFinding>): Answer<typeof attestBatch> {
  const { amount, lastBlock } = made.examination;
  return { ...attestationAnswer(made), amount: amount.toString(), lastBlock };
}

/** One entry for each payment, in order; `capturable` is what is still in escrow of it. */
export function batchAnswer(
  made: QuorumBatch,
  capturables: readonly bigint[],
  asked: readonly (bigint | undefined)[],
): Answer<typeof attestBatch> {
  const { examinations, quorum, gathered, attestation } = made;
  const items = examinations.map((examination, index) => {
    const left = capturables[index] ?? 0n;
    const wanted = asked[index];
    const fits = wanted === undefined ? left > 0n : wanted <= left;
    return { ...findingAnswer(examination), capturable: left.toString(), fits };
  });
  return { epoch: examinations[0]?.epoch.address ?? "", items, quorum, ...gatheredAnswer(gathered), attestation };
}

function statementAnswer({ subject, asOf, packed }: Finding): object {
  return { id: subject, asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
}

/** What this node signed, for a coordinator: one statement, or the items of a batch. */
export function peerAnswer({ findings, batch, signer, signature }: OwnAttestation): object {
  const epoch = findings[0]?.epoch.address;
  const items = findings.map(statementAnswer);
  return batch ? { epoch, items, signer, signature } : { ...items[0], epoch, signer, signature };
}

/** An event of the chain as the API shows it. */
export function eventAnswer(event: EventRow): ChainEventAnswer {
  const { block, log_index: logIndex, kind, transaction_hash: transactionHash } = event;
  const body: unknown = JSON.parse(event.body);
  return { kind, block, logIndex, transactionHash, ...(typeof body === "object" ? body : {}) };
}

/** What the rules say, as the API answers it. */
export function rulesAnswer(reasons: readonly RuleReason[] | undefined): Answer<typeof readPayment>["ruleReasons"] {
  return reasons?.map((reason) => ({ ...reason, payments: [...reason.payments] })) ?? null;
}

export function paymentAnswer(
  payment: PaymentRow,
  events: readonly EventRow[],
  rules: readonly RuleReason[] | undefined,
): Answer<typeof readPayment> {
  return {
    id: payment.id,
    // What the terms are in JSON: the schema's input, field by field.
    terms: termsJson(termsFromText(payment.terms)) as Answer<typeof readPayment>["terms"],
    authorizedBlock: payment.block,
    authorizedAt: payment.timestamp,
    capturable: capturable(payment, events).toString(),
    ruleReasons: rulesAnswer(rules),
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
