import { attestersAbi, dissentProof, packAttestation, recoverSigner, type EpochSite } from "@sluice/sdk";
import { Interface, Signature } from "ethers";
import { z } from "zod";

import { OracleError } from "../../errors.ts";
import { epochSeparator, leafOf, leavesDigest, statementDigest } from "../digest.ts";

const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/);

/** A signed statement in a file: evidence that anybody can check. */
export const signedStatementSchema = z.object({
  chainId: z.number().int().positive(),
  epoch: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  subject: word,
  asOf: z.number().int().min(0),
  asOfHash: word,
  facts: word,
  signature: z.string().regex(/^0x[0-9a-fA-F]{128}$/),
  /** Struct hashes of the batch it was signed in; empty for one signed alone. */
  leaves: z.array(word).default([]),
  place: z.number().int().min(0).default(0),
});

export type SignedStatement = z.output<typeof signedStatementSchema>;

/** A call of the attesters' contract. */
export interface ProofCall {
  readonly name: "proveEquivocation" | "proveEquivocationInBatch" | "proveDissent";
  /** Address of the key it accuses. */
  readonly accused: string;
  readonly data: string;
}

const attesters = new Interface(attestersAbi);

function refuse(message: string): never {
  throw new OracleError("PROOF_INVALID", message);
}

/** Who signed a statement. */
export function signerOf(statement: SignedStatement): string {
  const { chainId, epoch, leaves, place, signature } = statement;
  const separator = epochSeparator({ chainId, epoch });
  if (leaves.length === 0) return recoverSigner(statementDigest(statement, separator), signature);
  if (leaves[place]?.toLowerCase() !== leafOf(statement)) refuse(`the batch has another leaf at place ${place}`);
  return recoverSigner(leavesDigest(leaves, separator), signature);
}

function checkSameThing(a: SignedStatement, b: SignedStatement): void {
  const fields = ["chainId", "epoch", "subject", "asOf", "asOfHash"] as const;
  const other = fields.find((field) => String(a[field]).toLowerCase() !== String(b[field]).toLowerCase());
  if (other !== undefined) refuse(`the statements are about two things: ${other} is ${a[other]} and ${b[other]}`);
  if (a.facts.toLowerCase() === b.facts.toLowerCase()) refuse("both statements have the same facts");
}

/**
 * The call that proves two different facts signed by one key for one thing, alone or in batches.
 *
 * @throws OracleError PROOF_INVALID where they are no proof; nobody should pay gas to find that out.
 */
export function equivocationCall(a: SignedStatement, b: SignedStatement): ProofCall {
  checkSameThing(a, b);
  const [accused, other] = [signerOf(a), signerOf(b)];
  if (accused !== other) refuse(`signed by ${accused} and by ${other}`);
  const [first, second] = [Signature.from(a.signature), Signature.from(b.signature)];
  const proof = {
    ...{ epoch: a.epoch, subject: a.subject, asOf: a.asOf, asOfHash: a.asOfHash, factsA: a.facts, factsB: b.facts },
    ...{ rA: first.r, vsA: first.yParityAndS, rB: second.r, vsB: second.yParityAndS },
  };
  const alone = a.leaves.length === 0 && b.leaves.length === 0;
  const name = alone ? "proveEquivocation" : "proveEquivocationInBatch";
  const places = [a, b].map(({ leaves, place }) => ({ leaves, index: place }));
  return { name, accused, data: attesters.encodeFunctionData(name, alone ? [proof] : [proof, ...places]) };
}

/**
 * The call that accuses one signer whose facts differ from those that the others signed for the same thing.
 *
 * @param one The accused one's statement, signed alone.
 * @param others Statements of the others, signed alone; the contract wants at least two thirds of the epoch.
 * @throws OracleError PROOF_INVALID.
 */
export function dissentCall(one: SignedStatement, others: readonly SignedStatement[]): ProofCall {
  const [first] = others;
  if (first === undefined) return refuse("nobody signed the other facts");
  for (const other of others) {
    checkSameThing(one, other);
    if (other.facts.toLowerCase() !== first.facts.toLowerCase()) refuse("the others do not agree among themselves");
  }
  if ([one, ...others].some(({ leaves }) => leaves.length > 0))
    refuse("a dissent is proved from statements signed alone");
  const { asOf, asOfHash, facts } = first;
  const signatures = others.map((other) => ({ signer: signerOf(other), signature: other.signature }));
  const site: EpochSite = { chainId: one.chainId, epoch: one.epoch };
  const attestation = packAttestation({ asOf, asOfHash, facts }, signatures);
  const { proof, signer } = dissentProof(one.subject, attestation, one, site);
  return { name: "proveDissent", accused: signer, data: attesters.encodeFunctionData("proveDissent", [proof]) };
}
