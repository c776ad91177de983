import { requestChannelAttestation, type AttestationOptions } from "../attestations.ts";
import type { ChannelSite } from "../channels.ts";
import { NodeError } from "../nodeError.ts";
import type { RedeemerOptions } from "./redeemerOptions.ts";

/** Which nodes a redeemer asks, and whom it believes. */
export type NodesAttestOptions = AttestationOptions & {
  site: ChannelSite;
  /** Base URL of one node, or of several. */
  nodes: string | readonly string[];
  /** Told why no node gave an attestation; the rows are queued on chain then. `console.error` when absent. */
  onError?: (error: NodeError) => void;
};

/**
 * A redeemer's `attest` that asks oracle nodes. What they do not attest is paid later, through the chain's queue.
 * @throws whatever is wrong with the question itself, such as SluiceError `URL_INVALID`, when it is asked
 * @example
 * const attest = nodesAttest({ site, nodes: ["https://a.example", "https://b.example"], signers, quorum: 2 });
 * const redeemer = voucherRedeemer({ site, store, provider, signer, attest, maxAgeSeconds: 86_400 });
 */
export function nodesAttest(options: NodesAttestOptions): NonNullable<RedeemerOptions["attest"]> {
  const { site, nodes, onError = console.error, ...asking } = options;
  return async ({ rows, terms }) => {
    const due = terms.map((one, index) => ({ terms: one, cumulative: rows[index]?.cumulative ?? 0n }));
    try {
      return (await requestChannelAttestation(nodes, site, due, asking)).attestation;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      onError(error);
      return undefined;
    }
  };
}
