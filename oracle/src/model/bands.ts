/** What follows from a score. The numbers are those of the contracts. */
export const BAND = { allow: 1, hold: 2, block: 3 } as const;

export type Band = (typeof BAND)[keyof typeof BAND];

/**
 * The band of a score under a policy.
 *
 * @param holdAt Scores from here on are held.
 * @param blockAt Scores from here on are blocked; not below `holdAt`.
 */
export function band(score: number, holdAt: number, blockAt: number): Band {
  if (blockAt < holdAt) throw new RangeError(`blockAt ${blockAt} lies below holdAt ${holdAt}`);
  if (score >= blockAt) return BAND.block;
  return score >= holdAt ? BAND.hold : BAND.allow;
}
