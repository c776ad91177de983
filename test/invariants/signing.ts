import {
  attestationBatchDigest,
  attestationDigest,
  packAttestation,
  packAttestationBatch,
  type AttestationStatement,
} from "@sluice/sdk";
import {
  AbstractSigner,
  computeAddress,
  Signature,
  TypedDataEncoder,
  type SigningKey,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { curve } from "../../oracle/src/attest/curve.ts";
import { key } from "../shared/suite.ts";

/** A key that signs fast and nothing but typed data; contract accounts take its signatures for theirs. */
export class KeySigner extends AbstractSigner {
  readonly #secret: string;
  readonly #address: string;

  constructor(secret: SigningKey, address = computeAddress(secret)) {
    super();
    this.#secret = secret.privateKey;
    this.#address = address;
  }

  override connect(): KeySigner {
    return this;
  }

  override async getAddress(): Promise<string> {
    return this.#address;
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    message: Record<string, unknown>,
  ): Promise<string> {
    return Signature.from(curve.sign(TypedDataEncoder.hash(domain, types, message), this.#secret)).serialized;
  }

  override async signTransaction(): Promise<string> {
    throw new Error("signs typed data only");
  }

  override async signMessage(): Promise<string> {
    throw new Error("signs typed data only");
  }
}

const addresses = new Map<SigningKey, string>();

function addressOf(one: SigningKey): string {
  const known = addresses.get(one) ?? computeAddress(one);
  addresses.set(one, known);
  return known;
}

const outsiders = [key("outsider 0"), key("outsider 1")];

/** Who signs an attestation of this making: two attesters, one, two strangers or one. */
function signersOf(attesters: readonly SigningKey[], making: string): readonly SigningKey[] {
  if (making === "stranger") return outsiders;
  if (making === "oneStranger") return outsiders.slice(0, 1);
  return attesters.slice(0, making === "tooFew" ? 1 : 2);
}

function signatures(keys: readonly SigningKey[], digest: string) {
  return keys.map((one) => ({ signer: addressOf(one), signature: curve.sign(digest, one.privateKey) }));
}

export type Site = { chainId: bigint; epoch: string };

/** Signs what the statement says, in the way the making names. */
export function attest(
  attesters: readonly SigningKey[],
  making: string,
  statement: AttestationStatement,
  site: Site,
): string {
  const signed = signatures(signersOf(attesters, making), attestationDigest(statement, site));
  return packAttestation(statement, signed);
}

/** One attestation over many statements. */
export function attestMany(
  attesters: readonly SigningKey[],
  making: string,
  statements: readonly AttestationStatement[],
  site: Site,
): string {
  const signed = signatures(signersOf(attesters, making), attestationBatchDigest(statements, site));
  return packAttestationBatch(statements, signed);
}
