import { concat, keccak256 } from "ethers";

/** A share of one, in the policy's units. */
const WHOLE_SHARE = 10_000n;

/**
 * Whether a payment that would be allowed is held to be looked at, as the gate draws it: keccak256 of subject and asOfHash, modulo
 * 10,000, below the policy's share. Nobody selects it: the subject is signed before the block of asOfHash exists.
 */
export function isAudited(auditShare: number, subject: string, asOfHash: string): boolean {
  return auditShare > 0 && BigInt(keccak256(concat([subject, asOfHash]))) % WHOLE_SHARE < BigInt(auditShare);
}
