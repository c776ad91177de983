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

/**
 * Block as of which facts about a charge or a channel batch are read: the last multiple of the stride that the next block can
 * look back on.
 *
 * @param head The newest block; a judgement made now lands in the one after it.
 */
export function strideBlock(stride: number, head: number): number {
  return Math.floor(head / stride) * stride;
}

/**
 * Whether a node whose newest block is `head` follows a coordinator to that block: the rule's own, or the multiple before it, which
 * a coordinator that has not seen the newest blocks still names. The gate takes no other than its own.
 */
export function isStrideBlock(stride: number, head: number, asOf: number): boolean {
  const own = strideBlock(stride, head);
  return asOf === own || (asOf >= 0 && asOf === own - stride);
}
