import { problems, type PaymentPayload, type PaymentRequired } from "../pay402/wire.ts";
import type { Requirements } from "../pay402/wire.ts";
import type { PaymentResponse } from "../pay402/response.ts";

/** Why a facilitator refuses: x402's codes for what it was asked, and those of vouchers. */
export const refusals = {
  ...problems,
  version: "invalid_x402_version",
  scheme: "unsupported_scheme",
  network: "invalid_network",
  verify: "unexpected_verify_error",
  settle: "unexpected_settle_error",
} as const;
export type Refusal = (typeof refusals)[keyof typeof refusals];

/** Body of POST /verify and POST /settle. */
export type FacilitatorQuestion = {
  /** Of the protocol. */
  x402Version: 2;
  /** What the payer's `PAYMENT-SIGNATURE` carries; where it is absent, the answer says what to answer a payer who brought nothing. */
  paymentPayload?: PaymentPayload;
  /** What the seller asks for; of `extra` only `channels` is looked at. */
  paymentRequirements: Requirements;
};

/** Answer of POST /verify. */
export type VerifyAnswer = {
  /** Whether `/settle` would take the voucher now. */
  isValid: boolean;
  /** Code of why it would not. */
  invalidReason?: Refusal;
  /** Who pays, where the voucher names a channel that exists. */
  payer?: string;
  /** Of Sluice alone, where `isValid` is false: what to answer the payer with status 402. */
  paymentRequired?: PaymentRequired;
};

/** Answer of POST /settle: where it succeeded, what the seller's `PAYMENT-RESPONSE` carries. */
export type SettleAnswer =
  | PaymentResponse
  | {
      /** Whether the voucher was accepted. */
      success: false;
      /** Code of why nothing was charged. */
      errorReason: Refusal;
      /** Who pays, where the voucher names a channel that exists. */
      payer?: string;
      /** Empty: nothing was sent. */
      transaction: "";
      /** `eip155:` and the chain id. */
      network: string;
      /** Of Sluice alone: what to answer the payer with status 402. */
      paymentRequired?: PaymentRequired;
    };

/** Answer of GET /supported. */
export type SupportedAnswer = {
  /** What is verified and settled: one entry. */
  kinds: {
    /** Of the protocol. */
    x402Version: 2;
    /** `batch-settlement`. */
    scheme: string;
    /** `eip155:` and the chain id. */
    network: string;
    extra: {
      /** The contract of the channels. */
      channels: string;
    };
  }[];
  /** None. */
  extensions: string[];
  /** By network the account that submits deposits, where there is one. */
  signers: Record<string, string[]>;
};
