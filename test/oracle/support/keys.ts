import { SigningKey, keccak256, toUtf8Bytes } from "ethers";

/** Deterministic key, one a name. */
export function keyOf(name: string): SigningKey {
  return new SigningKey(keccak256(toUtf8Bytes(`sluice oracle test ${name}`)));
}
