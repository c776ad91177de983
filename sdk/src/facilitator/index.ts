export { facilitator } from "./facilitator.ts";
export type { Facilitator, FacilitatorOptions, FacilitatorRequest, Seller } from "./options.ts";
export type { FacilitatorQuestion, SettleAnswer, SupportedAnswer, VerifyAnswer } from "./wire.ts";
