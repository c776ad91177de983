export type { ContractSignerLimits } from "./contractSigners.ts";
export { signReceiptKey, type Receipt, type ReceiptKey } from "../pay402/receipts.ts";
export { groupCommit, type GroupCommitOptions, type Ledger } from "./groupCommit.ts";
export type { Next, PaidRequest, PaidResponse } from "./http.ts";
export { memoryStore } from "./memoryStore.ts";
export { nodesAttest, type NodesAttestOptions } from "./nodesAttest.ts";
export type { PaywallOptions, Price } from "./options.ts";
export { paidOf, paywall, type Paid, type Paywall } from "./paywall.ts";
export type { SignedBounty } from "./payouts.ts";
export { postgresStore, type PostgresPool } from "./postgresStore.ts";
export {
  receiptSigner,
  remoteReceiptSigner,
  type ReceiptOptions,
  type ReceiptSigner,
  type RemoteReceiptSigner,
} from "./receipts.ts";
export { voucherRedeemer } from "./redeemer.ts";
export type { Redeemer, RedeemRound } from "./redeemer.ts";
export type { BatchQuestion, RedeemerOptions } from "./redeemerOptions.ts";
export { sqliteStore, type SqliteDatabase, type SqliteStoreOptions } from "./sqliteStore.ts";
export { siteKey } from "./store.ts";
export type { Change, ChannelRecord, Outcome, Payment, VoucherStore } from "./store.ts";
export type { PaidStream } from "./streams.ts";
export { answerVouchers, threadedVerifier, type KeyVerifier, type ParentPort, type VoucherThread } from "./threads.ts";
export { watchtower, type Watchtower, type WatchtowerOptions } from "./watchtower.ts";
