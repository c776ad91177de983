export { receiptOf } from "./keeping.ts";
export { payFetch, type PayFetch, type PayFetchOptions } from "./payFetch.ts";
export type { OpenWith, PurseChannel } from "./purse.ts";
export {
  emptyBody,
  receiptExtension,
  requestDigest,
  unreadBody,
  verifyReceipt,
  type Receipt,
  type SignedReceipt,
} from "./receipts.ts";
export { headers, problems, scheme } from "./wire.ts";
export type { DepositKind, PaymentPayload, PaymentRequired, Requirements } from "./wire.ts";
export type { PaymentResponse } from "./response.ts";
