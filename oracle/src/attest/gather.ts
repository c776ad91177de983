import { getAddress } from "ethers";

import { engine } from "../chain/epochs.ts";
import { messageOf } from "../errors.ts";
import { unpackFacts } from "../facts/facts.ts";
import { curve } from "./curve.ts";
import { statementDigest } from "./digest.ts";
import type { Examination } from "./examine.ts";
import { PeerFailure, type AskPeer, type PeerAddress, type PeerAnswer, type PeerRequest } from "./peers.ts";

export interface SignerSignature {
  /** Checksummed. */
  readonly signer: string;
  /** 64 bytes, EIP-2098. */
  readonly signature: string;
}

/** A peer that signed other facts: one of the two nodes is wrong, and the chain says which. */
export interface Difference {
  readonly signer: string;
  /** The peer's signature of its facts, evidence for anybody. */
  readonly signature: string;
  readonly packed: string;
  readonly facts: readonly {
    readonly index: number;
    readonly fact: string;
    readonly own: number;
    readonly theirs: number;
  }[];
}

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

/** Raised for a peer that signed other facts, so that it is told apart from a broken one. */
class Differs extends Error {
  readonly answer: PeerAnswer;

  constructor(answer: PeerAnswer) {
    super("the peer found other facts");
    this.answer = answer;
  }
}

function differenceOf(examination: Examination, signer: string, answer: PeerAnswer): Difference {
  const { slots } = engine(examination.epoch).schema;
  const theirs = unpackFacts(answer.facts);
  const facts = Array.from(examination.facts, (own, index) => ({
    index,
    fact: slots[index]?.fact ?? "",
    own,
    theirs: theirs[index] ?? 0,
  }));
  const { signature, facts: packed } = answer;
  return { signer, signature, packed, facts: facts.filter((row) => row.own !== row.theirs) };
}

function recovery(digest: string, signature: string): string {
  try {
    return curve.recover(digest, signature);
  } catch (error) {
    throw new PeerFailure("GARBAGE", `the peer's signature recovers to nobody: ${messageOf(error)}`);
  }
}

/** The peer's signature if it signs exactly what this node found. */
function verified(examination: Examination, signer: string, answer: PeerAnswer): SignerSignature {
  const { payment, epoch, asOf, packed } = examination;
  const sameQuestion =
    answer.id.toLowerCase() === payment.id &&
    answer.epoch.toLowerCase() === epoch.address &&
    answer.asOf === asOf.number &&
    answer.asOfHash.toLowerCase() === asOf.hash;
  if (!sameQuestion) throw new PeerFailure("OTHER_SUBJECT", "the peer answered another question");
  const facts = answer.facts.toLowerCase();
  const statement = { subject: payment.id, asOf: asOf.number, asOfHash: asOf.hash, facts };
  const recovered = recovery(statementDigest(statement, epoch.domainSeparator), answer.signature);
  if (recovered !== signer) throw new PeerFailure("WRONG_SIGNER", `the peer signed as ${recovered}`);
  if (facts !== packed) throw new Differs(answer);
  return { signer, signature: answer.signature.toLowerCase() };
}

/**
 * Asks all peers at once and is content with the first that make a quorum.
 *
 * @param own This node's signature, undefined where it is no signer of the epoch that counts.
 * @returns As many signatures as the quorum asks for, or fewer once every peer has answered or failed.
 */
export async function gather(
  examination: Examination,
  request: PeerRequest,
  own: SignerSignature | undefined,
  options: GatherOptions,
): Promise<Gathered> {
  const signatures: SignerSignature[] = own === undefined ? [] : [own];
  const differed: Difference[] = [];
  const failures: Failure[] = [];
  const result = (): Gathered => ({
    signatures: signatures.slice(0, examination.quorum),
    differed: [...differed],
    failures: [...failures],
  });
  const eligible = options.peers
    .map((peer) => ({ url: peer.url, signer: getAddress(peer.signer) }))
    .filter((peer) => examination.signers.includes(peer.signer) && peer.signer !== own?.signer);
  if (signatures.length >= examination.quorum || eligible.length === 0) return result();

  const askOne = async (peer: PeerAddress): Promise<void> => {
    try {
      const answer = await options.ask(peer, request, options.timeoutMs);
      signatures.push(verified(examination, peer.signer, answer));
      options.onPeer?.(peer.signer, "signed", "");
    } catch (error) {
      if (error instanceof Differs) {
        differed.push(differenceOf(examination, peer.signer, error.answer));
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
        if (signatures.length >= examination.quorum || pending === 0) resolve(result());
      });
    }
  });
}
