/** What can be wrong with an argument; stable, meant for programs. */
export type SluiceErrorCode =
  | "ADDRESS_INVALID"
  | "ATTESTATION_INVALID"
  | "BATCH_INVALID"
  | "BYTES_INVALID"
  | "DEPLOYMENT_INVALID"
  | "NUMBER_OUT_OF_RANGE"
  | "PROOF_INVALID"
  | "PROPOSAL_INVALID"
  | "SIGNATURE_INVALID"
  | "SILENCE_RULE_UNKNOWN"
  | "SPARE_BITS_SET"
  | "TERMS_INVALID";

/** The only error this package throws on purpose: `code` for programs, `message` for people, `field` where one is to blame. */
export class SluiceError extends Error {
  readonly code: SluiceErrorCode;
  readonly field: string | undefined;

  constructor(code: SluiceErrorCode, message: string, field?: string) {
    super(message);
    this.name = "SluiceError";
    this.code = code;
    this.field = field;
  }
}
