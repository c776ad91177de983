/** What an error means to whoever asked: HTTP status, whether asking again can help, whether somebody should be told. */
interface ErrorKind {
  readonly status: number;
  readonly retriable: boolean;
  readonly alert: boolean;
  readonly meaning: string;
}

const refuse = (status: number, meaning: string): ErrorKind => ({ status, retriable: false, alert: false, meaning });
const retry = (status: number, meaning: string): ErrorKind => ({ status, retriable: true, alert: false, meaning });
const alarm = (status: number, meaning: string): ErrorKind => ({ status, retriable: false, alert: true, meaning });

/** Every error a node answers or stops with. The reference in the docs is made from this table. */
export const ERRORS = {
  MALFORMED_JSON: refuse(400, "The body is not UTF-8 JSON, or a key stands twice in one object."),
  TOO_DEEP: refuse(400, "The body nests deeper than any request needs."),
  INVALID_REQUEST: refuse(400, "A field is missing, unknown or of the wrong type; `details` names it."),
  INVALID_TERMS: refuse(400, "A field of the terms is missing or out of range; `details` names it."),
  TERMS_ID_MISMATCH: refuse(400, "The terms hash to another payment id than the one given beside them."),
  WRONG_CHAIN: refuse(400, "The request names another chain or escrow than the node serves."),
  API_KEY_MISSING: refuse(401, "The call needs an API key."),
  API_KEY_INVALID: refuse(401, "The API key is unknown, wrong or revoked."),
  ACCOUNT_PROOF_INVALID: refuse(
    403,
    "The account did not sign for this key at this node, or its signature is over or was used.",
  ),
  SCOPE_MISSING: refuse(403, "The API key lacks the scope that the call needs."),
  PEER_UNSIGNED: refuse(401, "The path is for other nodes, who sign their requests."),
  PEER_SIGNATURE_INVALID: refuse(401, "The request was signed by another key, or for another node, path or body."),
  PEER_CLOCK: refuse(401, "The request's time is further from the node's than it accepts; `details` has both."),
  PEER_UNKNOWN: refuse(403, "Who signed the request is neither a peer nor a signer of an epoch."),
  PEER_REPLAY: refuse(409, "A request with this nonce was answered before."),
  WEBHOOK_TARGET_REFUSED: refuse(400, "The URL is not https, or does not lead to the public internet."),
  NOT_FOUND: refuse(404, "There is nothing at this path."),
  UNKNOWN_PAYMENT: refuse(404, "The node has seen no such payment; send the full terms."),
  UNKNOWN_AFFILIATE: refuse(404, "The newest rebates that were built here know no such account."),
  UNKNOWN_WEBHOOK: refuse(404, "There is no webhook with this id."),
  METHOD_NOT_ALLOWED: refuse(405, "The path exists, the method does not."),
  NOT_AUTHORIZED_YET: retry(409, "No authorization of exactly these terms has been seen on chain so far."),
  BEHIND: retry(409, "The node has not reached the block yet."),
  OTHER_FORK: retry(409, "The node knows another block at this height."),
  WRONG_AS_OF: refuse(409, "Facts of this payment cannot be as of this block."),
  EPOCH_UNKNOWN: refuse(409, "The epoch is not the one that judges this payment."),
  EPOCH_REVOKED: retry(409, "The current epoch was revoked and no other has been set."),
  CHARGE_REFUSED: refuse(409, "The escrow would not take the payment that is to be charged; `details` has its error."),
  CHARGE_ABOVE_CAP: refuse(409, "A charge is screened before it exists, so its amount is limited by the policy."),
  BATCH_OF_EPOCHS: refuse(409, "The payments of a batch are judged by several epochs; `details` groups them."),
  NO_CHANNELS: refuse(404, "The node's settings name no payment channels."),
  CHANNEL_NOT_OPEN: refuse(409, "A channel of the batch was never opened with these terms, or is over."),
  ROW_NOT_DUE: refuse(409, "A row of the batch names no more than its channel had paid."),
  LIST_NOT_DUE: refuse(409, "A list to pay many is over, or the account has paid one of its sequence or a higher one."),
  PROOF_INVALID: refuse(0, "The statements prove nothing, or the attesters' contract refuses the proof."),
  GUARD_CONFLICT: alarm(409, "The node has signed other facts for this payment and block and will not sign twice."),
  GUARD_FENCED: refuse(409, "A restored node does not sign what it may have signed before and forgotten."),
  NOT_REVIEWABLE: refuse(409, "No review is possible in the payment's state; the message says why."),
  NOT_REVIEWER: refuse(409, "The operator's key is neither the terms' arbiter nor a reviewer of the gate."),
  TOO_MANY_WEBHOOKS: refuse(409, "The node keeps only so many webhooks."),
  IDEMPOTENCY_CONFLICT: refuse(409, "The idempotency key was used for another request."),
  IDEMPOTENCY_RUNNING: retry(409, "The first request with this idempotency key is still at work."),
  KEEPER_REFUSED: refuse(409, "The keeper does not carry this order, settlement or voucher; the message says why."),
  EVENTS_GONE: refuse(410, "Some of the events after this number are no longer kept, or it is no number of this node."),
  PAYLOAD_TOO_LARGE: refuse(413, "The body is larger than 32 kB, or 256 kB for a batch."),
  UNSUPPORTED_MEDIA_TYPE: refuse(415, "Only application/json without a content encoding is read."),
  RATE_LIMITED: retry(429, "Too many requests; `Retry-After` says how long to wait."),
  TOO_MANY_STREAMS: retry(429, "The node keeps only so many streams of events open."),
  INTERNAL: { status: 500, retriable: true, alert: true, meaning: "The node failed; its log has the cause." },
  MODEL_UNKNOWN: alarm(503, "The epoch's model or facts schema is not installed on this node."),
  NOT_READY: retry(503, "The node is starting, behind the chain or shutting down."),
  QUORUM_NOT_REACHED: retry(503, "Fewer nodes than the quorum gave a valid signature of the same facts."),
  STORE_UNAVAILABLE: retry(503, "The node's database does not answer; nothing was signed."),
  STORE_FULL: {
    status: 503,
    retriable: true,
    alert: true,
    meaning: "The node's disk or database is full; nothing was signed.",
  },
  RPC_UNAVAILABLE: retry(503, "The chain's RPC endpoint does not answer."),
  POST_REFUSED: retry(0, "The contract would refuse the transaction if it were sent now."),
  KEEPER_STOPPED: alarm(0, "A cap of the keeper, or its balance, forbids a transaction."),
  SIGNER_UNAVAILABLE: { status: 503, retriable: true, alert: true, meaning: "The remote signer does not answer." },
  SIGNER_WRONG: alarm(503, "The remote signer answers what is no signature of its key."),
  DATA_DIR_LOCKED: alarm(0, "Another process uses the data directory."),
  DATA_DIR_OTHER_CHAIN: alarm(0, "The data directory belongs to another chain, gate or escrow."),
  DATA_DIR_OTHER_SIGNER: alarm(0, "The guard holds what another key signed."),
  DATA_DIR_NEWER: alarm(0, "The data directory was written by a newer release."),
  MIGRATION_REFUSED: refuse(0, "Taking a schema back would lose what cannot be replaced."),
  BACKUP_INVALID: refuse(0, "A file is no whole export of a guard, or a backup cannot be made; nothing was changed."),
  SETTINGS_INVALID: refuse(0, "A setting is missing or out of bounds; the message names it."),
  LIST_INVALID: refuse(
    0,
    "A list, a file of batches or a file of signatures is not what it should be; nothing was sent.",
  ),
  REBATES_INVALID: refuse(
    0,
    "A tier table, a built root or its signatures are not what they should be; nothing was sent.",
  ),
  REBATES_DIFFER: alarm(0, "For an earlier period the node computes another root than the pool holds."),
  KEY_UNREADABLE: refuse(0, "The signing key cannot be read, decrypted, or is readable by others."),
  CHAIN_MISMATCH: alarm(0, "The RPC endpoint serves another chain than the settings name."),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a code of the table above. Anything else that is thrown is INTERNAL. */
export class OracleError extends Error {
  override readonly name = "OracleError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, details?: Readonly<Record<string, unknown>>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retriable(): boolean {
    return ERRORS[this.code].retriable;
  }

  get alert(): boolean {
    return ERRORS[this.code].alert;
  }
}

/** The error as an OracleError; what nobody foresaw becomes INTERNAL, which is retriable and alerts. */
export function asOracleError(error: unknown): OracleError {
  if (error instanceof OracleError) return error;
  return new OracleError("INTERNAL", "the node failed", undefined, error);
}

/** What was thrown, as text for a log or a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
