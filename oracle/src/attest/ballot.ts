import type { Epoch } from "../chain/epochs.ts";
import { engine } from "../chain/epochs.ts";
import { messageOf } from "../errors.ts";
import { unpackFacts } from "../facts/facts.ts";
import { curve } from "./curve.ts";
import { batchDigest, statementDigest, type Statement } from "./digest.ts";
import type { Finding } from "./finding.ts";
import { PeerFailure, type PeerAnswer } from "./peers.ts";

/** What a quorum is asked to sign: one statement by itself, or a list of them under one signature. */
export interface Ballot {
  readonly epoch: Epoch;
  /** What this node found, in order; exactly one where it is no batch. */
  readonly statements: readonly Statement[];
  readonly batch: boolean;
  readonly quorum: number;
  /** Signers of the epoch that count, checksummed. */
  readonly signers: readonly string[];
  /** Path and body that peers are asked with. */
  readonly path: string;
  readonly body: object;
}

export interface SignerSignature {
  /** Checksummed. */
  readonly signer: string;
  /** 64 bytes, EIP-2098. */
  readonly signature: string;
}

export interface FactDifference {
  readonly index: number;
  readonly fact: string;
  readonly own: number;
  readonly theirs: number;
}

/** A peer that signed other facts: one of the two nodes is wrong, and the chain says which. */
export interface Difference {
  readonly signer: string;
  /** The peer's signature of its facts, evidence for anybody. */
  readonly signature: string;
  readonly subject: string;
  readonly packed: string;
  readonly facts: readonly FactDifference[];
}

/** Raised for a peer that signed other facts, so that it is told apart from a broken one. */
export class Differs extends Error {
  readonly answer: PeerAnswer;

  constructor(answer: PeerAnswer) {
    super("the peer found other facts");
    this.answer = answer;
  }
}

export function statementOf({ subject, asOf, packed }: Finding): Statement {
  return { subject, asOf: asOf.number, asOfHash: asOf.hash, facts: packed };
}

/** The digest that is signed for these statements. */
export function ballotDigest(statements: readonly Statement[], batch: boolean, { domainSeparator }: Epoch): string {
  const [first] = statements;
  if (!batch && first !== undefined) return statementDigest(first, domainSeparator);
  return batchDigest(statements, domainSeparator);
}

function isSameQuestion(own: Statement, theirs: Statement | undefined): boolean {
  return own.subject === theirs?.subject && own.asOf === theirs.asOf && own.asOfHash === theirs.asOfHash;
}

function recovery(digest: string, signature: string): string {
  try {
    return curve.recover(digest, signature);
  } catch (error) {
    throw new PeerFailure("GARBAGE", `the peer's signature recovers to nobody: ${messageOf(error)}`);
  }
}

/**
 * The peer's signature if it signs exactly what this node found.
 *
 * @throws PeerFailure OTHER_SUBJECT, WRONG_SIGNER or GARBAGE; Differs where the peer validly signed other facts.
 */
export function verified(ballot: Ballot, signer: string, answer: PeerAnswer): SignerSignature {
  const { epoch, statements, batch } = ballot;
  const sameQuestion =
    answer.epoch === epoch.address &&
    answer.statements.length === statements.length &&
    statements.every((own, index) => isSameQuestion(own, answer.statements[index]));
  if (!sameQuestion) throw new PeerFailure("OTHER_SUBJECT", "the peer answered another question");
  const recovered = recovery(ballotDigest(answer.statements, batch, epoch), answer.signature);
  if (recovered !== signer) throw new PeerFailure("WRONG_SIGNER", `the peer signed as ${recovered}`);
  const agrees = statements.every((own, index) => own.facts === answer.statements[index]?.facts);
  if (!agrees) throw new Differs(answer);
  return { signer, signature: answer.signature };
}

/** One entry for each statement in which the peer found other facts. */
export function differencesOf(ballot: Ballot, signer: string, answer: PeerAnswer): Difference[] {
  const { slots } = engine(ballot.epoch).schema;
  return ballot.statements.flatMap((own, index) => {
    const theirs = answer.statements[index];
    if (theirs === undefined || theirs.facts === own.facts) return [];
    const [mine, others] = [unpackFacts(own.facts), unpackFacts(theirs.facts)];
    const rows = Array.from(mine, (value, place) => ({
      index: place,
      fact: slots[place]?.fact ?? "",
      own: value,
      theirs: others[place] ?? 0,
    }));
    const { subject } = own;
    const facts = rows.filter((row) => row.own !== row.theirs);
    return [{ signer, signature: answer.signature, subject, packed: theirs.facts, facts }];
  });
}
