import { z } from "zod";

import { affiliateCsv, readAffiliate } from "./affiliateOperations.ts";
import { giveOrder, giveSettlement, giveVoucher } from "./keeperOperations.ts";
import { KEY_OPERATIONS } from "./keyOperations.ts";
import { EVENT_OPERATIONS } from "./eventOperations.ts";
import { REVIEW_OPERATIONS } from "./reviewOperations.ts";
import { operation, type Operation } from "./operation.ts";
import { attestation, attestationBody } from "./schemas/attestations.ts";
import { batchAttestation, batchBody, chargeBody } from "./schemas/batches.ts";

import { epochs, models } from "./schemas/epochs.ts";
import { periodQuery, quorumReportAnswer } from "./schemas/quorumReport.ts";
import { pageQuery } from "./fields.ts";
import {
  account,
  accountParams,
  decisionPage,
  decisions,
  idParams,
  payment,
  paymentPage,
  paymentQuery,
} from "./schemas/payments.ts";

export const attest = operation({
  id: "attest",
  method: "post",
  path: "/v1/attestations",
  scope: "attest",
  summary: "A quorum's attestation of a payment, by its terms or by the id of one on chain, or of one to be charged.",
  body: z.union([attestationBody, chargeBody]),
  answer: attestation,
});

export const attestBatch = operation({
  id: "attestBatch",
  method: "post",
  path: "/v1/batches",
  scope: "attest",
  summary:
    "One quorum's attestation of payments captured together, of many channels' vouchers, or of a list that pays many.",
  body: batchBody,
  large: true,
  answer: batchAttestation,
});

export const readQuorumReport = operation({
  id: "readQuorumReport",
  method: "get",
  path: "/v1/quorum-report",
  scope: "read",
  summary: "How each signer has answered between two blocks, and whose signatures reached the chain.",
  query: periodQuery,
  answer: quorumReportAnswer,
});

export const listPayments = operation({
  id: "listPayments",
  method: "get",
  path: "/v1/payments",
  scope: "read",
  summary: "Payments, newest first, by payer, payee or band.",
  query: paymentQuery,
  answer: paymentPage,
});

export const readPayment = operation({
  id: "readPayment",
  method: "get",
  path: "/v1/payments/:id",
  scope: "read",
  summary: "What was authorized, and what became of it.",
  params: idParams,
  answer: payment,
});

export const listDecisions = operation({
  id: "listDecisions",
  method: "get",
  path: "/v1/decisions",
  scope: "read",
  summary: "What this node found about payments, newest block first.",
  query: pageQuery,
  answer: decisionPage,
});

export const readDecisions = operation({
  id: "readDecisions",
  method: "get",
  path: "/v1/decisions/:id",
  scope: "read",
  summary: "What this node found about a payment, and what the gate decided.",
  params: idParams,
  answer: decisions,
});

export const readAccount = operation({
  id: "readAccount",
  method: "get",
  path: "/v1/accounts/:address",
  scope: "read",
  summary: "An account's payments: how many, how much, in which bands, and the last ones.",
  params: accountParams,
  answer: account,
});

export const listModels = operation({
  id: "listModels",
  method: "get",
  path: "/v1/models",
  scope: "read",
  summary: "The models installed on this node, and the epochs that run them.",
  answer: models,
});

export const listEpochs = operation({
  id: "listEpochs",
  method: "get",
  path: "/v1/epochs",
  scope: "read",
  summary: "Every epoch the gate has named: signers, quorum, tokens, model and policies.",
  answer: epochs,
});

/** Every call of the API but those between nodes and those of monitoring. */
export const OPERATIONS: readonly Operation[] = [
  attest,
  attestBatch,
  readQuorumReport,
  listPayments,
  readPayment,
  listDecisions,
  readDecisions,
  readAccount,
  readAffiliate,
  affiliateCsv,
  listModels,
  listEpochs,
  giveOrder,
  giveSettlement,
  giveVoucher,
  ...KEY_OPERATIONS,
  ...EVENT_OPERATIONS,
  ...REVIEW_OPERATIONS,
];
