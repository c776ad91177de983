import { getAddress } from "ethers";

import { Differs, differencesOf, verified, type Ballot, type Difference, type SignerSignature } from "./ballot.ts";
import { PeerFailure, type AskPeer, type PeerAddress } from "./peers.ts";

export interface Failure {
  readonly signer: string;
  readonly code: string;
  readonly message: string;
}

export interface Gathered {
  readonly signatures: readonly SignerSignature[];
  readonly differed: readonly Difference[];
  readonly failures: readonly Failure[];
}

export interface GatherOptions {
  readonly peers: readonly PeerAddress[];
  readonly ask: AskPeer;
  readonly timeoutMs: number;
  /** Told once a peer, also when its answer comes too late to be needed. */
  readonly onPeer?: (signer: string, outcome: "signed" | "differed" | "failed", code: string) => void;
}

/**
 * Asks all peers at once and is content with the first that make a quorum.
 *
 * @param own This node's signature, undefined where it is no signer of the epoch that counts.
 * @returns As many signatures as the quorum asks for, or fewer once every peer has answered or failed.
 */
export async function gather(
  ballot: Ballot,
  own: SignerSignature | undefined,
  options: GatherOptions,
): Promise<Gathered> {
  const signatures: SignerSignature[] = own === undefined ? [] : [own];
  const differed: Difference[] = [];
  const failures: Failure[] = [];
  const result = (): Gathered => ({
    signatures: signatures.slice(0, ballot.quorum),
    differed: [...differed],
    failures: [...failures],
  });
  const eligible = options.peers
    .map((peer) => ({ url: peer.url, signer: getAddress(peer.signer) }))
    .filter((peer) => ballot.signers.includes(peer.signer) && peer.signer !== own?.signer);
  if (signatures.length >= ballot.quorum || eligible.length === 0) return result();

  const askOne = async (peer: PeerAddress): Promise<void> => {
    try {
      const answer = await options.ask(peer, ballot, options.timeoutMs);
      signatures.push(verified(ballot, peer.signer, answer));
      options.onPeer?.(peer.signer, "signed", "");
    } catch (error) {
      if (error instanceof Differs) {
        differed.push(...differencesOf(ballot, peer.signer, error.answer));
        options.onPeer?.(peer.signer, "differed", "");
        return;
      }
      const failure = error instanceof PeerFailure ? error : new PeerFailure("GARBAGE", String(error));
      failures.push({ signer: peer.signer, code: failure.code, message: failure.message });
      options.onPeer?.(peer.signer, "failed", failure.code);
    }
  };
  return new Promise((resolve) => {
    let pending = eligible.length;
    for (const peer of eligible) {
      void askOne(peer).then(() => {
        pending -= 1;
        if (signatures.length >= ballot.quorum || pending === 0) resolve(result());
      });
    }
  });
}
