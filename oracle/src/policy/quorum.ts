import { dataLength, getAddress, keccak256, concat } from "ethers";

export interface QuorumTier {
  /** Largest amount of the tier in micro-units, inclusive. */
  readonly upTo: bigint;
  readonly quorum: number;
}

/** Signatures an amount needs, and whether it lies above the last tier, where the band is at least Hold. */
export function quorumOf(
  tiers: readonly QuorumTier[],
  micro: number,
  listed: boolean,
): { quorum: number; above: boolean } {
  const last = tiers.at(-1);
  if (last === undefined) throw new RangeError("an epoch has at least one tier");
  const tier = listed ? tiers.find((candidate) => BigInt(micro) <= candidate.upTo) : undefined;
  return tier === undefined ? { quorum: last.quorum, above: true } : { quorum: tier.quorum, above: false };
}

/** The signers of an epoch that still count. */
export function activeSigners(signers: readonly string[], disabledSigners: number): string[] {
  return signers.filter((_, index) => ((disabledSigners >> index) & 1) === 0);
}

/**
 * The order in which nodes post about a subject: by keccak256(subject, signer), so that the work is spread and every node
 * knows its place without asking.
 *
 * @returns 0 for the first; the number of signers for somebody outside the set.
 */
export function rankOf(subject: string, signer: string, signers: readonly string[]): number {
  if (dataLength(subject) !== 32) throw new RangeError(`a subject has 32 bytes: ${subject}`);
  const own = getAddress(signer);
  const order = signers
    .map((candidate) => ({ signer: getAddress(candidate), key: keccak256(concat([subject, candidate])) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const rank = order.findIndex((candidate) => candidate.signer === own);
  return rank < 0 ? signers.length : rank;
}
