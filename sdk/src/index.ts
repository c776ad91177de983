export { apiKeyTypedData, tieApiKey, type ApiKeyProof, type TieApiKeyOptions } from "./apiKeys.ts";
export * from "./attestation.ts";
export * as attestations from "./attestations.ts";
export * from "./attesterPeriods.ts";
export * from "./attesters.ts";
export * from "./ballots.ts";
export { reviewTypedData, settlementTypedData, type Review, type Settlement } from "./caseOrders.ts";
export * from "./channelBatch.ts";
export * as channels from "./channelCalls.ts";
export * from "./channels.ts";
export * from "./channelConsent.ts";
export * from "./contracts.ts";
export * from "./deployment.ts";
export { batchTypedData, dueOf, type Due, type TermsOrBatch } from "./dues.ts";
export * from "./errors.ts";
export * from "./failure.ts";
export * from "./generated/abi.ts";
export * from "./generated/addresses.ts";
export * from "./generated/eip712.ts";
export * from "./generated/enums.ts";
export * from "./generated/errors.ts";
export * from "./generated/events.ts";
export * from "./governance.ts";
export * as governance from "./governanceCalls.ts";
export * from "./lanes.ts";
export { NodeError, type NodeErrorDetails, type NodeFailure } from "./nodeError.ts";
export {
  oracleClient,
  type CallAnswer,
  type CallInput,
  type CallOptions,
  type NodeCall,
  type NodeSchemas,
  type OracleClient,
  type OracleClientOptions,
} from "./oracleClient.ts";
export { oracleEvents, type EventStreamOptions, type NodeEvent } from "./oracleEvents.ts";
export { orderTypedData, packOrder, type Order, type PackedOrder } from "./orders.ts";
export { p256Signature } from "./p256Signature.ts";
export * as payments from "./payments.ts";
export * from "./permits.ts";
export * from "./rebates.ts";
export * from "./referralCodes.ts";
export * as referrals from "./referrals.ts";
export { ContractRevertedError, revertOf, type RevertDetails } from "./reverts.ts";
export type { SendOptions, Sent } from "./send.ts";
export * as staking from "./staking.ts";
export * from "./terms.ts";
export * from "./tokens.ts";
export * as treasury from "./treasuryCalls.ts";
export * from "./treasuryProposals.ts";
export { verifyWebhook, webhookVerifier, type SignedWebhook, type WebhookOptions } from "./webhooks.ts";
