/** What went wrong; stable, meant for programs. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "ATTESTATION_INVALID"
  | "BATCH_INVALID"
  | "BYTES_INVALID"
  | "CONTRACT_REVERTED"
  | "CONTRACT_UNEXPECTED"
  | "DEPLOYMENT_INVALID"
  | "FEE_TIER_UNKNOWN"
  | "LANE_INVALID"
  | "NODE_ANSWER_INVALID"
  | "NODE_CALL_INVALID"
  | "NODE_REFUSED"
  | "NODE_UNREACHABLE"
  | "NUMBER_OUT_OF_RANGE"
  | "ORDER_ACTION_UNKNOWN"
  | "PAYMENT_INVALID"
  | "PAYMENT_LIMIT"
  | "PAYMENT_MISSING"
  | "PAYMENT_REFUSED"
  | "PAYMENT_STOPPED"
  | "PROOF_INVALID"
  | "PROPOSAL_INVALID"
  | "REFERRAL_INVALID"
  | "SIGNATURE_INVALID"
  | "SILENCE_RULE_UNKNOWN"
  | "SPARE_BITS_SET"
  | "STORE_INVALID"
  | "TERMS_INVALID"
  | "URL_INVALID"
  | "WEBHOOK_INVALID"
  | "WEBHOOK_REPLAYED"
  | "WEBHOOK_STALE";

/** The only error this package throws on purpose: `code` for programs, `message` for people, `field` where one is to blame. */
export class SluiceError extends Error {
  readonly code: SluiceErrorCode;
  readonly field: string | undefined;
  /** What else is known; `ContractRevertedError` and `NodeError` say what theirs hold. */
  readonly details: object | undefined;

  constructor(
    code: SluiceErrorCode,
    message: string,
    field?: string,
    more: { details?: object; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "SluiceError";
    this.code = code;
    this.field = field;
    this.details = more.details;
  }
}
