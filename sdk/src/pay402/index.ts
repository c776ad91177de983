export { payFetch, type PayFetch, type PayFetchOptions } from "./payFetch.ts";
export type { OpenWith, PurseChannel } from "./purse.ts";
export { headers, problems, scheme } from "./wire.ts";
export type { PaymentPayload, PaymentRequired, PaymentResponse, Requirements } from "./wire.ts";
