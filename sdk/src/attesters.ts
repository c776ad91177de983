import { Contract, keccak256, concat, Signature, TypedDataEncoder, type ContractRunner } from "ethers";

import {
  attestationDigest,
  recoverAttesters,
  recoverSigner,
  unpackAttestation,
  type AttestationStatement,
  type AttesterSignature,
  type EpochSite,
} from "./attestation.ts";
import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { attestersAbi, listRegistryAbi } from "./generated/abi.ts";
import { attestersDomain, hotKeyTypes, listBatchTypes, listsDomain } from "./generated/eip712.ts";
import { listKinds, type ListKind } from "./generated/enums.ts";

/** One of two statements about the same thing, with the signature under it (64 or 65 bytes). */
export type SignedFacts = { facts: string; signature: string };

/** The argument of `attesters.proveEquivocation`. */
export type EquivocationProof = {
  epoch: string;
  subject: string;
  asOf: bigint;
  asOfHash: string;
  factsA: string;
  factsB: string;
  rA: string;
  vsA: string;
  rB: string;
  vsB: string;
};

/** A batch of list entries: addresses padded to 32 bytes, or payment ids. */
export type ListBatch = { kind: ListKind; removal: boolean; sequence: bigint; entries: readonly string[] };

/** Where a hot key's consent, or a batch, counts: one contract on one chain. */
export type ContractSite = { chainId: number | bigint; contract: string };

/** The attesters' contract; `runner` is a provider for reading, a signer for writing. */
export function attestersContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("attesters", address), attestersAbi, runner);
}

/** The list registry. */
export function listRegistryContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("listRegistry", address), listRegistryAbi, runner);
}

/**
 * What a hot key signs before an account may name it in `setHotKey`.
 * @example
 * await attesters.setHotKey(hotKey.address, hotKey.signingKey.sign(hotKeyDigest(account, site)).serialized, url);
 */
export function hotKeyDigest(account: string, site: ContractSite): string {
  const types = { HotKey: [...hotKeyTypes.HotKey] };
  return TypedDataEncoder.hash(domainOf(attestersDomain, site), types, { account: checkAddress("account", account) });
}

/**
 * Proof that one key signed two different facts for one (subject, epoch, asOf, asOfHash). Checked here as the contract will
 * check it, so that nobody pays gas for a proof that is none.
 * @param statement What both are about, without the facts.
 * @returns The proof, and the key it convicts.
 * @throws SluiceError `PROOF_INVALID` when the facts are the same or the signers differ, `SIGNATURE_INVALID`
 * @example
 * const { proof } = equivocationProof({ subject: paymentId, asOf, asOfHash }, first, second, { chainId, epoch });
 * await attesters.proveEquivocation(proof);
 */
export function equivocationProof(
  statement: Omit<AttestationStatement, "facts">,
  a: SignedFacts,
  b: SignedFacts,
  site: EpochSite,
): { proof: EquivocationProof; signer: string } {
  const [factsA, factsB] = [checkBytes("facts", a.facts, 32), checkBytes("facts", b.facts, 32)];
  if (factsA === factsB) throw new SluiceError("PROOF_INVALID", "both statements have the same facts", "facts");
  const signer = recoverSigner(attestationDigest({ ...statement, facts: factsA }, site), a.signature);
  const other = recoverSigner(attestationDigest({ ...statement, facts: factsB }, site), b.signature);
  if (signer !== other) throw new SluiceError("PROOF_INVALID", `signed by ${signer} and by ${other}`, "signature");
  const [first, second] = [Signature.from(a.signature), Signature.from(b.signature)];
  const proof = {
    epoch: checkAddress("epoch", site.epoch),
    subject: checkBytes("subject", statement.subject, 32),
    asOf: checkUint("asOf", statement.asOf, 64),
    asOfHash: checkBytes("asOfHash", statement.asOfHash, 32),
    ...{ factsA, factsB },
    ...{ rA: first.r, vsA: first.yParityAndS, rB: second.r, vsB: second.yParityAndS },
  };
  return { proof, signer };
}

/** The argument of `attesters.proveDissent`. */
export type DissentProof = {
  epoch: string;
  subject: string;
  facts: string;
  r: string;
  vs: string;
  attestation: string;
};

/**
 * Proof that one key signed other facts than at least two thirds of its epoch, about the same (subject, asOf, asOfHash).
 * @param attestation What the others signed, packed.
 * @param one The one's facts and signature.
 * @returns The proof, the key it accuses, and the keys on the other side.
 * @throws SluiceError `PROOF_INVALID` when the facts are the same or the one is among the others, `ATTESTATION_INVALID`,
 * `SIGNATURE_INVALID`. How many the epoch has is the contract's to check.
 */
export function dissentProof(
  subject: string,
  attestation: string,
  one: SignedFacts,
  site: EpochSite,
): { proof: DissentProof; signer: string; others: string[] } {
  const facts = checkBytes("facts", one.facts, 32);
  const statement = unpackAttestation(attestation);
  if (statement.facts === facts) throw new SluiceError("PROOF_INVALID", "both statements have the same facts", "facts");
  const about = { subject: checkBytes("subject", subject, 32), asOf: statement.asOf, asOfHash: statement.asOfHash };
  const signer = recoverSigner(attestationDigest({ ...about, facts }, site), one.signature);
  const others = recoverAttesters(attestation, about.subject, site);
  if (others.includes(signer)) {
    throw new SluiceError("PROOF_INVALID", `${signer} signed both: that is an equivocation`, "signature");
  }
  const { r, yParityAndS } = Signature.from(one.signature);
  const proof = { epoch: checkAddress("epoch", site.epoch), subject: about.subject, facts, r, vs: yParityAndS };
  return { proof: { ...proof, attestation }, signer, others };
}

/** What attesters sign to put entries on a list or take them off. */
export function listBatchDigest(batch: ListBatch, site: ContractSite): string {
  const message = { ...listBatchStruct(batch), entries: keccak256(concat(listBatchStruct(batch).entries)) };
  return TypedDataEncoder.hash(domainOf(listsDomain, site), { ListBatch: [...listBatchTypes.ListBatch] }, message);
}

/** A batch as `listRegistry.append` takes it. */
export function listBatchStruct(batch: ListBatch) {
  return {
    kind: listKinds.indexOf(batch.kind),
    removal: batch.removal,
    sequence: checkUint("sequence", batch.sequence, 64),
    entries: batch.entries.map((entry) => checkBytes("entry", entry, 32)),
  };
}

/**
 * Signatures as `listRegistry.append` takes them: 64 bytes each, in order of their signers.
 * @throws SluiceError `SIGNATURE_INVALID` for a malformed one
 */
export function packListSignatures(signatures: readonly (AttesterSignature & { signature: string })[]): string {
  const rows = signatures.map(({ signer, signature }) => ({ signer: checkAddress("signer", signer), signature }));
  rows.sort((a, b) => (BigInt(a.signer) < BigInt(b.signer) ? -1 : 1));
  return concat(rows.map(({ signature }) => compact(signature)));
}

function compact(signature: string): string {
  try {
    return Signature.from(signature).compactSerialized;
  } catch {
    throw new SluiceError("SIGNATURE_INVALID", "not a signature of 64 or 65 bytes", "signature");
  }
}

function domainOf(domain: { name: string; version: string }, site: ContractSite) {
  return {
    ...domain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("contract", site.contract),
  };
}
