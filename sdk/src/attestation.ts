import {
  concat,
  dataSlice,
  getBytes,
  hexlify,
  recoverAddress,
  Signature,
  toBeHex,
  TypedDataEncoder,
  type BytesLike,
  type TypedDataDomain,
} from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { attestationTypes, epochDomain } from "./generated/eip712.ts";

/** What an attestation says, without saying about what: block number, its hash, and the 32 facts as one bytes32. */
export type AttestedFacts = { asOf: number; asOfHash: string; facts: string };

/** What attesters sign. */
export type AttestationStatement = AttestedFacts & { subject: string };

/** Where an attestation counts: one epoch contract on one chain. */
export type EpochSite = { chainId: number | bigint; epoch: string };

/** One EIP-2098 signature: r, and s with the recovery bit on top. */
export type CompactSignature = { r: string; yParityAndS: string };

/** A signature and who made it; `signature` takes 64 (EIP-2098) or 65 bytes. */
export type AttesterSignature = { signer: string } & (CompactSignature | { signature: string });

const headBytes = 72;
const signatureBytes = 64;

/**
 * The digest attesters sign, under the epoch's EIP-712 domain.
 * @example
 * const signature = key.sign(attestationDigest({ subject: id, asOf, asOfHash, facts }, { chainId, epoch }));
 */
export function attestationDigest(statement: AttestationStatement, site: EpochSite): string {
  return TypedDataEncoder.hash(domainOf(site), { Attestation: [...attestationTypes.Attestation] }, wireOf(statement));
}

/**
 * The digest attesters sign for many payments at once: the list of what they would sign for each, in the order of the batch.
 * @example
 * const signature = key.sign(attestationBatchDigest(statements, { chainId, epoch }));
 */
export function attestationBatchDigest(statements: readonly AttestationStatement[], site: EpochSite): string {
  const types = {
    AttestationBatch: [{ name: "attestations", type: "Attestation[]" }],
    Attestation: [...attestationTypes.Attestation],
  };
  return TypedDataEncoder.hash(domainOf(site), types, { attestations: statements.map(wireOf) });
}

/**
 * Packs facts and signatures into the bytes that `capture` and `post` take; signatures are put in order of their signers.
 * @throws SluiceError `SIGNATURE_INVALID` for a malformed or doubled signature, `BYTES_INVALID`, `NUMBER_OUT_OF_RANGE`
 */
export function packAttestation(attested: AttestedFacts, signatures: readonly AttesterSignature[]): string {
  return concat([headOf(attested), ...inOrder(signatures)]);
}

/**
 * Packs the facts about many payments, in their order, and the signatures under `attestationBatchDigest` into the bytes that
 * `captureMany` takes.
 * @throws SluiceError as `packAttestation`
 */
export function packAttestationBatch(
  attested: readonly AttestedFacts[],
  signatures: readonly AttesterSignature[],
): string {
  return concat([...attested.map(headOf), ...inOrder(signatures)]);
}

/**
 * The opposite of `packAttestation`. The signers are not in the bytes; `recoverAttesters` finds them.
 * @throws SluiceError `ATTESTATION_INVALID` when the length is not 72 + 64·k bytes
 */
export function unpackAttestation(packed: BytesLike): AttestedFacts & { signatures: CompactSignature[] } {
  const bytes = bytesOf(packed);
  const rest = bytes.length - headBytes;
  if (rest < 0 || rest % signatureBytes !== 0) {
    throw new SluiceError(
      "ATTESTATION_INVALID",
      `attestation of ${bytes.length} bytes: want 72 + 64 for each signature`,
    );
  }
  const asOf = Number(BigInt(dataSlice(bytes, 0, 8)));
  checkUint("asOf", asOf, 53);
  const signatures = Array.from({ length: rest / signatureBytes }, (_, index) => {
    const start = headBytes + index * signatureBytes;
    return { r: dataSlice(bytes, start, start + 32), yParityAndS: dataSlice(bytes, start + 32, start + 64) };
  });
  return { asOf, asOfHash: dataSlice(bytes, 8, 40), facts: dataSlice(bytes, 40, 72), signatures };
}

/**
 * Who signed a packed attestation, in its order, if it is about this subject on this epoch. For another subject, chain or
 * epoch the addresses are those of strangers: compare them with `epoch.signers()`.
 * @throws SluiceError `ATTESTATION_INVALID` or `SIGNATURE_INVALID`
 */
export function recoverAttesters(packed: BytesLike, subject: string, site: EpochSite): string[] {
  const { signatures, ...attested } = unpackAttestation(packed);
  const digest = attestationDigest({ subject, ...attested }, site);
  return signatures.map((signature) => recoverSigner(digest, concat([signature.r, signature.yParityAndS])));
}

/** Address that made a signature of 64 or 65 bytes over a digest. */
export function recoverSigner(digest: string, signature: string): string {
  try {
    return recoverAddress(checkBytes("digest", digest, 32), Signature.from(signature));
  } catch (cause) {
    throw new SluiceError("SIGNATURE_INVALID", `signature recovers to nobody: ${messageOf(cause)}`, "signature");
  }
}

function domainOf(site: EpochSite): TypedDataDomain {
  return {
    ...epochDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("epoch", site.epoch),
  };
}

function wireOf(statement: AttestationStatement): Record<keyof AttestationStatement, string | bigint> {
  return {
    subject: checkBytes("subject", statement.subject, 32),
    asOf: checkUint("asOf", statement.asOf, 64),
    asOfHash: checkBytes("asOfHash", statement.asOfHash, 32),
    facts: checkBytes("facts", statement.facts, 32),
  };
}

function headOf({ asOf, asOfHash, facts }: AttestedFacts): string {
  const head = [toBeHex(checkUint("asOf", asOf, 64), 8), checkBytes("asOfHash", asOfHash, 32)];
  return concat([...head, checkBytes("facts", facts, 32)]);
}

/** Compact signatures in order of their signers. */
function inOrder(signatures: readonly AttesterSignature[]): string[] {
  const rows = signatures
    .map((entry) => ({ signer: checkAddress("signer", entry.signer), compact: compactOf(entry) }))
    .sort((a, b) => (BigInt(a.signer) < BigInt(b.signer) ? -1 : 1));
  const doubled = rows.find((row, index) => row.signer === rows[index + 1]?.signer);
  if (doubled) throw new SluiceError("SIGNATURE_INVALID", `signer ${doubled.signer} appears twice`, "signatures");
  return rows.map((row) => row.compact);
}

function compactOf(entry: AttesterSignature): string {
  try {
    if ("signature" in entry) return Signature.from(entry.signature).compactSerialized;
    return Signature.from({ r: entry.r, yParityAndS: entry.yParityAndS }).compactSerialized;
  } catch (cause) {
    throw new SluiceError("SIGNATURE_INVALID", `signature of ${entry.signer}: ${messageOf(cause)}`, "signatures");
  }
}

function bytesOf(packed: BytesLike): Uint8Array {
  try {
    return getBytes(hexlify(packed));
  } catch {
    throw new SluiceError("ATTESTATION_INVALID", "attestation: neither bytes nor 0x-prefixed hex");
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
