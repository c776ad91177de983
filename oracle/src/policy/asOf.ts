/**
 * Block as of which facts about a payment are read: its authorization's, or the latest multiple of the refresh after it
 * that the next block can look back on. Nobody chooses it.
 *
 * @param head The newest block; a judgement made now lands in the one after it.
 * @returns undefined where the authorization lies above the head.
 */
export function asOfBlock(authorizedBlock: number, refreshLog2: number, head: number): number | undefined {
  if (authorizedBlock > head) return undefined;
  const stride = 2 ** refreshLog2;
  return authorizedBlock + Math.floor((head - authorizedBlock) / stride) * stride;
}

/** Whether the block is one of those the rule above can give, now or in the past. */
export function isAsOfBlock(authorizedBlock: number, refreshLog2: number, asOf: number): boolean {
  return asOf >= authorizedBlock && (asOf - authorizedBlock) % 2 ** refreshLog2 === 0;
}
