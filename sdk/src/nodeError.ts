import { SluiceError } from "./failure.ts";

/** How one node failed, the last time it was asked. */
export type NodeFailure = {
  url: string;
  /** The node's own code, such as QUORUM_NOT_REACHED; undefined where it gave none. */
  nodeCode: string | undefined;
  message: string;
  /** HTTP status; undefined where there was no answer. */
  status: number | undefined;
  /** Whether asking again may help. */
  retriable: boolean;
  /** The node's own details. */
  nodeDetails: unknown;
  /** Where the node's code is explained, from the repository's root; undefined without one. */
  docs: string | undefined;
};

/** The failure that tells most, and with it the last one of every node that was asked. */
export type NodeErrorDetails = NodeFailure & {
  failures: readonly NodeFailure[];
  /** Whether time or attempts ran out, so that asking again later may help. */
  gaveUp: boolean;
};

/** Which kind of failure a `NodeError` is about. */
export type NodeErrorCode = "NODE_ANSWER_INVALID" | "NODE_REFUSED" | "NODE_UNREACHABLE";

/** No node gave an attestation: code `NODE_REFUSED`, `NODE_UNREACHABLE` or `NODE_ANSWER_INVALID`. */
export class NodeError extends SluiceError {
  override readonly details: NodeErrorDetails;

  constructor(code: NodeErrorCode, details: NodeErrorDetails, cause: unknown) {
    const lines = details.failures.map(({ url, nodeCode, message }) => {
      return `${url}: ${nodeCode === undefined ? "" : `${nodeCode}: `}${message}`;
    });
    const link = details.docs === undefined ? "" : `. See ${details.docs}`;
    super(code, `${lines.join("; ")}${link}`, undefined, { details, cause });
    this.name = "NodeError";
    this.details = details;
  }
}
